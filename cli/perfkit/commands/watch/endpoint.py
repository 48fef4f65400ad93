"""An endpoint under watch: Prometheus's text format, or the snapshot of a ``perfkit.monitor``."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from perfkit.commands.watch.source import Account, artifact, sampled
from perfkit.errors import TargetError, UsageError
from perfkit.measure.live.scrape import address, ask
from perfkit.measure.live.watched import EndedError
from perfkit.measure.sampler.log import SampleLog
from perfkit.measure.sampler.process import Look
from perfkit.model.link import DIRECT
from perfkit.model.scenario import ClusterSpec, Ready, TargetSpec
from perfkit.model.units import format_duration
from perfkit.monitor import Snapshot
from perfkit.monitor.readings import readings as of_snapshot
from perfkit.storage.targets import default_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.measure.live.endpoint import Endpoint
    from perfkit.model.readings import Readings

TOKEN = "PERFKIT_TOKEN"  # the variable that may hold the endpoint's token; arguments can be seen by others
PATIENCE = 30.0  # seconds without an answer after which it counts as ended
KNOWN = "the target's own metrics"
_SAMPLED = ("cpu.", "memory.rss.", "memory.peak", "memory.growth")  # what an endpoint tells of a process


@contextlib.contextmanager
def watched_endpoint(url: str, folder: Path) -> Iterator[EndpointSource]:
    """The endpoint, asked once: what does not answer with metrics is told here.

    Raises:
        UsageError: that is no URL, or prometheus-client is missing.
        TargetError: no answer, or one that is not understood.
    """
    try:
        from perfkit.measure.live.endpoint import Endpoint
    except ImportError:
        raise UsageError("an endpoint is read by prometheus-client", "pip install 'perfkit[monitor]'") from None
    source = EndpointSource(address(url), Endpoint(), folder)
    with contextlib.closing(source):
        source.read()
        yield source


class EndpointSource:
    """A ``commands.watch.source.Source``."""

    output = None

    def __init__(self, url: str, endpoint: Endpoint, folder: Path) -> None:
        parts = urlsplit(url)
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
        self.title = shown
        self.target = TargetSpec(
            name=default_name(parts.netloc.rpartition("@")[2]),
            program=shown,
            command=(shown,),
            ready=Ready(kind="exit"),
        )
        self.cluster = ClusterSpec()
        self.link = DIRECT
        self.experiment = {"watched": "endpoint"}
        self.sources = dict.fromkeys(("cpu.seconds", "memory.peak", "api.requests"), KNOWN)
        self._url = url
        self._endpoint = endpoint
        self._folder = folder
        self._first: Readings | None = None
        self._latest: Readings | None = None
        self._heard = time.monotonic()
        self._silence = ""  # for how long it has not answered, and why; empty: it answers
        self._most = 0.0  # CPU between two scrapes, as a share of a core
        self._kept = _Samples(artifact(folder, self.target, "samples.csv"))

    def read(self) -> Readings:
        """What it exposes now; while it does not answer, what it exposed last, and that."""
        try:
            readings = self._asked()
        except TargetError as error:
            if self._latest is None:
                raise
            silent = time.monotonic() - self._heard
            why = error.message.removeprefix(f"{self._url}: ")
            self._silence = f"silent for {format_duration(silent)}: {why}"
            if silent > PATIENCE:
                raise EndedError(self._silence) from None
            # Its clock stands still, so that nothing is taken for a rate of zero.
            return msgspec.structs.replace(self._latest, memory=None, notes=(self._silence,))
        self._heard = time.monotonic()
        self._silence = ""
        self._first = self._first or readings
        self._most = max(self._most, _share(self._latest, readings) or 0.0)
        self._latest = self._with_cpu(readings, self._first)
        self._kept.add(readings, self._first)
        return self._latest

    def cost(self) -> float:
        """Nothing but this process looks."""
        return 0.0

    def finish(self) -> Account:
        """What it came to between the first answer and the last; it failed where it was silent in the end."""
        self._kept.close()
        first, last = self._first, self._latest
        assert first is not None
        assert last is not None
        start, end = _ns(first), _ns(last)
        values = {
            name: value
            for name, value in (sampled(self._kept.path, start, end) if end > start else {}).items()
            if name.startswith(_SAMPLED) and not name.startswith("cpu.system") and self._tells(name)
        }
        return Account(
            values={**values, **_requests(first, last)},
            origin_ns=start,
            end_ns=end,
            outcome="exited" if self._silence else "ok",
            reason=self._silence,
        )

    def close(self) -> None:
        """Let go of its file."""
        self._kept.close()

    def _with_cpu(self, readings: Readings, first: Readings) -> Readings:
        """With mean and peak since the first, where the program counts no peak itself."""
        peak = readings.cpu_peak if readings.cpu_peak is not None else self._most or None
        return msgspec.structs.replace(readings, cpu_mean=_share(first, readings), cpu_peak=peak)

    def _asked(self) -> Readings:
        from perfkit.measure.live.exposition import Exposition

        kind, body = ask(self._url, os.environ.get(TOKEN, ""))
        now = time.monotonic()
        if "html" in kind:
            raise TargetError(f"{self._url}: answers with a page of HTML, not with metrics", "is /metrics its path?")
        if "json" in kind:
            return msgspec.structs.replace(self._of_json(body), at=now)
        exposed = Exposition(body.decode(errors="replace"))
        if not exposed:
            raise TargetError(
                f"{self._url}: exposes no metric that is known here",
                "known are process_*, go_*, rest_client_*, workqueue_*, controller_runtime_*, perfkit_*",
            )
        return self._endpoint.readings(exposed, now, time.time())

    def _of_json(self, body: bytes) -> Readings:
        try:
            return of_snapshot(msgspec.json.decode(body, type=Snapshot))
        except msgspec.DecodeError as error:
            raise TargetError(f"{self._url}: its JSON is no snapshot of perfkit.monitor: {error}") from None

    def _tells(self, name: str) -> bool:
        assert self._latest is not None
        known = self._latest.cpu_seconds if name.startswith("cpu.") else self._latest.memory
        return known is not None


class _Samples:
    """What was exposed of CPU and memory, in the sampler's form: whatever reads that reads this."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = SampleLog(str(path), "")

    def add(self, readings: Readings, first: Readings) -> None:
        """One scrape; CPU counts from the first."""
        cpu = (readings.cpu_seconds or 0.0) - (first.cpu_seconds or 0.0)
        look = Look(cpu=max(0, round(cpu * 1e9)), rss=int(readings.memory or 0), threads=readings.threads or 0)
        self._log.write(_ns(readings), 1, look, ())

    def close(self) -> None:
        self._log.close()


def _share(before: Readings | None, now: Readings) -> float | None:
    """CPU between two readings as a share of a core."""
    if before is None or before.cpu_seconds is None or now.cpu_seconds is None or now.at <= before.at:
        return None
    return max(0.0, now.cpu_seconds - before.cpu_seconds) / (now.at - before.at)


def _ns(readings: Readings) -> int:
    return round(readings.at * 1e9)


def _requests(first: Readings, last: Readings) -> dict[str, float]:
    """Requests between two readings; those of before are not counted, but where the program began anew all."""
    counted: dict[str, float] = {}
    before = {(call.verb, call.resource): call for call in first.calls}
    for call in last.calls:
        if call.verb == "reconcile":
            continue
        old = before.get((call.verb, call.resource))
        anew = old is None or old.count > call.count
        grown = call.count - (0 if anew or old is None else old.count)
        failed = call.failed - (0 if anew or old is None else old.failed)
        counted["api.requests"] = counted.get("api.requests", 0.0) + grown
        counted["api.errors"] = counted.get("api.errors", 0.0) + max(0, failed)
    return counted
