"""How hypothesis tries: few examples, always the same ones, unless more are asked for."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from support.examples import FACTOR, examples

# Without a deadline: nothing asserts on wall time. Few examples are the same each time, so that what turns red is the
# change and not chance; those asked for by hand are others each time, for they are to find what is not known.
settings.register_profile(
    "perfkit",
    max_examples=examples(20),
    deadline=None,
    derandomize=FACTOR == 1,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("perfkit")
