"""Noise floors on disk: one file an experiment and program in the user's state folder, since they belong to a machine.

A floor holds where machine, experiment and method are the same and the program is: the file's name is a hash of these.
While one is being measured, its trials are in a journal in a folder below, so that none is lost.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.errors import ResultError
from perfkit.model.noise import SCHEMA, Noise
from perfkit.model.result import Fingerprint  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.storage import journal
from perfkit.storage.files import encode, shown, write_whole, writing
from perfkit.storage.fingerprint import scenario_hash

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.scenario import Scenario

_DECODER: Final = msgspec.json.Decoder(Noise)


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What is there: floors by age, the newest first, and why a file could not be read."""

    noise: tuple[Noise, ...]
    problems: tuple[str, ...]


def write_noise(noise: Noise) -> Path:
    """Keep a measurement in place of an older one of the same; its path. Raises StorageError."""
    path = _path(noise.fingerprint, noise.program)
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, msgspec.json.format(encode(noise, path), indent=1) + b"\n")
    return path


def find_noise(fingerprint: Fingerprint, program: str) -> Noise | None:
    """What was measured of a program under this fingerprint (of one target: ``fingerprint.narrowed``).

    None where nothing was, or where the file is damaged: a result is worth showing without its floor.
    """
    try:
        return _read(_path(fingerprint, program))
    except ResultError:
        return None


def stored_noise(machine: dict[str, str]) -> Stored:
    """All that was measured on a machine, by its facts of the fingerprint."""
    found, problems = [], []
    for path in sorted(_folder().glob("*.json")):
        try:
            found.append(_read(path))
        except ResultError as error:
            problems.append(error.message)
    here = [noise for noise in found if noise.fingerprint.machine == machine]
    return Stored(noise=tuple(sorted(here, key=lambda each: each.created, reverse=True)), problems=tuple(problems))


def measuring_folder(scenario: Scenario) -> Path:
    """Where the journal of a measurement lies until it is finished."""
    return _folder() / "unfinished" / scenario_hash(scenario)


def unfinished_folder() -> Path:
    """Where the journal of the measurement that was interrupted last lies. Raises ResultError: there is none."""
    paths = sorted((_folder() / "unfinished").glob(f"*/{journal.NAME}"))
    if not paths:
        raise ResultError("no measurement of noise was interrupted", "begin one: perfkit doctor --noise -t …")
    return max(paths, key=lambda path: path.stat().st_mtime).parent


def _folder() -> Path:
    return bundled.state_folder() / "noise"


def _path(fingerprint: Fingerprint, program: str) -> Path:
    parts = (fingerprint.machine, fingerprint.experiment, fingerprint.method, program)
    return _folder() / f"{hashlib.sha256(msgspec.json.encode(parts, order='deterministic')).hexdigest()[:16]}.json"


def _read(path: Path) -> Noise:
    try:
        noise = _DECODER.decode(path.read_bytes())
    except OSError as error:
        raise ResultError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResultError(f"{shown(path)}: damaged: {error}") from None
    if noise.schema != SCHEMA:
        raise ResultError(f"{shown(path)}: written as {noise.schema!r}, but this perfkit reads {SCHEMA!r}")
    return noise
