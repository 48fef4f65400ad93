"""Kubeconfig files as data: read, and merged as kubectl merges those that KUBECONFIG names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from perfkit.client import plugins  # noqa: TC001 - msgspec looks at it
from perfkit.client.problems import AccessError

_T = TypeVar("_T")


class Cluster(msgspec.Struct, rename="kebab"):
    """A server, and how to know it."""

    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    extensions: list[dict[str, Any]] | None = None


class User(msgspec.Struct, rename="kebab"):
    """Ways to log in."""

    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    username: str = ""
    password: str = ""
    impersonate: str = msgspec.field(default="", name="as")
    impersonate_uid: str = msgspec.field(default="", name="as-uid")
    impersonate_groups: list[str] | None = msgspec.field(default=None, name="as-groups")
    impersonate_extra: dict[str, list[str]] | None = msgspec.field(default=None, name="as-user-extra")
    exec: plugins.Plugin | None = None
    auth_provider: Any = None


class Context(msgspec.Struct):
    """Names of a cluster and a user, and the namespace meant where none is given."""

    cluster: str
    user: str = ""
    namespace: str = ""


class _NamedCluster(msgspec.Struct):
    name: str
    cluster: Cluster


class _NamedUser(msgspec.Struct):
    name: str
    user: User | None = None


class _NamedContext(msgspec.Struct):
    name: str
    context: Context


class _File(msgspec.Struct, rename="kebab"):
    current_context: str = ""
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None


class Placed(msgspec.Struct):
    """An entry, and the folder that its paths are relative to."""

    entry: Any
    folder: Path


class Kubeconfig(msgspec.Struct):
    """What one or several files say; of what several say the first holds."""

    current: str = ""
    contexts: dict[str, Context] = {}
    clusters: dict[str, Placed] = {}
    users: dict[str, Placed] = {}


def default_paths() -> list[Path]:
    """Those that KUBECONFIG names, else ``~/.kube/config``."""
    named = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return [Path(name) for name in named] or [Path.home() / ".kube" / "config"]


def read(paths: list[Path]) -> Kubeconfig:
    """All of them merged; of several those that are not there are left out. Raises AccessError."""
    if len(paths) > 1:
        paths = [path for path in paths if path.exists()] or paths[:1]
    merged = Kubeconfig()
    for path in paths:
        _merge(merged, _file(path), path.parent)
    return merged


def _file(path: Path) -> _File:
    try:
        return _decode(path.read_bytes())
    except OSError as error:
        raise AccessError(f"{error.filename}: {error.strerror}", "KUBECONFIG must name a readable kubeconfig") from None
    except AccessError as error:
        raise AccessError(f"kubeconfig {path}: {error.message}", error.advice) from None
    except ValueError as error:  # msgspec's and Unicode's
        raise AccessError(f"kubeconfig {path}: {' '.join(str(error).split())}") from None


def _decode(text: bytes) -> _File:
    # perfkit writes JSON, which is YAML too; a YAML parser costs 20 ms and 3 MB to import.
    decode = msgspec.json.decode if text.lstrip().startswith(b"{") else msgspec.yaml.decode
    if not text.strip():
        return _File()
    try:
        return msgspec.convert(_without_nulls(decode(text)), type=_File)
    except ImportError:
        raise AccessError("is YAML, and there is no parser for it", "pip install pyyaml") from None


def _without_nulls(data: Any) -> Any:
    """A key without a value (``namespace:``) says nothing, as for kubectl."""
    if isinstance(data, dict):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(each) for each in data] if isinstance(data, list) else data


def _merge(into: Kubeconfig, file: _File, folder: Path) -> None:
    into.current = into.current or file.current_context
    for context in file.contexts or ():
        into.contexts.setdefault(context.name, context.context)
    for cluster in file.clusters or ():
        into.clusters.setdefault(cluster.name, Placed(cluster.cluster, folder))
    for user in file.users or ():
        into.users.setdefault(user.name, Placed(user.user or User(), folder))


def named(kind: str, name: str, entries: dict[str, _T]) -> _T:
    """The entry of that name. Raises AccessError."""
    if name not in entries:
        raise AccessError(f"no {kind} {name!r}")
    return entries[name]
