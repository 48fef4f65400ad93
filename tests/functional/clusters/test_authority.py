"""The authority: what it writes, and that TLS libraries take it at their strictest."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from perfkit.clusters.authority import mint

pytestmark = pytest.mark.functional


def handshake(authority_folder: Path, name: str) -> None:
    """A handshake in memory under the strict rules that newer Pythons follow by default."""
    minted = mint(authority_folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(minted.certificate, minted.key)
    client = ssl.create_default_context(cafile=str(minted.ca))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=name),
    ]
    for end in reversed(ends * 3):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ends[1].version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_its_certificate_holds_for_loopback(tmp_path: Path, name: str) -> None:
    handshake(tmp_path, name)


def test_its_certificate_holds_for_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, "example.com")


def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "key.pem").touch(mode=0o644)
    before = os.umask(0)
    try:
        minted = mint(tmp_path)
    finally:
        os.umask(before)
    for path in (minted.ca, minted.certificate, minted.key):
        assert path.parent == tmp_path
        assert path.stat().st_mode & 0o777 == 0o600


def test_cryptography_is_loaded_only_for_minting() -> None:
    program = "import sys, perfkit.clusters.authority; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
