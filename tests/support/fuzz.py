"""Schemathesis on the mock's own OpenAPI documents: ``nox -s fuzz``, or ``python tests/support/fuzz.py EXAMPLES``.

For each document, as many examples an operation; any answer but a fault of the server's own (5xx, save 504 for versions
of the future) is fine. It ends with 1 where a fault was found.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.api import Api
from support.mock import TOKEN, Mock, authority, running

EXAMPLES = "5"


def documents(mock: Mock) -> list[str]:
    """The paths of all OpenAPI v3 documents."""
    return [entry["serverRelativeURL"] for entry in Api(mock).get("/openapi/v3").json()["paths"].values()]


def command(mock: Mock, document: str, examples: str) -> list[str]:
    return [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{mock.url}{document}", f"--url={mock.url}"),
        *(f"--header=Authorization: Bearer {TOKEN}", f"--tls-verify={authority().ca}", f"--max-examples={examples}"),
        *("--checks=not_a_server_error", "--seed=1", "--phases=fuzzing", "--mode=all", "--no-color"),
        *("--exclude-path-regex=/watch/|/proxy", "--request-timeout=10", "--suppress-health-check=all"),
        "--continue-on-failure",
    ]


def main(examples: str) -> int:
    """Fuzz all documents; the number of those with faults."""
    faulty = 0
    folder = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": folder, "SCHEMATHESIS_HOOKS": "fuzz_hooks"}
    with running("tiny") as mock, tempfile.TemporaryDirectory() as scratch:
        for document in documents(mock):
            mock.reset(Path(scratch) / "record")
            done = subprocess.run(command(mock, document, examples), check=False, env=environment, cwd=scratch)
            print(f"{document}: exit {done.returncode}, {mock.collect().requests} requests")  # noqa: T201
            faulty += done.returncode != 0
        assert Api(mock).get("/readyz").body == b"ok"
    return faulty


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1] if len(sys.argv) > 1 else EXAMPLES)))
