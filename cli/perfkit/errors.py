"""Every error a user can meet: what happened, what to do about it, and the exit code.

Raised anywhere, caught once in ``main``. A message names the place (file, key, target); the advice is one line.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    OK = 0
    REGRESSED = 1  # a limit is exceeded or a regression confirmed
    USAGE = 2  # usage or configuration
    TARGET_FAILED = 3  # the target failed on the base side too
    CLUSTER_FAILED = 4
    UNCLEAR = 5  # not comparable, or unclear under --strict
    INTERNAL = 70  # perfkit's own fault; never 1, which a CI would take for a regression
    INTERRUPTED = 130


class PerfkitError(Exception):
    """Something the user can understand and mend."""

    exit_code = Exit.USAGE

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class UsageError(PerfkitError):
    """The command line asks for something that does not exist or does not fit together."""


class ScenarioError(PerfkitError):
    """A scenario, client, shape or project file does not say what it must."""


class TargetError(PerfkitError):
    """The target cannot be started, or fails wherever it is tried."""

    exit_code = Exit.TARGET_FAILED


class ClusterError(PerfkitError):
    """The cluster (or its server process) does not start, answer or survive."""

    exit_code = Exit.CLUSTER_FAILED


class LinkError(PerfkitError):
    """The link (or its relay process) does not start, answer or survive."""

    exit_code = Exit.CLUSTER_FAILED


class ResultError(PerfkitError):
    """A stored result is missing, corrupt, foreign or from another version."""


class NotComparableError(PerfkitError):
    """Two results must not be compared; the message says which difference forbids it."""

    exit_code = Exit.UNCLEAR


class StorageError(PerfkitError):
    """A result cannot be written: no space, no permission, a name already taken."""


class InterruptedRunError(PerfkitError):
    """Ctrl-C or SIGTERM ended the run; what had finished is kept."""

    exit_code = Exit.INTERRUPTED
