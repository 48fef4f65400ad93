"""What the cluster holds at first, rendered from shape and seed whenever it is asked for."""
