"""The bundled client ``lean``: hold all pods as rows and watch them; prints ``synced N``. Reads KUBECONFIG.

    python -m perfkit.client.lean [RESOURCE [NAMESPACE]] [-n NAMESPACE] [--context NAME]
        [--without SWITCH,…] [--set OPTION=VALUE]… [--ask RATE] [--monitor]

``--ask`` asks the cache so many questions a second, as a terminal UI does, and tells their number at the end.
``--monitor`` lets ``perfkit.monitor`` watch it, which reports to stderr at its end. It ends with 2 for what it was told
(words, kubeconfig), with 4 for the cluster.
"""

from __future__ import annotations

import getopt
import signal
import sys
from typing import TYPE_CHECKING, Final, NoReturn

from perfkit.client import Client, Options, load_access
from perfkit.client.asking import ask, begin
from perfkit.errors import Exit, PerfkitError, UsageError

if TYPE_CHECKING:
    from perfkit.client import Cache
    from perfkit.monitor import Monitor

USAGE: Final = (
    "lean [RESOURCE [NAMESPACE]] [-n NAMESPACE | -A] [--context NAME] [--without SWITCH,…] [--set OPTION=VALUE]… "
    "[--ask RATE] [--monitor]"
)
_LEAK_WATCH: Final = 60.0  # seconds; what was loaded is frozen and not counted, so that a look takes 0.2 ms


def main() -> None:
    """Load, say so, keep up until SIGTERM or Ctrl-C."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write(f"usage: {USAGE}\nHolds all pods, or what RESOURCE says, prints their number, and watches.\n")
        return
    try:
        client, cache, rate = _opened(sys.argv[1:])
        if rate:
            client.submit(begin, client, cache)
        synced = cache.wait_synced()
    except PerfkitError as error:
        _complain(f"{error.message}; {error.advice}" if error.advice else error.message)
        sys.exit(error.exit_code)
    if synced:
        sys.stdout.write(f"synced {len(cache)}\n")
        sys.stdout.flush()
        if rate:
            ask(client, cache, rate)
    cache.join()
    sys.exit(Exit.INTERNAL)  # only a defect ends the thread while nobody stopped it


def _opened(words: list[str]) -> tuple[Client, Cache, float]:
    """A client, its cache, and how many questions a second that is to be asked."""
    try:
        flags, names = getopt.gnu_getopt(
            words, "n:A", ["namespace=", "context=", "no-metrics", "set=", "without=", "ask=", "monitor"]
        )
    except getopt.GetoptError as error:
        raise UsageError(str(error), USAGE) from None
    if len(names) > 2:
        raise UsageError(f"{names[2]!r}: a resource and a namespace are all", USAGE)
    given = dict(flags)
    rate = _rate(given.get("--ask", "0"))
    options = Options().switched(flags)
    monitor = _monitor() if ("--monitor", "") in flags else None
    client = Client(load_access(context=given.get("--context", "")), options, monitor, report=_complain)
    namespace = given.get("-n") or given.get("--namespace") or "".join(names[1:2])
    return client, client.cache(names[0] if names else "pods", namespace), rate


def _rate(text: str) -> float:
    """Questions a second. Raises UsageError."""
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise UsageError(f"--ask {text}: no number of questions a second", USAGE)
    return rate


def _monitor() -> Monitor:
    from perfkit import monitor

    return monitor.Monitor(monitor.Options(report="-", leak_watch=_LEAK_WATCH)).start()


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _complain(line: str) -> None:
    sys.stderr.write(f"lean: {line}\n")


if __name__ == "__main__":
    main()
