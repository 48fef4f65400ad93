"""How to reach a cluster and be let in: the current context of a kubeconfig.

Understood are ``server``, ``certificate-authority[-data]``, ``insecure-skip-tls-verify`` and ``tls-server-name``; and
``token``, ``tokenFile``, ``client-certificate[-data]`` with its key, and ``exec``. Other ways to log in are refused,
never ignored; fields that nobody knows are left alone, as kubectl does.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from perfkit.client import plugins
from perfkit.client.problems import AccessError

_T = TypeVar("_T")


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster and one user of it. Certificates and key are PEM; no authority leaves the system's."""

    server: str
    authority: str = ""
    verify: bool = True
    server_name: str = ""  # the name on the server's certificate, where it is not the host's
    token: str = ""
    certificate: bytes = b""
    key: bytes = b""


class _Cluster(msgspec.Struct, rename="kebab"):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    extensions: list[dict[str, Any]] | None = None


class _User(msgspec.Struct, rename="kebab"):
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    username: str = ""
    exec: plugins.Plugin | None = None
    auth_provider: Any = None


class _Context(msgspec.Struct):
    cluster: str
    user: str = ""


class _NamedCluster(msgspec.Struct):
    name: str
    cluster: _Cluster


class _NamedUser(msgspec.Struct):
    name: str
    user: _User | None = None


class _NamedContext(msgspec.Struct):
    name: str
    context: _Context


class _Kubeconfig(msgspec.Struct, rename="kebab"):
    current_context: str = ""
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None


def load_access(path: Path | None = None, context: str = "") -> Access:
    """Read the kubeconfig at ``path``; by default the one KUBECONFIG names, else ``~/.kube/config``.

    ``context`` is the one to take; empty: the current one.

    Raises:
        AccessError: missing, unreadable, incomplete, or a way to log in that this client does not have.
    """
    path = path or _default_path()
    try:
        return _access(_decode(path.read_bytes()), path.parent, context)
    except OSError as error:
        raise AccessError(f"{error.filename}: {error.strerror}", "KUBECONFIG must name a readable kubeconfig") from None
    except AccessError as error:
        raise AccessError(f"kubeconfig {path}: {error.message}", error.advice) from None
    except ValueError as error:  # msgspec's, base64's and Unicode's
        raise AccessError(f"kubeconfig {path}: {' '.join(str(error).split())}") from None


def _default_path() -> Path:
    named = os.environ.get("KUBECONFIG", "")
    if os.pathsep in named:
        raise AccessError("KUBECONFIG names several files", "name one: this client does not merge them")
    return Path(named) if named else Path.home() / ".kube" / "config"


def _decode(text: bytes) -> _Kubeconfig:
    # perfkit writes JSON, which is YAML too; a YAML parser costs 20 ms and 3 MB to import.
    if text.lstrip().startswith(b"{"):
        return msgspec.json.decode(text, type=_Kubeconfig)
    try:
        return msgspec.yaml.decode(text, type=_Kubeconfig)
    except ImportError:
        raise AccessError("is YAML, and there is no parser for it", "pip install pyyaml") from None


def _access(config: _Kubeconfig, folder: Path, chosen: str) -> Access:
    chosen = chosen or config.current_context
    if not chosen:
        raise AccessError("no current-context", "choose one: kubectl config use-context NAME")
    context = _named("context", chosen, {c.name: c.context for c in config.contexts or ()})
    cluster = _named("cluster", context.cluster, {c.name: c.cluster for c in config.clusters or ()})
    users = {"": _User()} | {u.name: u.user or _User() for u in config.users or ()}
    user = _named("user", context.user, users)
    _refuse(cluster, user)
    access = Access(
        server=_url(cluster.server),
        authority=_pem(cluster.certificate_authority_data, cluster.certificate_authority, folder).decode(),
        verify=not cluster.insecure_skip_tls_verify,
        server_name=cluster.tls_server_name,
        token=(folder / user.token_file).read_text().strip() if user.token_file else user.token,
        certificate=_pem(user.client_certificate_data, user.client_certificate, folder),
        key=_pem(user.client_key_data, user.client_key, folder),
    )
    return access if user.exec is None else _let_in(access, user.exec, _extension(cluster), folder)


def _let_in(access: Access, plugin: plugins.Plugin, extension: Any, folder: Path) -> Access:
    """With what a plug-in gives; what the kubeconfig itself holds wins, as with kubectl."""
    if access.token or access.certificate:
        return access
    cluster = {
        "server": access.server,
        "tls-server-name": access.server_name,
        "insecure-skip-tls-verify": not access.verify,
        "certificate-authority-data": base64.b64encode(access.authority.encode()).decode(),
        "config": extension,
    }
    given = plugins.ask(plugin, {name: value for name, value in cluster.items() if value}, folder)
    return msgspec.structs.replace(
        access,
        token=given.token,
        certificate=given.client_certificate_data.encode(),
        key=given.client_key_data.encode(),
    )


def _extension(cluster: _Cluster) -> Any:
    """What the kubeconfig has for plug-ins to know of a cluster."""
    named = {each.get("name"): each.get("extension") for each in cluster.extensions or ()}
    return named.get("client.authentication.k8s.io/exec")


def _named(kind: str, name: str, entries: dict[str, _T]) -> _T:
    if name not in entries:
        raise AccessError(f"no {kind} {name!r}")
    return entries[name]


def _refuse(cluster: _Cluster, user: _User) -> None:
    foreign = {
        "proxy-url": cluster.proxy_url,
        "auth-provider": user.auth_provider,
        "username": user.username,
    }
    for key, value in foreign.items():
        if value:
            raise AccessError(f"uses {key!r}, which this client cannot do", "use a token or a client certificate")
    if bool(user.client_certificate or user.client_certificate_data) != bool(user.client_key or user.client_key_data):
        raise AccessError("'client-certificate' and 'client-key' go together, and one is missing")


def _url(server: str) -> str:
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:  # reading the port checks it
        raise AccessError(f"server {server!r} is not an http or https URL")
    return server.rstrip("/")


def _pem(data: str, file: str, folder: Path) -> bytes:
    """What is given inline, else in a file relative to the kubeconfig; empty when neither is."""
    if data:
        return base64.b64decode(data, validate=True)
    return (folder / file).read_bytes() if file else b""
