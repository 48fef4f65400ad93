"""Which proxy leads to a server: that of the kubeconfig, else that of the environment, as client-go has it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from perfkit.client.problems import AccessError

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
SCHEMES: Final = tuple(PORTS)


def checked(name: str, url: str) -> str:
    """The URL of a proxy, or "", as it was. Raises AccessError: it is none."""
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in SCHEMES and parts.hostname and parts.port != 0)  # reading the port checks it
    except ValueError:
        good = False
    if not good:
        raise AccessError(f"{name} {url!r} is not the URL of a proxy", f"known are {', '.join(SCHEMES[:-1])}")
    return url


def from_environment(server: str, environment: Mapping[str, str] = os.environ) -> str:
    """That of HTTPS_PROXY or HTTP_PROXY, whichever fits the server's URL; "": none. Raises AccessError."""
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    name = f"{parts.scheme}_proxy".upper()
    url = _said(environment, name)
    if not url or host == "localhost" or _excepted(host, port, _said(environment, "NO_PROXY")):
        return ""
    return checked(name, url if "://" in url else f"http://{url}")


def _said(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.lower()) or ""


def _excepted(host: str, port: int, exceptions: str) -> bool:
    """Whether a server is reached without one: on this machine, or by an entry of NO_PROXY."""
    from ipaddress import ip_address

    try:
        address = ip_address(host)
    except ValueError:
        return any(_is_within(host, port, entry) for entry in _entries(exceptions))
    return address.is_loopback or any(_is_address(host, port, entry) for entry in _entries(exceptions))


def _entries(exceptions: str) -> list[str]:
    return [entry for each in exceptions.lower().split(",") if (entry := each.strip())]


def _is_within(host: str, port: int, entry: str) -> bool:
    """``example.com`` has its subdomains too, ``.example.com`` and ``*.example.com`` have them alone; ``*`` has all."""
    name, _, limit = entry.partition(":")
    if name == "*":
        return True
    if limit and limit != str(port):
        return False
    suffix = name.removeprefix("*") if name.startswith("*.") else name
    return host == suffix or host.endswith(suffix if suffix.startswith(".") else f".{suffix}")


def _is_address(host: str, port: int, entry: str) -> bool:
    """An address, perhaps with a port, or a network: ``10.0.0.0/8``."""
    from ipaddress import ip_address, ip_network

    if entry == "*":
        return True
    try:
        if "/" in entry:
            return ip_address(host) in ip_network(entry, strict=False)
        parts = urlsplit(f"//{entry}" if entry.count(":") < 2 or entry.startswith("[") else f"//[{entry}]")
        return ip_address(parts.hostname or "") == ip_address(host) and parts.port in {None, port}
    except ValueError:
        return False
