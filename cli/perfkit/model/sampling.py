"""What the engine says to a sampler, and what it answers; as in ``model.control``."""

from __future__ import annotations

import msgspec


class StartSampling(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="start_sampling"):
    """Look at the descendants of the process ``root`` from now on, and log to ``path`` (answer: Sampling).

    ``threads`` is a path as well, for CPU by thread; "": nobody wants to know. With ``itself`` the root is looked at
    too, and what there was before counts from here on.
    """

    root: int
    path: str
    threads: str = ""
    itself: bool = False


class MarkSample(msgspec.Struct, frozen=True, tag_field="type", tag="mark_sample"):
    """Look at everything now, what is dear too (answer: Sampling)."""


class StopSampling(msgspec.Struct, frozen=True, tag_field="type", tag="stop_sampling"):
    """Look no more (answer: Sampled)."""


class Sampling(msgspec.Struct, frozen=True, tag_field="type", tag="sampling"):
    """Answer: it is done."""


class Sampled(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="sampled"):
    """How often was looked, and what that cost in CPU seconds."""

    looks: int
    cpu: float


class SamplerError(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="sampler_error"):
    """The sampler cannot do what it was told."""

    message: str


SamplerRequest = StartSampling | MarkSample | StopSampling
SamplerAnswer = Sampling | Sampled | SamplerError
