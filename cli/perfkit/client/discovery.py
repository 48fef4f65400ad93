"""What a cluster serves, asked for as rarely as can be: kept in memory and on disk, asked again by ETag."""

from __future__ import annotations

import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.problems import UNREADABLE, ApiError, ConnectionLostError, UnknownResourceError
from perfkit.client.resources import KNOWN, Resource, aggregated, legacy

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.api import Api
    from perfkit.client.meters import CacheMeter
    from perfkit.client.requests import Requests, Response

_FORM: Final = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
ACCEPT: Final = ",".join((_FORM.format("v2"), _FORM.format("v2beta1"), "application/json"))
ROOTS: Final = ("/api", "/apis")


class _Kept(msgspec.Struct):
    """One document on disk. ``asked``: seconds since the epoch."""

    etag: str
    asked: float
    resources: list[Resource]


class Discovery:
    """For any thread."""

    def __init__(self, api: Api, requests: Requests, meter: CacheMeter) -> None:
        self._requests = requests
        self._meter = meter
        self._age = api.options.discovery_age
        self._folder = _folder(api)
        self._resources: tuple[Resource, ...] = ()

    def resources(self) -> tuple[Resource, ...]:
        """All of them. Raises ApiError, ConnectionLostError."""
        if not self._resources:
            self._resources = tuple(each for root in ROOTS for each in self._root(root))
        return self._resources

    def forget(self) -> None:
        """Ask anew when next asked: a definition came or went."""
        self._resources = ()
        for root in ROOTS if self._folder is not None else ():
            with suppress(OSError):
                self._file(root).unlink()

    def find(self, name: str) -> Resource:
        """The resource meant by ``po``, ``pods``, ``Pod``, ``deploy.apps``; of several that of the first group.

        What every cluster has is not asked for.

        Raises:
            UnknownResourceError: the cluster has none. ApiError, ConnectionLostError: it could not be asked.
        """
        among: Callable[[], tuple[Resource, ...]]
        for among in (lambda: KNOWN, self.resources):
            for resource in among():
                if resource.answers_to(name):
                    return resource
        raise UnknownResourceError(f"the cluster serves no {name!r}", "perfkit knows what kubectl api-resources lists")

    def _root(self, root: str) -> list[Resource]:
        kept = self._kept(root)
        if kept is not None and 0 <= time.time() - kept.asked < self._age:
            self._meter.hit()
            return kept.resources
        try:
            response = self._ask(root, {"If-None-Match": kept.etag} if kept is not None and kept.etag else {})
        except ApiError as error:
            if kept is None or error.code != HTTPStatus.NOT_MODIFIED:
                raise
            self._meter.hit()
            kept.asked = time.time()
        else:
            self._meter.miss()
            kept = _Kept(response.etag, time.time(), self._read(root, response.body))
        self._keep(root, kept)
        return kept.resources

    def _ask(self, path: str, headers: dict[str, str]) -> Response:
        return self._requests.get(path, {}, of=("get", "discovery"), headers={"Accept": ACCEPT, **headers})

    def _read(self, root: str, body: bytes) -> list[Resource]:
        try:
            return aggregated(body)
        except msgspec.ValidationError:  # a server that has none answers as servers always did
            pass
        except UNREADABLE as error:
            raise ConnectionLostError(f"the server's {root} cannot be read: {error}") from error
        return [each for version in _versions(body) for each in self._legacy(root, version)]

    def _legacy(self, root: str, version: str) -> list[Resource]:
        """A group whose own server is away is left out, as kubectl does."""
        try:
            return legacy(version, self._ask(f"{root}/{version}", {}).body)
        except (ApiError, KeyError, *UNREADABLE):
            return []

    def _file(self, root: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{root.strip('/')}.json"

    def _kept(self, root: str) -> _Kept | None:
        if self._folder is None:
            return None
        with suppress(OSError, *UNREADABLE):
            return msgspec.json.decode(self._file(root).read_bytes(), type=_Kept)
        return None

    def _keep(self, root: str, kept: _Kept) -> None:
        """A disk that refuses costs a request next time, no more."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = self._file(root)
            new = file.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(kept))
            new.replace(file)


def _folder(api: Api) -> Path | None:
    if not api.options.discovery_cache:
        return None
    server = "".join(sign if sign.isalnum() else "_" for sign in api.server)
    return Path(api.options.discovery_cache).expanduser() / server


def _versions(body: bytes) -> list[str]:
    """The preferred version of each group; of the core group, all."""
    told = msgspec.json.decode(body, type=dict[str, Any])
    groups = (group["preferredVersion"]["groupVersion"] for group in told.get("groups") or ())
    return [*(told.get("versions") or ()), *groups]
