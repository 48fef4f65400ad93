"""What schemathesis loads before it fuzzes: streams that never end are left to other tests."""

from __future__ import annotations

from typing import Any

import schemathesis  # type: ignore[import-not-found, unused-ignore]  # only `nox -s fuzz` has it

_ENDLESS = frozenset({"watch", "follow"})


@schemathesis.hook  # type: ignore[untyped-decorator, unused-ignore]
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Ask for no watch and no followed log."""
    case.query = {name: value for name, value in (case.query or {}).items() if name not in _ENDLESS}
