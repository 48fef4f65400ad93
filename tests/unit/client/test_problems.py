from __future__ import annotations

import ssl

import pytest

from perfkit.client.problems import ProxyError, lost

EXPIRED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"


@pytest.mark.parametrize(
    ("error", "message", "advice"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", "is the cluster up?"),
        (TimeoutError(), "TimeoutError", "is the cluster up?"),
        (
            ssl.SSLCertVerificationError(1, EXPIRED),
            "certificate verify failed: certificate has expired",
            "do the kubeconfig's certificate-authority and tls-server-name fit?",
        ),
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
            "TLS: wrong version number",
            "is the cluster up?",
        ),
        (ssl.SSLError(1, "[SSL] PEM lib (_ssl.c:3926)"), "TLS: PEM lib", "is the cluster up?"),
        (ProxyError("the proxy p:1: it hung up"), "the proxy p:1: it hung up", "does the proxy lead there?"),
    ],
)
def test_what_is_lost_is_said_without_the_lines_of_other_peoples_sources(
    error: Exception, message: str, advice: str
) -> None:
    told = lost("https://c", error)
    assert (told.message, told.advice) == (f"https://c: {message}", advice)
