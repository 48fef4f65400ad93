"""How to reach a cluster and be let in: a context of the kubeconfig, or a pod's own service account.

Understood are ``server``, ``certificate-authority[-data]``, ``insecure-skip-tls-verify``, ``tls-server-name`` and
``proxy-url``, without which the environment may name a proxy; and ``token``, ``tokenFile``, ``username`` and
``password``, ``client-certificate[-data]`` with its key, ``exec``, and ``as``. Other ways to log in are refused, never
ignored; fields that nobody knows are left alone, as kubectl does.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from perfkit.client import kubeconfig, plugins
from perfkit.client.plugins import Login
from perfkit.client.problems import AccessError
from perfkit.client.proxies import checked, from_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.kubeconfig import Cluster, Kubeconfig, Placed, User
    from perfkit.client.plugins import Credential

    Ask = Callable[[Login], Credential]

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_WAYS: Final = "an exec plug-in, a token or a client certificate"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster and one user of it. Certificates and key are PEM; no authority leaves the system's.

    A ``token_file`` is read again now and then; ``token`` is what it held at first. What the plug-in of ``login`` gave
    ``expires`` (seconds since the epoch; 0: never), and it is asked again. ``impersonation``: headers by which requests
    are made in another's name. ``namespace`` is the one meant where none is given.
    """

    server: str
    authority: str = ""
    verify: bool = True
    server_name: str = ""  # the name on the server's certificate, where it is not the host's
    proxy: str = ""
    token: str = ""
    token_file: str = ""
    username: str = ""
    password: str = ""
    certificate: bytes = b""
    key: bytes = b""
    login: Login | None = None
    expires: float = 0.0
    impersonation: dict[str, str] = {}
    namespace: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """By which a request says whose it is."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}", **self.impersonation}
        if self.username:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {pair}", **self.impersonation}
        return self.impersonation

    def let_in(self, given: Credential) -> Access:
        """The same with what its plug-in gave. Raises AccessError: that cannot be sent."""
        return msgspec.structs.replace(
            self,
            token=_sayable("the plug-in's token", given.token),
            certificate=given.certificate,
            key=given.key,
            expires=given.expires,
        )


class Contexts(msgspec.Struct, frozen=True):
    """The contexts that may be chosen, and the current one (empty: none)."""

    names: tuple[str, ...]
    current: str


def list_contexts(path: Path | None = None) -> Contexts:
    """Those of the kubeconfig that ``load_access`` would read. Raises AccessError."""
    config = kubeconfig.read([path] if path else kubeconfig.default_paths())
    return Contexts(tuple(config.contexts), config.current)


def load_access(path: Path | None = None, context: str = "", ask: Ask = plugins.ask) -> Access:
    """Read the kubeconfig at ``path``; by default those that KUBECONFIG names, else ``~/.kube/config``.

    In a pod that has neither, its service account is taken. ``context`` is the one to take; empty: the current one.
    ``ask`` asks a plug-in: ``plugins.ask_quietly`` where somebody else has the terminal.

    Raises:
        AccessError: missing, unreadable, incomplete, or a way to log in that this client does not have.
    """
    mounted = path is None and not context and _in_cluster()
    access = in_cluster() if mounted else _from_kubeconfig(path, context, ask)
    return access if access.proxy else msgspec.structs.replace(access, proxy=from_environment(access.server))


def _from_kubeconfig(path: Path | None, context: str, ask: Ask) -> Access:
    paths = [path] if path else kubeconfig.default_paths()
    config = kubeconfig.read(paths)
    try:
        access, login = _access(config, context)
        return access if login is None else msgspec.structs.replace(access.let_in(ask(login)), login=login)
    except OSError as error:
        raise AccessError(f"{error.filename}: {error.strerror}", "the kubeconfig names it") from None
    except AccessError as error:
        raise AccessError(f"kubeconfig {_called(paths)}: {error.message}", error.advice) from None
    except ValueError as error:  # base64's and Unicode's
        raise AccessError(f"kubeconfig {_called(paths)}: {' '.join(str(error).split())}") from None


def in_cluster(folder: Path = SERVICE_ACCOUNT) -> Access:
    """The API server of the cluster that this pod runs in, as its service account. Raises AccessError."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise AccessError("not in a pod: KUBERNETES_SERVICE_HOST is not set", "name a kubeconfig by KUBECONFIG")
    namespace = folder / "namespace"
    try:
        return Access(
            server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
            authority=(folder / "ca.crt").read_text(),
            token=(folder / "token").read_text().strip(),
            token_file=str(folder / "token"),
            namespace=namespace.read_text().strip() if namespace.exists() else "",
        )
    except OSError as error:
        raise AccessError(f"{error.filename}: {error.strerror}", "the pod wants a service account's token") from None


def _in_cluster() -> bool:
    outside = os.environ.get("KUBECONFIG") or any(path.exists() for path in kubeconfig.default_paths())
    return not outside and bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and (SERVICE_ACCOUNT / "token").exists()


def _called(paths: list[Path]) -> str:
    return os.pathsep.join(map(str, paths))


def _access(config: Kubeconfig, chosen: str) -> tuple[Access, Login | None]:
    """What the kubeconfig says, and the plug-in to ask where that lets nobody in."""
    chosen = chosen or config.current
    if not chosen:
        raise AccessError("no current-context", "choose one: kubectl config use-context NAME")
    context = kubeconfig.named("context", chosen, config.contexts)
    there = kubeconfig.named("cluster", context.cluster, config.clusters)
    users = {"": kubeconfig.Placed(kubeconfig.User(), there.folder)} | config.users
    who = kubeconfig.named("user", context.user, users)
    if not _url(there.entry.server).startswith("https:"):
        who = kubeconfig.Placed(kubeconfig.User(), who.folder)  # as with kubectl, nobody logs in for all to read
    _refuse(who.entry)
    access = msgspec.structs.replace(_combined(there, who), namespace=context.namespace)
    plugin = who.entry.exec
    if plugin is None or access.token or access.username or access.certificate:  # what is written down wins
        return access, None
    told = _told(access, _extension(there.entry))
    return access, Login(plugin=plugin, cluster=told, folder=str(who.folder.absolute()))


def _combined(there: Placed, who: Placed) -> Access:
    cluster: Cluster = there.entry
    user: User = who.entry
    token_file = str(who.folder / user.token_file) if user.token_file else ""
    authority = _inline("certificate-authority-data", cluster.certificate_authority_data)
    authority = authority or _file(there, cluster.certificate_authority)
    certificate = _inline("client-certificate-data", user.client_certificate_data)
    token = Path(token_file).read_text(errors="replace").strip() if token_file else user.token
    return Access(
        server=_url(cluster.server),
        authority=authority.decode("ascii", errors="ignore"),  # comments in other letters do no harm
        verify=not cluster.insecure_skip_tls_verify,
        server_name=_host("tls-server-name", cluster.tls_server_name),
        proxy=checked("proxy-url", cluster.proxy_url),
        token=_sayable("tokenFile" if token_file else "token", token),
        token_file=token_file,
        username=user.username,
        password=user.password,
        certificate=certificate or _file(who, user.client_certificate),
        key=_inline("client-key-data", user.client_key_data) or _file(who, user.client_key),
        impersonation=_impersonation(user),
    )


def _told(access: Access, extension: Any) -> dict[str, Any]:
    """What a plug-in may know of the cluster."""
    cluster = {
        "server": access.server,
        "tls-server-name": access.server_name,
        "insecure-skip-tls-verify": not access.verify,
        "certificate-authority-data": base64.b64encode(access.authority.encode()).decode(),
        "proxy-url": access.proxy,
        "config": extension,
    }
    return {name: value for name, value in cluster.items() if value}


def _extension(cluster: Cluster) -> Any:
    """What the kubeconfig has for plug-ins to know of a cluster."""
    named = {each.get("name"): each.get("extension") for each in cluster.extensions or ()}
    return named.get("client.authentication.k8s.io/exec")


def _refuse(user: User) -> None:
    if user.auth_provider:
        raise AccessError("uses 'auth-provider', which this client cannot do", f"use {_WAYS}")
    if user.token and user.username:
        raise AccessError("'token' and 'username' are two ways to log in, and only one is allowed")
    if bool(user.client_certificate or user.client_certificate_data) != bool(user.client_key or user.client_key_data):
        raise AccessError("'client-certificate' and 'client-key' go together, and one is missing")


def _impersonation(user: User) -> dict[str, str]:
    groups = user.impersonate_groups or []
    if user.impersonate_extra or len(groups) > 1:
        raise AccessError("uses 'as-user-extra' or several 'as-groups', which this client cannot do", f"use {_WAYS}")
    if (groups or user.impersonate_uid) and not user.impersonate:
        raise AccessError("'as-groups' and 'as-uid' say nothing without 'as'")
    said = {
        "Impersonate-User": user.impersonate,
        "Impersonate-Uid": user.impersonate_uid,
        "Impersonate-Group": "".join(groups),
    }
    return {name: _sayable("who is impersonated", text) for name, text in said.items() if text}


def _sayable(what: str, text: str) -> str:
    """A text as it was. Raises AccessError: no header can carry it."""
    if not (text.isascii() and text.isprintable()) and text:
        raise AccessError(f"{what}: has characters that cannot be sent")
    return text


def _url(server: str) -> str:
    try:
        parts = urlsplit(server)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0  # reading the port checks it
        good = whole and not (parts.query or parts.fragment or parts.username) and server.isprintable()
    except ValueError:
        good = False
    if not good or " " in server:
        raise AccessError(f"server {server!r} is not an http or https URL")
    _host("server", parts.hostname or "")
    return server.rstrip("/")


def _host(what: str, name: str) -> str:
    """The name of a host, or "", as it was. Raises AccessError: it is none."""
    try:
        name.encode("idna")
    except UnicodeError:
        raise AccessError(f"{what} {name!r} is not the name of a host") from None
    return name


def _inline(name: str, data: str) -> bytes:
    """What is given inline; empty: nothing. Raises AccessError."""
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except ValueError as error:
        raise AccessError(f"{name}: {error}") from None


def _file(entry: Placed, name: str) -> bytes:
    """What is in a file relative to the kubeconfig; empty: none is named. Raises OSError."""
    return (entry.folder / name).read_bytes() if name else b""
