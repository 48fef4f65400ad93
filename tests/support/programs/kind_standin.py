"""A stand-in for kind, for machines without a container engine: it remembers clusters, and makes none.

Each leads to the cluster of the kubeconfig STANDIN_CLUSTER. What it is asked goes to ``asked`` in STANDIN_FOLDER, a
line of JSON each. Its progress is written like kind's, which was never seen here with an engine.
"""

import json
import os
import pathlib
import sys

FOLDER = pathlib.Path(os.environ["STANDIN_FOLDER"])
KNOWN = FOLDER / "clusters"


def known() -> list[str]:
    return KNOWN.read_text().split() if KNOWN.exists() else []


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def kubeconfig() -> None:
    content = pathlib.Path(os.environ["STANDIN_CLUSTER"]).read_text()
    pathlib.Path(option("--kubeconfig")).write_text(content)


def create() -> None:
    if failure := os.environ.get("STANDIN_FAILURE"):
        sys.exit(f"ERROR: failed to create cluster: {failure}")
    image = "Ensuring node image (kindest/node:v1.37.0) 🖼"
    sys.stderr.write(f'Creating cluster "{option("--name")}" ...\n • {image}  ...\n ✓ {image}\n')
    KNOWN.write_text("\n".join([*known(), option("--name")]))
    kubeconfig()


def delete() -> None:
    KNOWN.write_text("\n".join(name for name in known() if name != option("--name")))


def listed() -> None:
    if os.environ.get("STANDIN_FAILURE", "").startswith("command"):
        sys.exit(f"ERROR: failed to list clusters: {os.environ['STANDIN_FAILURE']}")
    sys.stdout.write("".join(f"{name}\n" for name in known()))


def version() -> None:
    sys.stdout.write("a stand-in for kind, of perfkit's tests\n")


ACTS = {
    ("create", "cluster"): create,
    ("delete", "cluster"): delete,
    ("get", "clusters"): listed,
    ("export", "kubeconfig"): kubeconfig,
    ("version",): version,
}

with (FOLDER / "asked").open("a") as log:
    log.write(json.dumps([os.environ.get("KIND_EXPERIMENTAL_PROVIDER", ""), *sys.argv[1:]]) + "\n")
ACTS[tuple(sys.argv[1:3] if len(sys.argv) > 2 else sys.argv[1:2])]()
