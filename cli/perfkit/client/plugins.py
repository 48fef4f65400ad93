"""Logins by exec plug-in: a command of the kubeconfig that prints an ExecCredential, as kubectl runs it.

It is asked at the start, and again where what it gave has run out (``credentials``).
"""

from __future__ import annotations

import os
import sys
from datetime import datetime  # noqa: TC003 - msgspec looks at it
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from perfkit.client.problems import UNREADABLE, AccessError, reason

PATIENCE: Final = 120.0  # seconds; it may wait for a person and a browser
_MODES: Final = ("Never", "IfAvailable", "Always")
_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class Variable(msgspec.Struct):
    """One variable of its environment, beside those that are there."""

    name: str
    value: str = ""


class Plugin(msgspec.Struct, rename="camel"):
    """The ``exec`` of a kubeconfig's user."""

    command: str
    api_version: str
    args: list[str] | None = None
    env: list[Variable] | None = None
    install_hint: str = ""
    interactive_mode: str = "IfAvailable"
    provide_cluster_info: bool = False


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in, what it may be told of the cluster, and the folder that a path to it is relative to."""

    plugin: Plugin
    cluster: dict[str, Any]
    folder: str


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What a plug-in lets in by, until ``expires`` (seconds since the epoch; 0: for good). The pair is PEM."""

    token: str = ""
    certificate: bytes = b""
    key: bytes = b""
    expires: float = 0.0


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Answer(msgspec.Struct, rename="camel"):
    kind: str
    api_version: str
    status: _Status


def ask(login: Login) -> Credential:
    """Run it; at a terminal it may ask who sits there. Raises AccessError."""
    plugin = login.plugin
    interactive = plugin.interactive_mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    return _credential(plugin, _output(login, interactive=interactive))


def ask_quietly(login: Login) -> Credential:
    """Run it in the middle of something: by then terminal and keys are not its own. Raises AccessError."""
    return _credential(login.plugin, _output(login, interactive=False))


def _credential(plugin: Plugin, said: bytes) -> Credential:
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except UNREADABLE as error:
        raise AccessError(f"exec: {plugin.command!r} printed no ExecCredential: {error}") from None
    given = answer.status
    if answer.api_version != plugin.api_version:
        raise AccessError(f"exec: {plugin.command!r} answered as {answer.api_version}, not {plugin.api_version}")
    if bool(given.client_certificate_data) != bool(given.client_key_data):
        raise AccessError(f"exec: {plugin.command!r} gave a certificate without its key, or a key alone")
    if not given.token and not given.client_certificate_data:
        raise AccessError(f"exec: {plugin.command!r} gave neither a token nor a certificate with its key")
    return Credential(
        token=given.token or "",
        certificate=(given.client_certificate_data or "").encode(),
        key=(given.client_key_data or "").encode(),
        expires=given.expiration_timestamp.timestamp() if given.expiration_timestamp else 0.0,
    )


def _question(login: Login, *, interactive: bool) -> str:
    """What it finds in KUBERNETES_EXEC_INFO."""
    plugin = login.plugin
    spec = {"interactive": interactive} | ({"cluster": login.cluster} if plugin.provide_cluster_info else {})
    asked = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return msgspec.json.encode(asked).decode()


def _output(login: Login, *, interactive: bool) -> bytes:
    import subprocess

    plugin = login.plugin
    _check(plugin, interactive=interactive)
    command = str(Path(login.folder) / plugin.command) if os.sep in plugin.command else plugin.command
    own = {variable.name: variable.value for variable in plugin.env or ()}
    try:
        done = subprocess.run(
            [command, *(plugin.args or ())],
            env={**os.environ, **own, "KUBERNETES_EXEC_INFO": _question(login, interactive=interactive)},
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if interactive else subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AccessError(f"exec: {plugin.command!r} said nothing for {PATIENCE:.0f} s") from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in a word
        hint = " ".join(plugin.install_hint.split())
        raise AccessError(f"exec: {plugin.command!r} cannot be run: {reason(error)}", hint) from None
    if done.returncode:
        *_, last = ["", *filter(str.strip, (done.stderr or b"").decode(errors="replace").splitlines())]
        why = f": {last.strip()[:200]}" if last else ""
        raise AccessError(
            f"exec: {plugin.command!r} ended with status {done.returncode}{why}", "run it by hand to see why"
        )
    return done.stdout


def _check(plugin: Plugin, *, interactive: bool) -> None:
    if plugin.api_version not in _VERSIONS:
        raise AccessError(f"exec: unknown apiVersion {plugin.api_version!r}", f"known are {' and '.join(_VERSIONS)}")
    if not plugin.command:
        raise AccessError("exec: no command is given")
    if plugin.interactive_mode not in _MODES:
        raise AccessError(
            f"exec: unknown interactiveMode {plugin.interactive_mode!r}", f"known are {', '.join(_MODES)}"
        )
    if plugin.interactive_mode == "Always" and not interactive:
        raise AccessError(f"exec: {plugin.command!r} must ask somebody, and nobody is there", "run it in a terminal")
