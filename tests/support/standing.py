"""``perfkit cluster`` on a state folder of a test's own, so that a person's clusters are left alone."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any


class Stage:
    """Runs ``perfkit cluster`` words."""

    def __init__(self, folder: Path) -> None:
        self.environment = {**os.environ, "XDG_STATE_HOME": str(folder)}
        self.folder = folder

    def cluster(self, *words: str, check: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "perfkit", "cluster", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == check, done.stderr
        return done

    def of(self, name: str) -> Path:
        """The folder of a cluster that stands."""
        return self.folder / "perfkit" / "clusters" / name


def kubeconfig_of(stdout: str) -> Path:
    """The path in ``export KUBECONFIG=…``, the only line."""
    (line,) = stdout.splitlines()
    assert line.startswith("export KUBECONFIG=")
    return Path(line.partition("=")[2])


def status(kubeconfig: Path, path: str) -> int:
    """The status with which the cluster answers."""
    try:
        ask(kubeconfig, path)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200


def ask(kubeconfig: Path, path: str) -> dict[str, Any]:
    """What the cluster of a kubeconfig answers."""
    config = json.loads(kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    request = urllib.request.Request(
        cluster["server"] + path, headers={"Authorization": "Bearer " + config["users"][0]["user"]["token"]}
    )
    with urllib.request.urlopen(request, context=context, timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
