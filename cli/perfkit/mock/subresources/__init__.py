"""Parts of objects with paths of their own."""
