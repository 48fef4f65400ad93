"""What passes through a target's terminal: recorded while it runs, understood afterwards (docs/terminal.md)."""
