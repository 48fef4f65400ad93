"""``gh:OWNER/REPO@TAG``: the program for this platform in a release, its published checksum verified."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import platform
import re
import shutil
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from perfkit.errors import TargetError, UsageError
from perfkit.model.sources import NEWEST, Release
from perfkit.targets.versions import store
from perfkit.targets.versions.buildinfo import read_build_info
from perfkit.targets.versions.store import PROGRAMS, Kept, Made, file_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SERVICE: Final = "PERFKIT_GITHUB"  # the variable that names a mirror, laid out as GitHub Enterprise Server
GITHUB: Final = "https://github.com"
API: Final = "https://api.github.com"  # of GitHub itself; elsewhere below /api/v3
TIMEOUT: Final = 60.0  # seconds without a byte
LARGEST: Final = 2 << 30  # bytes, of one download: as large as GitHub allows

_SYSTEMS: Final = {"linux": r"linux", "darwin": r"darwin|macos|mac|osx"}
_MACHINES: Final = {
    "x86_64": r"amd64|x86[_-]64|x64",
    "aarch64": r"arm64|aarch64",
    "arm64": r"arm64|aarch64|universal|all",
}
_ARCHIVE: Final = re.compile(r"\.(?:tar(?:\.(?:gz|xz|bz2))?|tgz|txz|zip)$")
_NO_PROGRAM: Final = re.compile(
    r"\.(?:deb|rpm|apk|pkg|dmg|msi|exe|sbom|sig|asc|pem|crt|json|txt|yaml|yml|zst|intoto\.jsonl|bundle|sha\d+\w*|md5)$"
)
_CHECKSUMS: Final = re.compile(r"(?:sha256|checksums?)", re.IGNORECASE)
_SUM: Final = re.compile(r"([0-9a-fA-F]{64})(?:\s+[* ]?(\S+))?")


class Asset(msgspec.Struct, frozen=True):
    """A file of a release; ``digest`` is what the service says of it, such as ``sha256:…``, where it does."""

    name: str
    digest: str | None = None


def had(source: Release, program: str, tell: Callable[[str], None]) -> Kept:
    """A folder with the program, of that name where the release holds several, in its folder ``bin``.

    Raises:
        UsageError: no such repository or release, nothing for this platform, no checksum published.
        TargetError: the service can't be reached, or the checksum is another.
        StorageError: the disk is full.
    """
    exact = source if source.tag != NEWEST else Release(source.repository, _release(source)["tag_name"])
    key = store.digest(str(exact), program, _service(), sys.platform, platform.machine())
    return store.keep("gh", key, lambda folder: _downloaded(exact, program, folder, tell), tell)


def _downloaded(source: Release, program: str, folder: Path, tell: Callable[[str], None]) -> Made:
    told = _release(source)
    assets = [Asset(each["name"], each.get("digest")) for each in told.get("assets", ())]
    asset = chosen(assets, (sys.platform, platform.machine()), program)
    if asset is None:
        names = ", ".join(each.name for each in assets) or "no files"
        raise UsageError(f"{source}: nothing for {sys.platform} {platform.machine()} in it", f"it holds {names}")
    expected = _expected(source, asset, assets)
    tell(f"downloading {asset.name} of {source}")
    archive = folder / "asset"
    found = _fetch(_file_url(source, asset.name), archive, str(source))
    if found != expected:
        raise TargetError(
            f"{source}: {asset.name} has the SHA-256 {found}, published is {expected}",
            "a damaged or forged download; nothing of it is kept",
        )
    path = _unpacked(archive, asset.name, folder / PROGRAMS / program, str(source))
    archive.unlink(missing_ok=True)
    info = read_build_info(path)
    hashes = {asset.name: found, program: file_hash(path)}
    return Made(source=str(source), version=source.tag, parts=info.parts() if info else {}, hashes=hashes)


def chosen(assets: Sequence[Asset], host: tuple[str, str], program: str) -> Asset | None:
    """The file for a system and machine: one that begins with the program's name, glibc's, the shortest name."""
    system, machine = _SYSTEMS.get(host[0], host[0]), _MACHINES.get(host[1], re.escape(host[1]))
    fitting = [
        asset
        for asset in assets
        if _word(system, asset.name) and _word(machine, asset.name) and not _NO_PROGRAM.search(asset.name.lower())
    ]
    return min(
        fitting, key=lambda each: (not each.name.startswith(program), "musl" in each.name, len(each.name)), default=None
    )


def _word(pattern: str, name: str) -> bool:
    return re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", name, re.IGNORECASE) is not None


def _expected(source: Release, asset: Asset, assets: Sequence[Asset]) -> str:
    """The published SHA-256: the service's own, else that of a file of checksums. Raises UsageError: there is none."""
    kind, _, value = (asset.digest or "").partition(":")
    if kind == "sha256":
        return value.lower()
    lists = [each for each in assets if _CHECKSUMS.search(each.name) and not _ARCHIVE.search(each.name)]
    for each in sorted(lists, key=lambda each: not each.name.startswith(asset.name)):
        for match in map(_SUM.fullmatch, _read(_file_url(source, each.name), str(source)).decode().splitlines()):
            alone = match is not None and match[2] is None and each.name.startswith(asset.name)
            if match is not None and (alone or PurePosixPath(match[2] or "").name == asset.name):
                return match[1].lower()
    raise UsageError(
        f"{source}: no SHA-256 of {asset.name} is published with it",
        "download it yourself: -t 'NAME=cmd:/path/to/program'",
    )


# ---- the service


def _service() -> str:
    return (os.environ.get(SERVICE) or GITHUB).rstrip("/")


def _file_url(source: Release, name: str) -> str:
    return f"{_service()}/{source.repository}/releases/download/{source.tag}/{name}"


def _release(source: Release) -> dict[str, Any]:
    """What the service says of a release."""
    service = _service()
    api = API if service == GITHUB else f"{service}/api/v3"
    which = "latest" if source.tag == NEWEST else f"tags/{source.tag}"
    told = _read(f"{api}/repos/{source.repository}/releases/{which}", str(source))
    try:
        found: dict[str, Any] = json.loads(told)
    except ValueError:
        raise TargetError(f"{source}: {api} answers with no JSON", f"{SERVICE} names another service") from None
    return found


def _read(url: str, what: str) -> bytes:
    with _open(url, what) as answer:
        content: bytes = answer.read(LARGEST)
        return content


def _fetch(url: str, path: Path, what: str) -> str:
    """Write what is there to a file; its SHA-256."""
    found = hashlib.sha256()
    with _open(url, what) as answer, path.open("wb") as file:
        expected = answer.headers.get("Content-Length")
        while block := _block(answer, what):
            found.update(block)
            file.write(block)
        if expected is not None and file.tell() != int(expected):
            raise TargetError(f"{what}: the download ended after {file.tell()} of {expected} bytes", "try again")
    return found.hexdigest()


def _block(answer: Any, what: str) -> bytes:
    try:
        block: bytes = answer.read(1 << 20)
    except OSError as error:
        raise _unreachable(what, answer.url, error) from error
    return block


def _open(url: str, what: str) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "perfkit"})  # noqa: S310 - the user's own service
    token = os.environ.get("GITHUB_TOKEN")
    if token and url.startswith(API):
        # A CI's shared address is soon out of anonymous requests. Never sent on to where a redirection leads.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        with error:  # it is an answer as well
            raise _refused(what, url, error) from error
    except (OSError, ValueError) as error:
        raise _unreachable(what, url, error) from error


def _refused(what: str, url: str, error: urllib.error.HTTPError) -> TargetError | UsageError:
    if error.code == 404:
        tag = what.rpartition("@")[2]
        return UsageError(f"{what}: no such release: {url}: 404", "" if tag.startswith("v") else f"is it v{tag}?")
    limited = error.code in {403, 429} and error.headers.get("X-RateLimit-Remaining") == "0"
    advice = "too many requests from this address: set GITHUB_TOKEN, or wait an hour" if limited else ""
    return TargetError(f"{what}: {url}: {error.code} {error.reason}", advice)


def _unreachable(what: str, url: str, error: Exception) -> TargetError:
    reason = getattr(error, "reason", None) or error
    return TargetError(f"{what}: {url} cannot be reached: {reason}", f"{SERVICE} may name a mirror")


# ---- archives


def _unpacked(archive: Path, name: str, path: Path, what: str) -> Path:
    """The program out of an archive, or the file itself, executable. Nothing else is written, whatever it holds."""
    path.parent.mkdir(mode=0o700)
    if not _ARCHIVE.search(name.lower()):
        archive.rename(path)
    else:
        try:
            _extract(archive, name, path, what)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError) as error:
            raise TargetError(f"{what}: {name} is no archive that can be read: {str(error).splitlines()[0]}") from error
    path.chmod(0o755)
    return path


def _extract(archive: Path, name: str, path: Path, what: str) -> None:
    members = _zipped if name.lower().endswith(".zip") else _tarred
    for member, content in members(archive):
        if PurePosixPath(member).name == path.name:
            with content, path.open("wb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            return
    raise UsageError(f"{what}: no program {path.name} in {name}", "is its name another? -t 'gh:OWNER/REPO@TAG -- NAME'")


def _tarred(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content


def _zipped(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if not name.endswith("/"):
                yield name, opened.open(name)
