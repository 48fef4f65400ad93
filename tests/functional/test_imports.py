"""What must not be imported: a start that loads a server, numpy or an SDK is a start nobody likes."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.functional

HEAVY = {
    "kubernetes",
    "pyperf",
    "textual",
    "numpy",
    "scipy",
    "jinja2",
    "granian",
    "cryptography",
    "yaml",
    "psutil",
    "rich",
}


def loaded(arguments: list[str]) -> set[str]:
    """The top-level modules that a perfkit command line has loaded when it ends."""
    code = (
        "import sys, contextlib, io\n"
        f"sys.argv = ['perfkit', *{arguments!r}]\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    from perfkit.__main__ import main; main()\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["cluster", "up", "--help"],
        ["history", "--help"],
        ["check", "--help"],
        ["bisect", "--help"],
        ["profile", "--help"],
        ["init", "--help"],
        ["export", "--help"],
        ["doctor", "--help"],
        ["report", "--help"],
        ["top", "--help"],
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(arguments) & HEAVY == set()


def test_version_does_not_even_load_the_command_line_parser() -> None:
    assert loaded(["--version"]) & {*HEAVY, "typer", "msgspec"} == set()


def test_client_and_monitor_load_no_sdk_and_no_http_library() -> None:
    code = "import sys, perfkit.client, perfkit.monitor; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign = {"httpx", "aiohttp", "urllib3", "prometheus_client", "kopf", "asyncio", "tracemalloc"}
    assert set(done.stdout.split()) & (HEAVY | foreign) == set()
