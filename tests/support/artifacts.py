"""What trials leave on disk, invented: records of requests, samples, screens and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.model.requests import Entry
from perfkit.model.windows import Window
from perfkit.storage.labels import artifacts_folder
from perfkit.terminal.picture import svg
from perfkit.terminal.recording import Chunk
from perfkit.terminal.replay import Player
from support.releases import store

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.result import Result, Trial

ORIGIN = 5_000_000_000  # ns
SECOND = 1_000_000_000
WINDOWS = (
    Window(name="launch", do="launch", start_ns=-1000, end_ns=SECOND // 2),
    Window(name="quiet", do="idle", start_ns=SECOND // 2, end_ns=2 * SECOND),
    Window(name="quit", do="quit", start_ns=2 * SECOND, end_ns=2 * SECOND + 1000),
)
TEXT = "NAME  READY\nweb-1  1/1"


def store_with_artifacts(
    project: Path, result: Result, *, text: str = TEXT, output: str = "ready\n", requests: int = 4, looks: int = 101
) -> Path:
    """Store a result whose trials lasted 2 s; ``text`` is what stood on their screens and in what they asked for."""
    folder = artifacts_folder(project / "results" / "local" / result.label, result.scenario.name)
    left = {
        "requests.jsonl": record(requests, text),
        "log": output.encode(),
        "samples.csv": samples(looks),
        "screen.txt": text.encode(),
        "screen.svg": picture(text).encode(),
    }
    trials = []
    for trial in result.trials:
        stem = f"{trial.index:04d}-{trial.order}"
        files = {f"{stem}.{ending}": data for ending, data in left.items()}
        for name, data in files.items():
            (folder / name).write_bytes(data)
        trials.append(_with_files(trial, tuple(files)))
    return store(project, msgspec.structs.replace(result, trials=tuple(trials)))


def _with_files(trial: Trial, names: tuple[str, ...]) -> Trial:
    return msgspec.structs.replace(trial, origin_ns=ORIGIN, windows=WINDOWS, artifacts=names)


def record(number: int, namespace: str = "default") -> bytes:
    """Discovery, LISTs of pods, and at last a watch that is open."""
    entries = [
        Entry(
            number=place,
            ns=ORIGIN + (place + 1) * 100_000_000,
            method="GET",
            path="/api",
            query="limit=500",
            verb="" if place == 0 else "list",
            resource="" if place == 0 else "pods",
            namespace=namespace,
            status=503 if place == 1 else 200,
            bytes=1000 * place,
            objects=place,
            first_ns=ORIGIN + (place + 1) * 100_000_000 + 20_000_000,
            last_ns=ORIGIN + (place + 1) * 100_000_000 + 50_000_000,
        )
        for place in range(number - 1)
    ]
    begun = ORIGIN + number * 100_000_000
    entries.append(Entry(number=number - 1, ns=begun, verb="watch", resource="pods", status=200, first_ns=begun))
    return b"".join(msgspec.json.encode(each) + b"\n" for each in entries)


def samples(looks: int = 101) -> bytes:
    """Every 20 ms: a quarter of a core, memory that grows from 10 MB by 100 KB a look."""
    lines = ["ns,processes,cpu,system,rss,threads,faults,pss,fds,switches"]
    for look in range(looks):
        ns = look * 20_000_000
        lines.append(f"{ORIGIN + ns},1,{ns // 4},0,{10_000_000 + look * 100_000},3,0,,,,")
    return ("\n".join(lines) + "\n").encode()


def picture(text: str) -> str:
    """A screen of 40 by 5 with that text."""
    player = Player(40, 5)
    player.play(Chunk(0, "output", text.replace("\n", "\r\n").encode()))
    return svg(player.screen)
