"""How a program is watched."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec looks at it
from typing import TYPE_CHECKING

import msgspec

from perfkit.monitor.alerts import DEFAULT_RULES, Alert, Rule

if TYPE_CHECKING:
    from collections.abc import Callable


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """All have defaults that suit a client with a user before it.

    ``slow``: operations that take longer are logged, to ``slow_log`` too where it names a file. ``on_alert`` is called
    in the monitor's thread. ``debug`` is where the debug server listens (``127.0.0.1:6060``, ``unix:/run/x.sock``;
    empty: nowhere), ``token`` what it wants to see. ``report`` is where the report goes at the end (``-``: stderr;
    a name that ends in ``.json``: as JSON), and whenever the signal ``report_signal`` comes (SIGUSR1, say: a handler
    that was set before runs too, but what the system does by default is not done).
    """

    interval: float = 1.0  # seconds between two looks
    leak_watch: float = 0.0  # seconds between two counts of objects by type, 0.1 s each at 350,000; 0: none
    slow: str = "500 ms"
    slow_log: Path | None = None
    rules: tuple[Rule, ...] = DEFAULT_RULES
    on_alert: Callable[[Alert], object] | None = None
    debug: str = ""
    token: str = ""
    report: str = ""
    report_signal: int = 0
