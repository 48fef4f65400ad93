"""GET of one object, and LIST: which state, which objects, in which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.store import LAST_KEY, Stored
from perfkit.mock.turns import Turns
from perfkit.mock.wire import tokens
from perfkit.mock.wire.formats import TAIL, Projected, check_acceptable, choose
from perfkit.mock.wire.options import EXACT, parse_options
from perfkit.mock.wire.selectors import FieldTerm, matcher, parse_fields, parse_labels
from perfkit.mock.wire.status import bad_request, expired, not_found, too_large_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from perfkit.mock.exchange import Exchange
    from perfkit.mock.resources.description import Facts, Resource
    from perfkit.mock.store import Run, Shelf, Store
    from perfkit.mock.wire.formats import Format
    from perfkit.mock.wire.options import ListOptions
    from perfkit.mock.wire.places import Place

_NONE = range(0)
_TOO_OLD = "The resourceVersion for the provided list is too old."


async def get(exchange: Exchange, store: Store, place: Place) -> None:
    """Answer with one object. Raises ApiError."""
    form = requested_format(exchange, store, place)
    shelf = store.shelf(place.resource)
    run = shelf.one(place.key, store.version)
    if run is None or not _shown(place.resource, shelf.facts(run)):
        raise not_found(place.resource, place.name)
    await exchange.stream([form.single(next(shelf.bodies([run]))), b"\n"])
    exchange.entry.objects = 1


async def list_(exchange: Exchange, store: Store, place: Place) -> bool:
    """Answer with a list; whether it was the last page. Raises ApiError."""
    options = parse_options(exchange.query)
    form = requested_format(exchange, store, place)
    shelf = store.shelf(place.resource)
    page = await _page(shelf, place, options, store.version)
    listing = _Listing(shelf, form, page)
    await exchange.stream(listing)
    exchange.entry.objects = listing.count  # of a list that was cut off: none
    return "continue" not in page.meta


def selected_keys(store: Store, place: Place, options: ListOptions) -> list[str]:
    """The keys of all objects that are selected now. Raises ApiError."""
    shelf = store.shelf(place.resource)
    runs = shelf.runs(place.prefix, place.prefix + LAST_KEY, store.version)
    return [key for run in filtered(shelf, runs, selection(options, place)) for key in shelf.keys_of(run)]


class _Page(msgspec.Struct, frozen=True):
    """The objects of one response (among empty runs), and the metadata of its list."""

    runs: Iterable[Run]
    meta: dict[str, Any]


def requested_format(exchange: Exchange, store: Store, place: Place, now: Callable[[], int] | None = None) -> Format:
    """The form that a request asks for. Ages are as of the request, or where it lasts of ``now()``. Raises ApiError."""
    include, present = exchange.query.get("includeObject", ""), store.now
    check_acceptable(exchange.header("accept"), watchable=exchange.method == "GET" and not place.name)
    form = choose(exchange.header("accept"), place.resource, include, now or (lambda: present))
    projection = place.resource.projection
    return form if projection is None else Projected(form, lambda body: projection.show(body, store))


def selection(options: ListOptions, place: Place) -> Callable[[Facts], bool] | None:
    """The selectors of a request as one function; None selects all. Raises ApiError."""
    labels = parse_labels(options.label_selector)
    fields = parse_fields(options.field_selector, place.resource.fields)
    projection = place.resource.projection
    if projection is not None and projection.field:
        fields = (*fields, FieldTerm(projection.field, projection.value, equal=True))
    return matcher(labels, fields)


def _shown(resource: Resource, facts: Facts) -> bool:
    projection = resource.projection
    return projection is None or facts.fields.get(projection.field, "") == projection.value


async def _page(shelf: Shelf, place: Place, options: ListOptions, present: int) -> _Page:
    matches = selection(options, place)
    low, high = place.prefix, place.prefix + LAST_KEY
    token = tokens.decode(options.continue_token) if options.continue_token else None
    if token is not None:
        if options.version:
            raise bad_request("specifying resource version is not allowed when using continue")
        low += token.start
    version = _resumed(token, shelf, present) if token else _version(options, shelf, present)
    # All runs at once: while they are sent, the store goes on.
    runs = filtered(shelf, list(shelf.runs(low, high, version)), matches)
    limit = 0 if options.version == 0 else max(options.limit, 0)  # a read of "any" version ignores the limit
    meta: dict[str, Any] = {"resourceVersion": str(version)}
    if not limit:
        return _Page(runs, meta)
    taken, more = await _take(runs, limit)
    if more:
        start = shelf.last_key(taken[-1]).removeprefix(place.prefix) + "\0"
        meta["continue"] = tokens.encode(version, start)
        if matches is None:  # with selectors the count would be a guess
            meta["remainingItemCount"] = more + sum(map(_size, runs))
    return _Page(taken, meta)


def _version(options: ListOptions, shelf: Shelf, present: int) -> int:
    """The state to show. Without a match, resourceVersion with limit means exactly that one, as it always has."""
    asked = options.version
    if not asked:
        return present
    if asked > present:
        raise too_large_version(asked, present)
    if options.match == EXACT or (not options.match and options.limit > 0):
        if asked < shelf.floor:
            raise expired(_TOO_OLD)
        return asked
    return present


def _resumed(token: tokens.Token, shelf: Shelf, present: int) -> int:
    """The state that the first page showed."""
    if token.rv == tokens.INCONSISTENT:
        return present
    if token.rv > present:
        raise too_large_version(token.rv, present)
    if token.rv < shelf.floor:
        raise tokens.too_old(token)
    return token.rv


def filtered(shelf: Shelf, runs: Iterable[Run], matches: Callable[[Facts], bool] | None) -> Iterator[Run]:
    """The selected objects among ``runs``; an empty run stands for each other one, so that looking can be paused."""
    if matches is None:
        yield from runs
        return
    for run in runs:
        for single in (run,) if isinstance(run, Stored) else (range(at, at + 1) for at in run):
            yield single if matches(shelf.facts(single)) else _NONE


async def _take(runs: Iterator[Run], limit: int) -> tuple[list[Run], int]:
    """The first ``limit`` (at least 1) objects, and how many are known to follow: 0 where none does."""
    taken: list[Run] = []
    turns = Turns()
    for run in runs:
        size = _size(run)
        if size > limit:
            if isinstance(run, range) and limit:
                taken.append(run[:limit])
            return taken, size - limit
        if size:
            taken.append(run)
            limit -= size
        await turns.offer()
    return taken, 0


def _size(run: Run) -> int:
    return 1 if isinstance(run, Stored) else len(run)


class _Listing:
    """A list in pieces, empty ones for what was not selected; ``count``: the objects in those that were taken."""

    def __init__(self, shelf: Shelf, form: Format, page: _Page) -> None:
        self._shelf, self._form, self._page = shelf, form, page
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        yield self._form.head(self._page.meta)
        separator, item = b"", self._form.item
        for body in bodies(self._shelf, self._page.runs):
            if not body:
                yield b""
                continue
            self.count += 1
            yield separator + item(body)
            separator = b","
        yield TAIL


def bodies(shelf: Shelf, runs: Iterable[Run]) -> Iterator[bytes]:
    """As ``Shelf.bodies``, and nothing (no bytes) for each empty run."""
    for run in runs:
        if run == _NONE:
            yield b""
        else:
            yield from shelf.bodies([run])
