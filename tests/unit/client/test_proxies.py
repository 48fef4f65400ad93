from __future__ import annotations

import pytest

from perfkit.client import AccessError
from perfkit.client.proxies import checked, from_environment

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("environment", "server", "proxy"),
    [
        ({}, "https://c", ""),
        ({"HTTPS_PROXY": PROXY}, "https://c", PROXY),
        ({"https_proxy": PROXY}, "https://c", PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": "http://other"}, "https://c", PROXY),
        ({"HTTPS_PROXY": "proxy:3128"}, "https://c", PROXY),
        ({"HTTPS_PROXY": "socks5://proxy"}, "https://c", "socks5://proxy"),
        ({"HTTPS_PROXY": PROXY}, "http://c", ""),
        ({"HTTP_PROXY": PROXY}, "http://c", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://c", ""),
        ({"HTTPS_PROXY": PROXY}, "https://localhost:6443", ""),
        ({"HTTPS_PROXY": PROXY}, "https://127.0.0.9:6443", ""),
        ({"HTTPS_PROXY": PROXY}, "https://[::1]:6443", ""),
    ],
)
def test_the_environment_names_the_proxy_as_for_gos_programs(
    environment: dict[str, str], server: str, proxy: str
) -> None:
    assert from_environment(server, environment) == proxy


@pytest.mark.parametrize(
    ("exceptions", "server", "direct"),
    [
        ("", "https://api.example.com", False),
        ("example.com", "https://api.example.com", True),
        ("example.com", "https://example.com", True),
        ("example.com", "https://badexample.com", False),
        ("EXAMPLE.com", "https://API.example.com", True),
        (".example.com", "https://api.example.com", True),
        (".example.com", "https://example.com", False),
        ("*.example.com", "https://api.example.com", True),
        ("*.example.com", "https://example.com", False),
        ("example.com:6443", "https://example.com:6443", True),
        ("example.com:6443", "https://example.com", False),
        ("example.com:443", "https://example.com", True),
        ("other, example.com", "https://example.com", True),
        ("*", "https://example.com", True),
        ("*", "https://10.1.2.3", True),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:443", "https://10.1.2.3", True),
        ("10.1.2.3:444", "https://10.1.2.3", False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("fd00::/8", "https://[fd00::1]", True),
        ("fd00::1", "https://[fd00::1]", True),
        ("[fd00::1]:6443", "https://[fd00::1]:6443", True),
        ("10.0.0.0/99,nonsense", "https://10.1.2.3", False),
    ],
)
def test_no_proxy_excepts_servers(exceptions: str, server: str, direct: bool) -> None:
    found = from_environment(server, {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions})
    assert found == ("" if direct else PROXY)


@pytest.mark.parametrize("url", ["ftp://proxy", "http://", "socks4://proxy", "http://proxy:99999", "http://[::1"])
def test_what_is_no_proxy_is_said_with_who_names_it(url: str) -> None:
    with pytest.raises(AccessError, match=r"HTTPS_PROXY .* is not the URL of a proxy"):
        from_environment("https://c", {"HTTPS_PROXY": url})
    with pytest.raises(AccessError, match=r"proxy-url .* is not the URL of a proxy"):
        checked("proxy-url", url)
