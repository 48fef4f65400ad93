"""``python -m perfkit.client``: in a terminal the client's own screens (``lean-ui``), else ``lean``."""

from __future__ import annotations

import sys


def main() -> None:
    """Start whichever it is."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        from perfkit.client.ui.start import main as screens

        screens()
    else:
        from perfkit.client.lean import main as headless

        headless()


if __name__ == "__main__":
    main()
