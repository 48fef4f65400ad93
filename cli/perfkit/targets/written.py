"""What stands after ``-t``: ``[NAME=](CLIENT[@VERSION] | cmd:WORDS | KIND:VERSION [-- WORDS])``, taken apart."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import UsageError
from perfkit.model.sources import GitRef, GoPackage, Package, Release, Source
from perfkit.storage.targets import valid_name

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND: Final = "cmd"
COMMAND_MARK: Final = "--"  # a word of its own between a version and what is run of it

_NAMED: Final = re.compile(r"([^=:/\s]+)=(.*)", re.DOTALL)
_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\[[\w,.-]+\])?(?:(?:[=<>!~]=?|===).+)?")
_AT: Final = re.compile(r"([\w.~/-]+)@([\w.+~/-]+)")
_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A target as written, taken apart. Exactly one of ``client``, ``command`` and ``source`` is set.

    ``version`` is the client's; ``words`` is what is run of a source, where no client is made of it.
    """

    name: str = ""
    client: str = ""
    version: str = ""
    command: tuple[str, ...] = ()
    source: Source | None = None
    words: tuple[str, ...] = ()
    origin: str = ""  # what was written, without the name


def read(text: str) -> Written:
    """Take a target apart. Raises UsageError: not of that form."""
    name, rest = split_name(text)
    kind, colon, detail = rest.partition(":")
    if colon and kind == COMMAND:
        command = _shell_words(rest, detail)
        if not command:
            raise UsageError(f"-t {text}: a target without a command", "write -t 'cmd:kubectl get pods'")
        return Written(name=name, command=tuple(command))
    if colon and kind in _READERS:
        versions, words = _split_command(_shell_words(rest, detail))
        return Written(name=name, source=_READERS[kind](rest, versions), words=words, origin=rest)
    if colon and kind == "npm":
        raise UsageError(
            f"-t {text}: no client is made of an npm package",
            f"npm install it in a folder of its own: -t '{name or 'NAME'}=cmd:node /path/to/program.mjs'",
        )
    client, at, version = rest.partition("@")
    if at and not version:
        raise UsageError(f"-t {text}: no version", f"write {client}@VERSION, or {client} for the one that is here")
    return Written(name=name, client=client, version=version, origin=rest)


def split_name(text: str) -> tuple[str, str]:
    """``base=cmd:x --a=b`` → ``(base, cmd:x --a=b)``; ``cmd:x --a=b`` has no name."""
    match = _NAMED.fullmatch(text)
    name, rest = match.groups() if match else ("", text)
    if match and not valid_name(name):
        raise UsageError(f"-t {text}: {name!r} is no name for a target", "use letters, digits, and . _ @ + -")
    if match and rest.startswith("="):
        raise UsageError(f"-t {text}: {name!r} with two signs of equality", f"a version is written pip:{text}")
    if not rest:
        raise UsageError(f"-t {text!r}: no target", "write a client's name, or cmd: and a command")
    return name, rest


def requirement_name(requirement: str) -> str:
    """``KR8s[extra]>=1`` → ``kr8s``, as package indexes normalise names."""
    name = re.split(r"[\[=<>!~\s]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _shell_words(text: str, detail: str) -> list[str]:
    try:
        return shlex.split(detail)
    except ValueError as error:
        raise UsageError(f"{text}: {str(error).lower()}", "quote it as for a shell") from error


def _split_command(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    if COMMAND_MARK not in words:
        return words, ()
    at = words.index(COMMAND_MARK)
    return words[:at], tuple(words[at + 1 :])


def _package(text: str, words: list[str]) -> Source:
    for word in words:
        if not _REQUIREMENT.fullmatch(word):
            raise UsageError(f"-t {text}: {word!r} is no requirement", "such as pip:kr8s==0.20.15, or 'pip:kr8s httpx'")
    if not words:
        raise UsageError(f"-t {text}: no package", "such as pip:kr8s==0.20.15")
    return Package(words[0], tuple(words[1:]))


def _git(text: str, words: list[str]) -> Source:
    return GitRef(_only(text, words, "git:main"))


def _go(text: str, words: list[str]) -> Source:
    form = "go:github.com/derailed/k9s@v0.50.16"
    match = _AT.fullmatch(_only(text, words, form))
    if match is None:
        raise UsageError(f"-t {text}: no module with a version", f"such as {form}")
    return GoPackage(*match.groups())


def _release(text: str, words: list[str]) -> Source:
    form = "gh:derailed/k9s@v0.50.16"
    match = _AT.fullmatch(_only(text, words, form))
    if match is None or not _REPOSITORY.fullmatch(match[1]):
        raise UsageError(f"-t {text}: no OWNER/REPO@TAG", f"such as {form}")
    return Release(*match.groups())


def _only(text: str, words: list[str], form: str) -> str:
    if len(words) != 1:
        raise UsageError(f"-t {text}: one version, then {COMMAND_MARK} and what is run of it", f"such as {form}")
    return words[0]


_READERS: Final[dict[str, Callable[[str, list[str]], Source]]] = {
    "pip": _package,
    "git": _git,
    "go": _go,
    "gh": _release,
}
