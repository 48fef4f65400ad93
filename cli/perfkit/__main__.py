"""Entry: answers ``--version`` before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run perfkit with the process's arguments and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        from perfkit import __version__

        sys.stdout.write(f"perfkit {__version__}\n")
        return
    from perfkit.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
