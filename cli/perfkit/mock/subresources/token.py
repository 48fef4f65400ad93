"""Tokens of service accounts: of the right form, and worth nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.times import format_time
from perfkit.mock.wire.bodies import read_object
from perfkit.mock.writes.checking import identify
from perfkit.mock.writes.metadata import digest

if TYPE_CHECKING:
    from perfkit.mock.exchange import Exchange
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.writes.control_plane import ControlPlane

_ISSUER = "https://kubernetes.default.svc.cluster.local"
_HOUR = 3600


async def request(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer a POST of a TokenRequest. Raises ApiError."""
    asked = read_object(exchange.content, exchange.header("content-type")).value
    identify(asked, "authentication.k8s.io/v1", "TokenRequest")
    account = plane.editor.read(place)
    spec = asked.get("spec") or {}
    seconds = spec.get("expirationSeconds")
    expires = store.now + (seconds if isinstance(seconds, int) else _HOUR)
    audiences = spec.get("audiences") or [_ISSUER]
    claims = {
        "aud": audiences,
        "exp": expires,
        "iat": store.now,
        "iss": _ISSUER,
        "kubernetes.io": {
            "namespace": place.namespace,
            "serviceaccount": {"name": place.name, "uid": account["metadata"]["uid"]},
        },
        "sub": f"system:serviceaccount:{place.namespace}:{place.name}",
    }
    signature = digest(store, "token", place.key)
    token = ".".join([_encoded({"alg": "none", "typ": "JWT"}), _encoded(claims), _base64(signature)])
    status = {"token": token, "expirationTimestamp": format_time(expires)}
    metadata = {"name": place.name, "namespace": place.namespace, "creationTimestamp": format_time(store.now)}
    answer = {**asked, "metadata": metadata, "spec": {**spec, "audiences": audiences}, "status": status}
    await exchange.reply(201, msgspec.json.encode(answer) + b"\n")


def _encoded(value: Any) -> str:
    return _base64(msgspec.json.encode(value))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
