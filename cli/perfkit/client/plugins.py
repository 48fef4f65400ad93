"""Logins by exec plug-in: a command of the kubeconfig that prints an ExecCredential, as kubectl runs it.

It is asked once, at the start: what it gives is not renewed.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.problems import AccessError

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE: Final = 120.0  # seconds; it may wait for a person and a browser
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


class Credential(msgspec.Struct, rename="camel"):
    """What it lets in by. Certificate and key are PEM."""

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""


class _Answer(msgspec.Struct, rename="camel"):
    kind: str
    api_version: str
    status: Credential


def ask(plugin: Plugin, cluster: dict[str, Any], folder: Path) -> Credential:
    """Run it, in the folder of the kubeconfig where its path is relative. Raises AccessError."""
    if plugin.api_version not in _VERSIONS:
        raise AccessError(f"exec: unknown apiVersion {plugin.api_version!r}", f"known are {' and '.join(_VERSIONS)}")
    interactive = plugin.interactive_mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    if plugin.interactive_mode == "Always" and not interactive:
        raise AccessError(f"exec: {plugin.command!r} must ask somebody, and nobody is there", "run it in a terminal")
    said = _output(plugin, _question(plugin, cluster, interactive=interactive), folder, interactive=interactive)
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AccessError(f"exec: {plugin.command!r} printed no ExecCredential: {error}") from None
    given = answer.status
    if answer.api_version != plugin.api_version:
        raise AccessError(f"exec: {plugin.command!r} answered as {answer.api_version}, not {plugin.api_version}")
    if not given.token and not (given.client_certificate_data and given.client_key_data):
        raise AccessError(f"exec: {plugin.command!r} gave neither a token nor a certificate with its key")
    return given


def _question(plugin: Plugin, cluster: dict[str, Any], *, interactive: bool) -> str:
    """What it finds in KUBERNETES_EXEC_INFO."""
    spec = {"interactive": interactive} | ({"cluster": cluster} if plugin.provide_cluster_info else {})
    asked = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return msgspec.json.encode(asked).decode()


def _output(plugin: Plugin, question: str, folder: Path, *, interactive: bool) -> bytes:
    import subprocess

    command = str(folder / plugin.command) if os.sep in plugin.command else plugin.command
    own = {variable.name: variable.value for variable in plugin.env or ()}
    try:
        done = subprocess.run(
            [command, *(plugin.args or ())],
            env={**os.environ, **own, "KUBERNETES_EXEC_INFO": question},
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AccessError(f"exec: {plugin.command!r} said nothing for {PATIENCE:.0f} s") from None
    except OSError as error:
        hint = " ".join(plugin.install_hint.split())
        raise AccessError(f"exec: {plugin.command!r} cannot be run: {error.strerror}", hint) from None
    if done.returncode:
        raise AccessError(f"exec: {plugin.command!r} ended with status {done.returncode}", "run it by hand to see why")
    return done.stdout
