"""A certificate authority of our own, and a server certificate for loopback signed by it.

Minting costs about 150 ms, mostly the import of x509: the caller keeps the folder and asks once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

LIFETIME: Final = 5 * 365 * 24 * 3600  # seconds after which a kept authority is minted anew; it is valid for ten years


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of PEM files: what a client trusts, and what a server shows."""

    ca: Path
    certificate: Path
    key: Path


def mint(folder: Path, others: Collection[str] = ()) -> Authority:
    """Write an authority and a certificate for localhost, 127.0.0.1 and ::1 (ECDSA P-256, ten years) into ``folder``.

    ``others`` are addresses that it holds for as well.

    The authority's own key is thrown away: nothing else can ever be signed by it. Files have mode 0600.

    Raises:
        OSError: the folder cannot be written.
    """
    from perfkit.clusters import certificates

    ca, certificate, key = certificates.server_pem(others)
    return Authority(
        ca=_write(folder / "ca.pem", ca),
        certificate=_write(folder / "certificate.pem", certificate),
        key=_write(folder / "key.pem", key),
    )


def cached(folder: Path) -> Authority:
    """The authority kept in ``folder``; minted there when there is none yet, or it is too old.

    The folder appears at one stroke, so that two runs that start at once find a whole one.

    Raises:
        OSError: the folder cannot be written.
    """
    authority = _in(folder)
    if all(path.is_file() for path in (authority.ca, authority.certificate, authority.key)):
        if time.time() - authority.ca.stat().st_mtime < LIFETIME:
            return authority
        shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    mint(draft)
    try:
        draft.rename(folder)
    except OSError:  # another run was first, or left half a folder
        shutil.rmtree(draft, ignore_errors=True)
        return authority if authority.key.is_file() else mint(folder)
    return authority


def _in(folder: Path) -> Authority:
    return Authority(ca=folder / "ca.pem", certificate=folder / "certificate.pem", key=folder / "key.pem")


def _write(path: Path, pem: bytes) -> Path:
    path.unlink(missing_ok=True)  # an old file would keep its mode
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return path
