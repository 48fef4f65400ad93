"""``go:``: programs that ``go install`` builds, from a module proxy that is a folder; what binaries say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from perfkit.errors import TargetError, UsageError
from perfkit.targets.resolve import resolve
from perfkit.targets.versions.buildinfo import read_build_info
from support.published_versions import go_module

pytestmark = [pytest.mark.functional, pytest.mark.skipif(shutil.which("go") is None, reason="no Go on this machine")]

HELLO = 'package main\n\nfunc main() { println("hello") }\n'


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "proxy"
    go_module(folder, "example.com/hello", "v1.0.0", HELLO)
    settings = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GOCACHE": subprocess.run(["go", "env", "GOCACHE"], capture_output=True, text=True, check=True).stdout.strip(),
        "GOPROXY": f"file://{folder}",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOFLAGS": "-modcacherw",
        "GONOSUMDB": "*",
        "GOTOOLCHAIN": "local",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return folder


def test_a_version_is_built_once_and_says_what_it_is_made_of(proxy: Path) -> None:
    told: list[str] = []
    spec = resolve("go:example.com/hello@v1.0.0 -- hello", tell=told.append)
    assert (spec.name, spec.version) == ("hello@v1.0.0", "v1.0.0")
    done = subprocess.run(spec.command, capture_output=True, text=True, check=True)
    assert done.stderr == "hello\n"
    version = json.loads(subprocess.run(["go", "env", "-json", "GOVERSION"], capture_output=True, check=True).stdout)
    assert spec.toolchain == {"go": version["GOVERSION"].removeprefix("go")}
    assert list(spec.hashes) == ["hello"]
    assert resolve("go:example.com/hello@v1.0.0 -- hello", tell=told.append) == spec
    assert told == ["building go:example.com/hello@v1.0.0"]

    info = read_build_info(Path(spec.command[0]))
    assert info is not None
    assert (info.module, info.version) == ("example.com/hello", "v1.0.0"), "as `go version -m` tells"

    go_module(proxy, "example.com/hello", "v1.1.0", HELLO)
    newest = resolve("go:example.com/hello@latest -- hello", tell=told.append)
    assert newest.version == "v1.1.0"

    go_module(proxy, "example.com/broken", "v1.0.0", "package main\n\nfunc main() { nothing() }\n")
    with pytest.raises(TargetError, match=r"the build failed: .*undefined: nothing"):
        resolve("go:example.com/broken@v1.0.0 -- broken")


@pytest.mark.parametrize(
    "written", ["example.com/hello@v9.9.9", "example.com/nosuch@v1.0.0", "example.com/nosuch@latest"]
)
def test_what_does_not_exist_is_told_in_gos_own_words(proxy: Path, written: str) -> None:
    with pytest.raises(UsageError, match=written.partition("@")[0]) as caught:
        resolve(f"go:{written} -- hello")
    assert "\n" not in caught.value.message


def test_a_proxy_that_is_not_there_is_told_so(proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:1")
    with pytest.raises(TargetError, match="the module proxy cannot be reached") as caught:
        resolve("go:example.com/hello@v1.0.0 -- hello")
    assert "GOPROXY" in caught.value.advice


def test_without_go_it_says_what_else_there_is(proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="go: no such program on PATH") as caught:
        resolve("go:example.com/hello@v1.0.0 -- hello")
    assert "gh:" in caught.value.advice
