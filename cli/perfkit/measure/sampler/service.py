"""The sampler as a child of the engine: told what to look at, asked to stop, dead when its lifeline closes."""

from __future__ import annotations

import gc
import select
import time
from typing import TYPE_CHECKING

import msgspec

from perfkit.lifeline import ChildGoneError, FrameReader, encode_frame
from perfkit.measure.sampler.log import SampleLog
from perfkit.measure.sampler.tree import Tree
from perfkit.model.sampling import (
    MarkSample,
    Sampled,
    SamplerAnswer,
    SamplerError,
    SamplerRequest,
    Sampling,
    StartSampling,
    StopSampling,
)

if TYPE_CHECKING:
    import socket

INTERVAL = 20_000_000  # ns between looks
FINDING = 10  # looks between two searches for new processes
DETAILS = 50  # looks between two readings of what is dear


class Watch:
    """One trial's sampling: the tree, the log, and when the next look is due (ns)."""

    def __init__(self, request: StartSampling) -> None:
        self._log = SampleLog(request.path, request.threads)
        try:
            self._tree = Tree(request.root, itself=request.itself)
        except OSError:
            self._log.close()
            raise
        self._looks = 0
        self._cpu = time.process_time()
        self.due = time.monotonic_ns()

    def look(self) -> None:
        """Look once, and settle when to look again: missed looks are left out, not made up for."""
        if self._tree.size == 0 or self._looks % FINDING == 0:
            self._tree.find()
        if self._looks % DETAILS == 0 and self._tree.size:
            self.detail()
        else:
            self._write(())
        self._looks += 1
        now = time.monotonic_ns()
        self.due += INTERVAL * max(1, -(-(now - self.due) // INTERVAL))

    def detail(self) -> None:
        """Look at everything now."""
        self._tree.find()
        self._write(self._tree.detail())
        if self._log.keeps_threads:
            self._log.threads(time.monotonic_ns(), self._tree.threads())

    def stop(self) -> Sampled:
        """End; what it cost. Raises OSError when the log could not be written."""
        self._tree.close()
        self._log.close()
        return Sampled(looks=self._looks, cpu=time.process_time() - self._cpu)

    def _write(self, detail: tuple[int, ...]) -> None:
        look = self._tree.look()
        self._log.write(time.monotonic_ns(), self._tree.size, look, detail)


class Service:
    """Serves one engine until the lifeline ends."""

    def __init__(self, lifeline: socket.socket) -> None:
        self._lifeline = lifeline
        self._reader = FrameReader()
        self._watch: Watch | None = None

    def run(self) -> None:
        """Look when it is time, obey in between."""
        gc.freeze()
        gc.disable()  # a look leaves no cycles
        words = select.poll()  # select.select costs a fifth more of a wake-up
        words.register(self._lifeline, select.POLLIN)
        while True:
            if words.poll(self._wait()):
                if not self._obey():
                    return
            elif self._watch is not None:
                self._watch.look()

    def _wait(self) -> float | None:
        """Milliseconds until the next look."""
        if self._watch is None:
            return None
        return max(0.0, (self._watch.due - time.monotonic_ns()) / 1e6)

    def _obey(self) -> bool:
        """Do what the engine wants; False when it is gone."""
        try:
            data = self._lifeline.recv(1 << 16)
            messages = self._reader.feed(data) if data else []
        except (OSError, ChildGoneError):
            return False
        for message in messages:
            self._lifeline.sendall(encode_frame(msgspec.to_builtins(self._answer(message))))
        return bool(data)

    def _answer(self, message: object) -> SamplerAnswer:
        try:
            return self._handle(msgspec.convert(message, SamplerRequest))
        except OSError as error:
            self._watch = None
            return SamplerError(message=f"samples cannot be taken: {error}")
        except msgspec.ValidationError as error:
            return SamplerError(message=f"the sampler was sent something unknown: {error}")

    def _handle(self, request: SamplerRequest) -> SamplerAnswer:
        match request:
            case StartSampling():
                if self._watch is not None:
                    self._watch.stop()
                self._watch = Watch(request)
            case MarkSample():
                if self._watch is not None:
                    self._watch.detail()
            case StopSampling():
                watch, self._watch = self._watch, None
                return watch.stop() if watch is not None else Sampled(looks=0, cpu=0.0)
        return Sampling()
