"""A certificate authority of our own, and a server certificate for loopback signed by it.

Minting costs about 150 ms, mostly the import of x509: the caller keeps the folder and asks once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of PEM files: what a client trusts, and what a server shows."""

    ca: Path
    certificate: Path
    key: Path


def mint(folder: Path) -> Authority:
    """Write an authority and a certificate for localhost, 127.0.0.1 and ::1 (ECDSA P-256, ten years) into ``folder``.

    The authority's own key is thrown away: nothing else can ever be signed by it. Files have mode 0600.

    Raises:
        OSError: the folder cannot be written.
    """
    from perfkit.clusters import certificates  # noqa: PLC0415 - loads cryptography's x509

    ca, certificate, key = certificates.loopback_pem()
    return Authority(
        ca=_write(folder / "ca.pem", ca),
        certificate=_write(folder / "certificate.pem", certificate),
        key=_write(folder / "key.pem", key),
    )


def _write(path: Path, pem: bytes) -> Path:
    path.unlink(missing_ok=True)  # an old file would keep its mode
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return path
