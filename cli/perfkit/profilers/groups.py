"""What a stack was busy with: JSON, TLS, HTTP, Kubernetes' models, collecting garbage, importing."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfkit.model.profile import Frame, Stack

PROGRAM: Final = "the program and others"
RUNTIME: Final = "interpreter and runtime"
IMPORTS: Final = "imports"
_MODULE: Final = "<module>"

# The first that matches a frame's package, or its function where it begins with a package, is its group.
_PACKAGES: Final = (
    (
        "GC",
        (
            r"gc|gc_collect\w*|visit_(?:decref|reachable)|runtime\.\(\*(?:gcWork|sweep\w*)\).*"
            r"|runtime\.(?:gc\w*|bgsweep|bgscavenge|scan\w*|grey\w*|markroot\w*|sweep\w*)(?:\..*)?"
        ),
    ),
    ("JSON", r"json|simplejson|orjson|ujson|rapidjson|msgspec|encoding/json.*|.*/json(?:iter.*|-iterator/.*)?"),
    ("YAML", r"yaml|_yaml|ruamel|.*/(?:go-)?yaml(?:\.v\d)?(?:/.*)?"),
    ("TLS", r"_?ssl|OpenSSL|cryptography|libssl.*|libcrypto.*|crypto/.*|(?:vendor/)?golang\.org/x/crypto.*"),
    (
        "HTTP",
        r"_?http|urllib3?|httpx|httpcore|h11|h2|hpack|requests|aiohttp|websockets?|net/http.*|.*golang\.org/x/net/http2.*",
    ),
    ("Kubernetes models", r"lightkube_models|k8s\.io/(?:api|apimachinery|kubernetes/pkg/apis)(?:/.*)?"),
    ("Kubernetes client", r"kubernetes(?:_asyncio)?|lightkube|kr8s|kopf|k8s\.io/.*|sigs\.k8s\.io/.*"),
    (RUNTIME, r"libpython[\d.]*|libc|ld-linux.*"),
    ("terminal", r"textual|rich|curses|prompt_toolkit|.*/(?:tcell|tview|bubbletea|lipgloss)(?:/.*)?"),
)
_FILES: Final = (
    ("Kubernetes models", r"kubernetes(?:_asyncio)?/client/models/.*|lightkube/(?:models|core/dataclasses_dict).*"),
)
_RULES: Final = tuple((group, re.compile(pattern)) for group, pattern in _PACKAGES)
_FILE_RULES: Final = tuple((group, re.compile(pattern)) for group, pattern in _FILES)


def by_group(frames: Sequence[Frame], weights: Mapping[Stack, int]) -> dict[str, int]:
    """What stacks of those frames weigh, by the group of their innermost frame that has one."""
    known = [group_of_frame(frame) for frame in frames]
    found: dict[str, int] = defaultdict(int)
    for stack, weight in weights.items():
        group = next((known[number] for number in reversed(stack) if known[number]), "")
        found[group or _without_group(frames, stack)] += weight
    return found


def _without_group(frames: Sequence[Frame], stack: Stack) -> str:
    return RUNTIME if stack and frames[stack[-1]].standard else PROGRAM


@cache
def group_of_frame(frame: Frame) -> str:
    """The group of one frame; empty where it says nothing. A module's own code is its import, whatever it is of."""
    if frame.package == "importlib":
        return IMPORTS
    if frame.function == _MODULE:
        return ""
    for group, rule in _FILE_RULES:
        if rule.fullmatch(frame.place):
            return group
    names = (frame.package, frame.function) if frame.package.startswith(("runtime", "libpython")) else (frame.package,)
    return next((group for group, rule in _RULES if any(map(rule.fullmatch, names))), "")
