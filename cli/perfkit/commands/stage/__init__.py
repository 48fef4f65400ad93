"""``perfkit cluster`` and ``perfkit link``: clusters and links for a person's own use."""
