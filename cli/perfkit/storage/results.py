"""Result files: ``<scenario>.perfkit.json``, derived from the journal; and ``RESULT = PATH | LABEL | REF[#TARGET]``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from perfkit.errors import ResultError
from perfkit.model.result import SCHEMA, Result
from perfkit.storage import journal, refs
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
    remark: str = ""  # which label stands for a git ref


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
    """The one result meant by ``PATH``, ``LABEL``, a git ref, or any of them with ``#TARGET``.

    Raises:
        ResultError: there is none, several, no such target, or what is there cannot be read.
    """
    return _only(load_all(text))


def load_all(text: str) -> tuple[Loaded, ...]:
    """All results meant by the same, one a scenario, by the scenarios' names.

    A folder (of a label, or anywhere) stands for all results in it; a run that was killed is read from its journal; a
    git ref stands for the newest label of its commit.

    Raises:
        ResultError: there is none, no such target, two of one scenario, or what is there cannot be read.
    """
    name, target = _split(text)
    path, remark = _place(name)
    found = tuple(msgspec.structs.replace(each, remark=remark) for each in _load_path(path))
    if target is None:
        return found
    having = [each for each in found if target in _targets(each)]
    if not having:
        known = list(dict.fromkeys(known for each in found for known in _targets(each)))
        raise ResultError(
            f"{name} has no target {target!r}", did_you_mean(target, known) or f"its targets are {', '.join(known)}"
        )
    return tuple(msgspec.structs.replace(each, target=target) for each in having)


def load_latest() -> Loaded:
    """The one result of the local label written to last. Raises ResultError."""
    return _only(load_all_latest())


def load_all_latest() -> tuple[Loaded, ...]:
    """All results of the local label written to last. Raises ResultError."""
    return _load_folder(latest().folder)


def _only(found: tuple[Loaded, ...]) -> Loaded:
    if len(found) > 1:
        names = ", ".join(each.result.scenario.name for each in found)
        finished = [each.path for each in found if each.path.name != journal.NAME]
        advice = f"name a file: {shown(finished[0])}" if finished else "perfkit run --resume finishes what was begun"
        raise ResultError(f"{shown(found[0].path.parent)} holds several scenarios: {names}", advice)
    return found[0]


def _targets(loaded: Loaded) -> list[str]:
    return [spec.name for spec in loaded.result.scenario.targets]


def _place(name: str) -> tuple[Path, str]:
    """Where it lies, and what to say of that: a label, else a path, else the newest label of a git ref.

    A label goes before a folder of the same name in the working directory; ``./name`` is always a path.
    """
    as_path, unknown = "/" in name or name.endswith((".json", ".jsonl")), None
    if not as_path:
        try:
            return find_label(name).folder, ""
        except ResultError as error:
            unknown = error
    if name.startswith((".", "/")) or _exists(name):
        return Path(name), ""
    found = refs.find(name)
    if found is not None:
        return found.folder, found.remark
    if unknown is not None:
        raise unknown
    return Path(name), ""


def _split(text: str) -> tuple[str, str | None]:
    """A ``#`` may stand in a path's name, so a path that exists is taken as it is."""
    name, mark, target = text.rpartition("#")
    return (text, None) if not mark or _exists(text) else (name, target)


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # a name longer than file systems allow
        return False


def _load_path(path: Path) -> tuple[Loaded, ...]:
    if path.is_dir():
        return _load_folder(path)
    if path.name == journal.NAME:
        return _load_folder(path.parent)
    return (Loaded(result=read_result(path), path=path),)


def _load_folder(folder: Path) -> tuple[Loaded, ...]:
    """All results in a folder by scenario; what its journal tells counts where it tells more."""
    files = [Loaded(result=read_result(path), path=path) for path in sorted(folder.glob(f"*{RESULT}"))]
    found: dict[str, Loaded] = {}
    for each in files:
        before = found.setdefault(each.result.scenario.name, each)
        if before is not each:
            raise ResultError(
                f"{shown(folder)} holds two results of scenario {each.result.scenario.name!r}: "
                f"{before.path.name}, {each.path.name}",
                f"name one: {shown(before.path)}",
            )
    for each in _from_journal(folder, required=not files):
        finished = found.get(each.result.scenario.name)
        if finished is None or len(each.result.trials) > len(finished.result.trials):
            found[each.result.scenario.name] = each
    return tuple(found[name] for name in sorted(found))


def _from_journal(folder: Path, *, required: bool) -> list[Loaded]:
    """What a journal tells: of a killed run every finished trial, though there is no result file yet.

    Baselines are committed without their journals, so that none, or a damaged one, is an error only where it must do.
    """
    path = folder / journal.NAME
    try:
        records = journal.read_journal(path).records
    except ResultError:
        if not required:
            return []
        if path.is_file():
            raise
        raise ResultError(f"{shown(folder)} holds no result", _inside(folder)) from None
    if not records and required:
        raise ResultError(f"{shown(path)} holds no run", "perfkit run --resume finishes what was begun")
    return [Loaded(result=record.result(), path=path) for record in records.values()]


def _inside(folder: Path) -> str:
    """What to name instead of a folder of labels."""
    inside = sorted({path.parent.name for path in folder.glob(f"*/*{RESULT}")})
    return f"name one of the labels in it: {', '.join(inside[:5])}{', …' if inside[5:] else ''}" if inside else ""


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
