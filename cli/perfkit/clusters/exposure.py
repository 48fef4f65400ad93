"""Where a standing cluster listens, and what that means: on loopback, unless its owner says otherwise."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

from perfkit.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
_ELSEWHERE: Final = {4: ("192.0.2.1", 9), 6: ("2001:db8::1", 9)}  # of documentation: nothing is ever sent there


def checked(host: str) -> str:
    """``host`` if it is an address. Raises UsageError."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        allowed = "an address of this machine, such as 192.168.1.5, or 0.0.0.0 for all of them"
        raise UsageError(f"--host: found {host!r}; allowed: {allowed}") from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to it."""
    return ipaddress.ip_address(host).is_loopback


def reachable(host: str) -> str:
    """The address at which others find what listens on ``host``: for all addresses, the one that leads outward."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return host
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(_ELSEWHERE[address.version])  # of datagrams: asks for a route, sends nothing
            return str(sock.getsockname()[0])
    except OSError:  # no way out
        return LOOPBACK if address.version == 4 else "::1"


def warning(host: str) -> str:
    """What it means that a cluster listens on ``host``."""
    where = "all addresses of this machine" if ipaddress.ip_address(host).is_unspecified else host
    return (
        f"it listens on {where}: whoever can connect there and has the token of its kubeconfig can read and change "
        "this mock (and nothing else)"
    )


def bracketed(host: str) -> str:
    """A host as URLs have it."""
    return f"[{host}]" if ":" in host else host
