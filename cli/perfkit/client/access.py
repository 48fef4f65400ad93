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
    from perfkit.client.kubeconfig import Cluster, Kubeconfig, Placed, User
    from perfkit.client.plugins import Credential

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
        """The same with what its plug-in gave."""
        return msgspec.structs.replace(
            self, token=given.token, certificate=given.certificate, key=given.key, expires=given.expires
        )


class Contexts(msgspec.Struct, frozen=True):
    """The contexts that may be chosen, and the current one (empty: none)."""

    names: tuple[str, ...]
    current: str


def list_contexts(path: Path | None = None) -> Contexts:
    """Those of the kubeconfig that ``load_access`` would read. Raises AccessError."""
    config = kubeconfig.read([path] if path else kubeconfig.default_paths())
    return Contexts(tuple(config.contexts), config.current)


def load_access(path: Path | None = None, context: str = "") -> Access:
    """Read the kubeconfig at ``path``; by default those that KUBECONFIG names, else ``~/.kube/config``.

    In a pod that has neither, its service account is taken. ``context`` is the one to take; empty: the current one.

    Raises:
        AccessError: missing, unreadable, incomplete, or a way to log in that this client does not have.
    """
    access = in_cluster() if path is None and not context and _in_cluster() else _from_kubeconfig(path, context)
    return access if access.proxy else msgspec.structs.replace(access, proxy=from_environment(access.server))


def _from_kubeconfig(path: Path | None, context: str) -> Access:
    paths = [path] if path else kubeconfig.default_paths()
    config = kubeconfig.read(paths)
    try:
        return _access(config, context)
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


def _access(config: Kubeconfig, chosen: str) -> Access:
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
    return access if plugin is None else _let_in(access, plugin, _extension(there.entry), who.folder)


def _combined(there: Placed, who: Placed) -> Access:
    cluster: Cluster = there.entry
    user: User = who.entry
    token_file = str(who.folder / user.token_file) if user.token_file else ""
    return Access(
        server=_url(cluster.server),
        authority=_pem(cluster.certificate_authority_data, cluster.certificate_authority, there.folder).decode(),
        verify=not cluster.insecure_skip_tls_verify,
        server_name=cluster.tls_server_name,
        proxy=checked("proxy-url", cluster.proxy_url),
        token=Path(token_file).read_text().strip() if token_file else user.token,
        token_file=token_file,
        username=user.username,
        password=user.password,
        certificate=_pem(user.client_certificate_data, user.client_certificate, who.folder),
        key=_pem(user.client_key_data, user.client_key, who.folder),
        impersonation=_impersonation(user),
    )


def _let_in(access: Access, plugin: plugins.Plugin, extension: Any, folder: Path) -> Access:
    """With what a plug-in gives; what the kubeconfig itself holds wins, as with kubectl."""
    if access.token or access.username or access.certificate:
        return access
    cluster = {
        "server": access.server,
        "tls-server-name": access.server_name,
        "insecure-skip-tls-verify": not access.verify,
        "certificate-authority-data": base64.b64encode(access.authority.encode()).decode(),
        "proxy-url": access.proxy,
        "config": extension,
    }
    told = {name: value for name, value in cluster.items() if value}
    login = Login(plugin=plugin, cluster=told, folder=str(folder.absolute()))
    return msgspec.structs.replace(access.let_in(plugins.ask(login)), login=login)


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
    return {name: text for name, text in said.items() if text}


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
