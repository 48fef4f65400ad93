"""The query of a list or watch, checked as the API server checks it (apimachinery, ``internalversion/validation``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.resources.rules import forbidden, unsupported
from perfkit.mock.wire.status import bad_request, invalid_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

EXACT = "Exact"
NOT_OLDER_THAN = "NotOlderThan"


class ListOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may say in a list or watch. ``version`` is None where no resourceVersion was given."""

    watch: bool = False
    version: int | None = None
    match: str = ""
    limit: int = 0  # 0: all
    continue_token: str = ""
    label_selector: str = ""
    field_selector: str = ""
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout_seconds: int = 0  # 0: the server's own choice


def parse_options(query: Mapping[str, str]) -> ListOptions:
    """Read and check a query.

    Raises:
        ApiError: 400, a value cannot be read; 422, values contradict each other.
    """
    initial = query.get("sendInitialEvents")
    options = ListOptions(
        watch=is_watch(query),
        version=_version(query.get("resourceVersion", "")),
        match=query.get("resourceVersionMatch", ""),
        limit=integer(query.get("limit", "")),
        continue_token=query.get("continue", ""),
        label_selector=query.get("labelSelector", ""),
        field_selector=query.get("fieldSelector", ""),
        bookmarks=boolean(query.get("allowWatchBookmarks")),
        initial_events=None if initial is None else boolean(initial),
        timeout_seconds=integer(query.get("timeoutSeconds", "")),
    )
    problems = _watch_problems(options) if options.watch else _list_problems(options)
    if problems:
        raise invalid_options("ListOptions", problems)
    return options


def is_watch(query: Mapping[str, str]) -> bool:
    """Whether a list is asked for as a watch."""
    return boolean(query.get("watch"))


def boolean(text: str | None) -> bool:
    """Anything but 0 and false counts as true, the empty string too."""
    return text is not None and text.lower() not in {"0", "false"}


def integer(text: str) -> int:
    """A number; the empty string counts as 0. Raises ApiError (400)."""
    if not text:
        return 0
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not -(2**63) <= int(text) < 2**63:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def _version(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,20}", text):
        reason = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise bad_request(f'invalid resource version: resourceVersion: Invalid value: "{text}": {reason}')
    return int(text)


_MATCH = "resourceVersionMatch"


def _list_problems(options: ListOptions) -> list[Problem]:
    problems = []
    if options.match:
        if options.version is None:
            problems.append(forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
        if options.continue_token:
            problems.append(forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
        if options.match not in {EXACT, NOT_OLDER_THAN}:
            problems.append(unsupported(_MATCH, options.match, (EXACT, NOT_OLDER_THAN, "")))
        if options.match == EXACT and options.version == 0:
            problems.append(forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"'))
    if options.initial_events is not None:
        problems.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return problems


def _watch_problems(options: ListOptions) -> list[Problem]:
    problems = []
    if options.initial_events is not None and options.match != NOT_OLDER_THAN:
        detail = f"sendInitialEvents requires setting {_MATCH} to {NOT_OLDER_THAN}"
        problems.append(forbidden(_MATCH, detail))
    if options.match:
        if options.initial_events is None:
            detail = f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"
            problems.append(forbidden(_MATCH, detail))
        if options.match != NOT_OLDER_THAN:
            problems.append(unsupported(_MATCH, options.match, (NOT_OLDER_THAN,)))
        if options.continue_token:
            problems.append(forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    return problems
