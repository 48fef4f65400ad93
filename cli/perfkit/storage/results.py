"""Result files: ``<scenario>.perfkit.json``, derived from the journal; and ``RESULT = PATH | LABEL[#TARGET]``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from perfkit.errors import ResultError
from perfkit.model.result import SCHEMA, Result
from perfkit.storage import journal
from perfkit.storage.files import encode, shown, write_whole
from perfkit.storage.labels import RESULT, find_label, latest, result_path
from perfkit.storage.names import did_you_mean

FAMILY: Final = SCHEMA.partition("/")[0]

_DECODER: Final = msgspec.json.Decoder(Result)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A stored result, and the one of its targets that was asked for."""

    result: Result
    path: Path  # of the result file, or of the journal that it was derived from
    target: str | None = None


def write_result(result: Result, folder: Path) -> Path:
    """Write a label's result of one scenario at one stroke; returns its path. Raises StorageError."""
    path = result_path(folder, result.scenario.name)
    data = msgspec.json.format(encode(result, path), indent=1)  # a committed baseline is read in diffs
    write_whole(path, data + b"\n", kept=f"nothing is lost: {shown(folder / journal.NAME)} holds every trial")
    return path


def read_result(path: Path) -> Result:
    """Read one result file.

    Raises:
        ResultError: it is missing, unreadable, truncated, corrupt, of another program or of a newer perfkit.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ResultError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    try:
        _check_schema(data, shown(path))
        result = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResultError(
            f"{shown(path)}: {_complaint(data, error)}", "perfkit run --resume derives it from the journal again"
        ) from None
    known = {spec.name for spec in result.scenario.targets}
    for name in (*filter(None, [result.base]), *(trial.target for trial in result.trials)):
        if name not in known:
            raise ResultError(f"{shown(path)}: corrupt: it speaks of a target {name!r} that its scenario has not")
    return result


def load(text: str) -> Loaded:
    """The result meant by ``PATH``, ``LABEL`` or either with ``#TARGET``.

    A folder (of a label) stands for the one result in it; a run that was killed is read from its journal.

    Raises:
        ResultError: there is none, several, no such target, or what is there cannot be read.
    """
    name, target = _split(text)
    loaded = _load_path(_place(name))
    if target is None:
        return loaded
    known = [spec.name for spec in loaded.result.scenario.targets]
    if target not in known:
        raise ResultError(
            f"{name} has no target {target!r}", did_you_mean(target, known) or f"its targets are {', '.join(known)}"
        )
    return msgspec.structs.replace(loaded, target=target)


def load_latest() -> Loaded:
    """The result of the local label written to last. Raises ResultError."""
    return _load_folder(latest().folder)


def _place(name: str) -> Path:
    """A label goes before a folder of the same name in the working directory; ``./name`` is always a path."""
    if "/" in name or name.endswith((".json", ".jsonl")):
        return Path(name)
    try:
        return find_label(name).folder
    except ResultError:
        if _exists(name):
            return Path(name)
        raise


def _split(text: str) -> tuple[str, str | None]:
    """A ``#`` may stand in a path's name, so a path that exists is taken as it is."""
    name, mark, target = text.rpartition("#")
    return (text, None) if not mark or _exists(text) else (name, target)


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # a name longer than file systems allow
        return False


def _load_path(path: Path) -> Loaded:
    if path.is_dir():
        return _load_folder(path)
    if path.name == journal.NAME:
        return _load_folder(path.parent)
    return Loaded(result=read_result(path), path=path)


def _load_folder(folder: Path) -> Loaded:
    files = sorted(folder.glob(f"*{RESULT}"))
    if len(files) > 1:
        names = ", ".join(path.name.removesuffix(RESULT) for path in files)
        raise ResultError(f"{shown(folder)} holds several scenarios: {names}", f"name a file: {shown(files[0])}")
    return _freshest(files[0]) if files else _from_journal(folder)


def _freshest(path: Path) -> Loaded:
    """The result, or what the journal tells where a sitting that was killed has written more trials since."""
    loaded = Loaded(result=read_result(path), path=path)
    beside = path.with_name(journal.NAME)
    try:
        record = journal.read_journal(beside).records.get(loaded.result.scenario.name)
    except ResultError:  # baselines are committed without their journals
        return loaded
    if record is None or len(record.trials) <= len(loaded.result.trials):
        return loaded
    return Loaded(result=record.result(), path=beside)


def _from_journal(folder: Path) -> Loaded:
    """What a killed run left: no result file yet, but every finished trial."""
    path = folder / journal.NAME
    if not path.is_file():
        raise ResultError(f"{shown(folder)} holds no result")
    records = journal.read_journal(path).records
    if len(records) != 1:
        found = f"runs of several scenarios: {', '.join(records)}" if records else "no run"
        raise ResultError(f"{shown(path)} holds {found}", "perfkit run --resume finishes what was begun")
    return Loaded(result=next(iter(records.values())).result(), path=path)


def _check_schema(data: bytes, file: str) -> None:
    """Tell a foreign file and a newer perfkit's apart from a damaged one."""
    found = msgspec.json.decode(data)
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema == SCHEMA:
        return
    if isinstance(schema, str) and schema.startswith(f"{FAMILY}/"):
        raise ResultError(f"{file}: written as {schema!r}, but this perfkit reads {SCHEMA!r}", "upgrade perfkit")
    if isinstance(found, dict) and "benchmarks" in found:
        beside = file.removesuffix(".json") + RESULT
        raise ResultError(f"{file}: made for pyperf, no result of perfkit", f"try {beside}")
    raise ResultError(f"{file}: not a result of perfkit")


def _complaint(data: bytes, error: Exception) -> str:
    if not data.strip():
        return "empty"
    if isinstance(error, msgspec.ValidationError):
        return f"corrupt: {error}"
    if data.startswith(b"{") and ("truncated" in str(error) or not data.rstrip().endswith(b"}")):
        return "truncated"
    return f"not JSON: {error}"
