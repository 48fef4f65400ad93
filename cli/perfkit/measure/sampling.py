"""The sampler as the engine sees it: a process of its own, driven over its lifeline."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from perfkit.errors import PerfkitError
from perfkit.lifeline import ChildGoneError, spawn
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
    from pathlib import Path

Answer = TypeVar("Answer", Sampling, Sampled)

ANSWER_TIMEOUT = 30.0  # seconds; an answer takes milliseconds


class Sampler:
    """A ``model.protocols.Observer`` of all descendants of the process ``root``. All methods raise PerfkitError.

    With ``itself`` it looks at the root, too.
    """

    def __init__(self, root: int, folder: Path, *, itself: bool = False) -> None:
        self._root = root
        self._itself = itself
        self._log = folder / "sampler.log"
        command = [sys.executable, "-m", "perfkit.measure.sampler"]
        self._child = spawn("the sampler", command, stderr=self._log)

    def start(self, samples: Path, threads: Path | None) -> None:
        """Log samples to a file from now on."""
        request = StartSampling(
            root=self._root, path=str(samples), threads=str(threads) if threads else "", itself=self._itself
        )
        self._ask(request, Sampling)

    def mark(self) -> None:
        """Take a full sample now."""
        self._ask(MarkSample(), Sampling)

    def stop(self) -> float:
        """End the log; the CPU seconds that it cost."""
        return self._ask(StopSampling(), Sampled).cpu

    @property
    def pid(self) -> int:
        """Process id of the sampler."""
        return self._child.pid

    def close(self) -> None:
        """End the sampler. May be called twice."""
        self._child.close()

    def _ask(self, request: SamplerRequest, expected: type[Answer]) -> Answer:
        try:
            self._child.send(msgspec.to_builtins(request))
            message = self._child.receive(ANSWER_TIMEOUT)
        except ChildGoneError as error:
            raise PerfkitError("the sampler is gone", f"see {self._log}") from error
        if message is None:
            raise PerfkitError(f"the sampler did not answer within {ANSWER_TIMEOUT:.0f} s", f"see {self._log}")
        answer: SamplerAnswer = msgspec.convert(message, SamplerAnswer)
        if isinstance(answer, SamplerError):
            raise PerfkitError(answer.message, "without --pass trace there is no sampler")
        assert isinstance(answer, expected)
        return answer
