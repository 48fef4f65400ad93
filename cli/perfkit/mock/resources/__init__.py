"""One description a resource: it drives discovery, tables, selectors and storage."""
