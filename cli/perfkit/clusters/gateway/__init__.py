"""The gateway: what a target talks to in place of a real cluster. It records, and lets nothing through that writes."""
