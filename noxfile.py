"""All that CI runs: ``nox`` runs everything; ``nox -s unit`` one floor."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "tests", "wheel"]
nox.options.reuse_existing_virtualenvs = True

EDITABLE = ("-e", ".[clients,test]")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and imports that point down."""
    session.install(*EDITABLE)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """All three floors with coverage of pytest's processes; tracing those measured would change what they measure."""
    session.install(*EDITABLE)
    session.run("pytest", "-n", "auto", "--dist", "loadfile", "--cov", "-m", "not wheel", *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """The quick floor: no process, no clock, no network."""
    session.install(*EDITABLE)
    session.run("pytest", "-n", "auto", "tests/unit", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Builds the wheel, installs it apart from the checkout and tests that."""
    session.install("build")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", folder, silent=True)
    built = max(Path(folder).glob("perfkit-*.whl"), key=lambda path: path.stat().st_mtime)
    session.install("--force-reinstall", "--no-deps", str(built))
    session.install(f"{built}[clients]", "pytest")
    session.run("pytest", "tests/wheel")


@nox.session
def link_accuracy(session: nox.Session) -> None:
    """The link beside the stored measurements of netem; about 10 minutes of mostly waiting. ``-- --model``: seconds."""
    session.install(*EDITABLE)
    session.run("python", "-m", "benchmarks.link_accuracy.accuracy", *session.posargs)


@nox.session(venv_backend="none")
def link_oracle(session: nox.Session) -> None:
    """Measures netem anew, as root, in a user-mode kernel made from Debian's linux-source, which must be installed."""
    session.run("python3", "-m", "benchmarks.link_accuracy.kernel")
    session.run("python3", "-m", "benchmarks.link_accuracy.oracle", *session.posargs)


@nox.session
def netem(session: nox.Session) -> None:
    """The link's netem back end inside a kernel that has netem; builds that kernel as ``link_oracle`` does."""
    session.install(*EDITABLE)
    session.run("python", "-m", "benchmarks.link_accuracy.kernel")
    pytest = ("python", "-m", "pytest", "-p", "no:cacheprovider", "tests/netem/netem_link.py", *session.posargs)
    session.run("python", "-m", "benchmarks.link_accuracy.guest", *pytest)


@nox.session
def foreign(session: nox.Session) -> None:
    """Builds k9s from the Go module proxy into the user's cache (minutes, once), then runs all clients of others."""
    session.install(*EDITABLE)
    session.run("pytest", "-m", "e2e", *session.posargs, env={"PERFKIT_BUILD_FOREIGN": "1"})


@nox.session
def hours(session: nox.Session) -> None:
    """What takes too long for every day: a gigabyte through a terminal, hours of soak; ``-- '4 h'``: so long each."""
    session.install(*EDITABLE)
    flood = ("tests/functional/terminal/test_terminal.py", "-k", "more_output")
    session.run("pytest", *flood, env={"PERFKIT_EXAMPLES": "25"})
    duration = session.posargs[0] if session.posargs else "1 h"
    once = ("-r", "1", "-w", "0", "--force", "--label")
    session.run("perfkit", "run", "soak", "-t", "lean", *once, "soak", "--set", f"busy/duration={duration}")
    session.run("perfkit", "run", "lean-hour", *once, "reads", "--set", f"ask/duration={duration}")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Schemathesis on the mock's own OpenAPI, minutes; ``-- 20``: so many examples an operation."""
    session.install(*EDITABLE, "schemathesis>=4")
    session.run("python", "tests/support/fuzz.py", *session.posargs)


@nox.session
def report_browser(session: nox.Session) -> None:
    """The report in Debian's Chromium: console, layout, links, axe; playwright-core and axe-core come from npm.

    ``PERFKIT_SCREENSHOTS=FOLDER`` keeps what it looked like.
    """
    session.install(*EDITABLE)
    modules = Path(session.create_tmp()).resolve()
    packages = ("playwright-core@1", "axe-core@4")
    session.run("npm", "install", "--silent", "--no-save", "--prefix", str(modules), *packages, external=True)
    pytest = ("pytest", "tests/browser/report_pages.py", *session.posargs)
    session.run(*pytest, env={"NODE_PATH": str(modules / "node_modules")})


@nox.session
def soak(session: nox.Session) -> None:
    """The lean client under churn, faults and link cuts for an hour; ``-- 120``: for so many seconds."""
    session.install(*EDITABLE)
    seconds = session.posargs[0] if session.posargs else "3600"
    session.run("pytest", "-s", "tests/soak/client_soak.py", env={"PERFKIT_SOAK_SECONDS": seconds})
