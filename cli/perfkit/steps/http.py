"""Asking an HTTP endpoint of a target whether it is ready."""

from __future__ import annotations

from urllib.parse import urlsplit

LEAST = 1.0  # seconds that an answer may take, however short the wait that is left


def answered(url: str, timeout: float) -> bool:
    """Whether a GET is answered with 2xx. Certificates are not judged: that it answers is what is asked."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    connection: HTTPConnection
    if parts.scheme == "https":
        import ssl

        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - a target's own, self-signed as a rule
        connection = HTTPSConnection(parts.hostname or "", parts.port, timeout=max(LEAST, timeout), context=context)
    else:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=max(LEAST, timeout))
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        return 200 <= connection.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
