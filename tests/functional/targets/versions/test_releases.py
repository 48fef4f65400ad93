"""``gh:``: a release's program for this platform, from a stand-in of the service on loopback."""

from __future__ import annotations

import hashlib
import platform
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfkit.errors import PerfkitError, TargetError, UsageError
from perfkit.model.sources import Release
from perfkit.targets.resolve import resolve
from perfkit.targets.versions import releases
from support.published_versions import Releases, archive, serving

pytestmark = pytest.mark.functional

PROGRAM = b"#!/bin/sh\necho k9s\n"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
ASSET = f"k9s_Linux_{MACHINE}.tar.gz"
OTHERS = {"k9s_Darwin_all.tar.gz": b"mac", f"k9s_linux_{MACHINE}.deb": b"deb", "k9s_Linux_s390x.tar.gz": b"big"}
AT = "/derailed/k9s/releases/download/v0.50.16"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = Releases()
    found.publish("derailed/k9s", "v0.50.16", {ASSET: archive("k9s", PROGRAM), **OTHERS}, checksums="checksums.sha256")
    with serving(found) as address:
        monkeypatch.setenv("PERFKIT_GITHUB", address)
        yield found


@pytest.mark.parametrize("written", ["k9s@v0.50.16", "gh:derailed/k9s@v0.50.16", "k9s@latest"])
def test_a_client_of_a_version_is_downloaded_once_and_then_found(published: Releases, written: str) -> None:
    told: list[str] = []
    spec = resolve(written, tell=told.append)
    assert (spec.name, spec.program, spec.client, spec.version) == ("k9s@v0.50.16", "k9s", "k9s", "v0.50.16")
    assert spec.files, "the recipe's configuration"
    assert Path(spec.command[0]).read_bytes() == PROGRAM
    assert spec.hashes == {
        ASSET: hashlib.sha256(archive_of(published)).hexdigest(),
        "k9s": hashlib.sha256(PROGRAM).hexdigest(),
    }
    assert told == [f"downloading {ASSET} of gh:derailed/k9s@v0.50.16"]
    asked = len(published.asked)
    assert resolve(written) == spec
    assert len(published.asked) == asked + (written == "k9s@latest"), "only what the newest is, is asked again"


def archive_of(published: Releases) -> bytes:
    return published.files[f"{AT}/{ASSET}"]


def test_a_program_that_no_client_is_made_of_is_run_as_said(published: Releases) -> None:
    published.publish("me/tool", "1.0", {f"tool-linux-{MACHINE}": PROGRAM})
    spec = resolve("mine=gh:me/tool@1.0 -- tool get pods")
    assert (spec.name, spec.program, spec.client) == ("mine", "tool", None)
    assert spec.command[1:] == ("get", "pods")
    assert Path(spec.command[0]).read_bytes() == PROGRAM


def test_the_services_own_digest_is_enough(published: Releases) -> None:
    published.publish("me/tool", "1.0", {f"tool-linux-{MACHINE}": PROGRAM}, checksums="")
    path = f"/me/tool/releases/download/1.0/tool-linux-{MACHINE}"
    published.digests[path] = f"sha256:{hashlib.sha256(PROGRAM).hexdigest()}"
    assert resolve("gh:me/tool@1.0 -- tool").version == "1.0"


def _forge(published: Releases) -> None:
    published.files[f"{AT}/{ASSET}"] = archive("k9s", b"#!/bin/sh\necho forged\n")


def _for_others_only(published: Releases) -> None:
    del published.files[f"{AT}/{ASSET}"]


def _unsigned(published: Releases) -> None:
    del published.files[f"{AT}/checksums.sha256"]


def _cut_off(published: Releases) -> None:
    published.cut.add(f"{AT}/{ASSET}")


def _without_program(published: Releases) -> None:
    published.publish("derailed/k9s", "v0.50.16", {ASSET: archive("other", b"")}, checksums="checksums.sha256")


def _no_archive(published: Releases) -> None:
    published.publish("derailed/k9s", "v0.50.16", {ASSET: b"not gzip"}, checksums="checksums.sha256")


def _limited(published: Releases) -> None:
    published.broken["/api/v3/repos/derailed/k9s/releases/tags/v0.50.16"] = 403


def _gone(published: Releases) -> None:
    published.files.clear()


@pytest.mark.parametrize(
    ("mischief", "error", "message"),
    [
        (_forge, TargetError, "published is"),
        (_for_others_only, UsageError, "nothing for linux"),
        (_unsigned, UsageError, "no SHA-256 of"),
        (_cut_off, TargetError, "ended after|cannot be reached"),
        (_without_program, UsageError, "no program k9s in"),
        (_no_archive, TargetError, "no archive that can be read"),
        (_limited, TargetError, "403"),
        (_gone, UsageError, "no such release"),
    ],
)
def test_what_goes_wrong_is_one_line_and_leaves_nothing(
    published: Releases,
    tmp_path: Path,
    mischief: Callable[[Releases], None],
    error: type[PerfkitError],
    message: str,
) -> None:
    mischief(published)
    with pytest.raises(error, match=message) as caught:
        resolve("k9s@v0.50.16")
    assert "\n" not in caught.value.message + caught.value.advice
    assert list((tmp_path / "perfkit" / "targets" / "gh").glob("*/")) == [], "no half of one"


def test_after_a_bad_download_a_good_one_is_taken(published: Releases) -> None:
    good = archive_of(published)
    _forge(published)
    with pytest.raises(TargetError):
        resolve("k9s@v0.50.16")
    published.files[f"{AT}/{ASSET}"] = good
    assert resolve("k9s@v0.50.16").version == "v0.50.16"


def test_without_a_service_it_says_where_it_looked(published: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFKIT_GITHUB", "http://127.0.0.1:1")
    with pytest.raises(TargetError, match=r"cannot be reached: .*refused") as caught:
        resolve("k9s@v0.50.16")
    assert "PERFKIT_GITHUB" in caught.value.advice


def test_a_token_goes_to_github_alone(published: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    sent: list[str | None] = []

    def urlopen(request: urllib.request.Request, **_: object) -> None:
        sent.append(request.get_header("Authorization"))
        raise OSError("enough")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    for service in ("", "http://mirror.example"):
        monkeypatch.setenv("PERFKIT_GITHUB", service)
        with pytest.raises(TargetError):
            releases.had(Release("derailed/k9s", "v1"), "k9s", lambda _: None)
    assert sent == ["Bearer secret", None]
