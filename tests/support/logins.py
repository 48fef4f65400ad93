"""Exec plug-ins that give another token each time they are asked, and kubeconfigs that name them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "client.authentication.k8s.io/v1"
PROGRAM = """\
#!/bin/sh
echo asked >> "$0.asked"
number=$(wc -l < "$0.asked")
printf '{"kind": "ExecCredential", "apiVersion": "%s", "status": {"token": "token-%d" %s}}' "$VERSION" $number "$MORE"
"""


@dataclass
class Plugin:
    """It gives ``token-1``, ``token-2`` and so on, good until ``expires`` (RFC 3339)."""

    path: Path
    expires: str = ""

    def __post_init__(self) -> None:
        self.path.write_text(PROGRAM)
        self.path.chmod(0o700)

    @property
    def user(self) -> dict[str, Any]:
        more = f', "expirationTimestamp": "{self.expires}"' if self.expires else ""
        env = [{"name": "VERSION", "value": VERSION}, {"name": "MORE", "value": more}]
        command = {"apiVersion": VERSION, "command": str(self.path), "env": env, "interactiveMode": "Never"}
        return {"exec": command}

    @property
    def asked(self) -> int:
        """How often it was."""
        log = Path(f"{self.path}.asked")
        return len(log.read_text().splitlines()) if log.exists() else 0


def kubeconfig(path: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(json.dumps(config))
    return path
