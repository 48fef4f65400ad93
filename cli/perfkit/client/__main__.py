"""``python -m perfkit.client``: the lean client."""

from __future__ import annotations

from perfkit.client.lean import main

if __name__ == "__main__":
    main()
