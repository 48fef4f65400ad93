"""What goes wrong on purpose: which requests are struck, by chance drawn from the seed, and what becomes of them."""
