"""The bundled client ``lean``: hold all pods as rows and watch them; prints ``synced N``. Reads KUBECONFIG."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from perfkit.client import Api, WatchCache, load_access
from perfkit.errors import PerfkitError


def main() -> None:
    """Load, say so, keep up until SIGTERM or Ctrl-C."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        cache = WatchCache(Api(load_access()), report=_complain)
        cache.start()
        synced = cache.wait_synced()
    except PerfkitError as error:
        _complain(f"{error.message}; {error.advice}" if error.advice else error.message)
        sys.exit(1)
    if synced:
        sys.stdout.write(f"synced {len(cache)}\n")
        sys.stdout.flush()
    cache.join()
    sys.exit(1)  # only a defect ends the thread while nobody stopped it


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _complain(line: str) -> None:
    sys.stderr.write(f"lean: {line}\n")


if __name__ == "__main__":
    main()
