"""Continue tokens."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.wire.status import ApiError
from perfkit.mock.wire.tokens import INCONSISTENT, Token, decode, encode
from support.asgi import refusal

KEYS = st.from_regex(r"[a-z][a-z0-9-]{0,10}(/[a-z][a-z0-9-]{0,10})?", fullmatch=True).map(lambda key: key + "\0")


@given(version=st.integers(1, 2**62) | st.just(INCONSISTENT), start=KEYS)
def test_a_token_survives_the_journey(version: int, start: str) -> None:
    token = encode(version, start)
    assert decode(token) == Token("meta.k8s.io/v1", version, start)
    assert "=" not in token


def test_a_token_is_what_real_servers_send() -> None:
    token = encode(42, "default/a\0")
    assert base64.urlsafe_b64decode(token + "==") == b'{"v":"meta.k8s.io/v1","rv":42,"start":"default/a\\u0000"}'


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("%%%", "continue key is not valid"),
        ("abc", "continue key is not valid"),
        ("ünicode", "continue key is not valid"),
        (packed("[]"), "continue key is not valid"),
        (packed('{"v":"meta.k8s.io/v1","rv":"x","start":"a"}'), "continue key is not valid"),
        (packed('{"v":"v9","rv":1,"start":"a"}'), "server does not recognize this encoded version v9"),
        (packed('{"v":"meta.k8s.io/v1","start":"a"}'), "incorrect encoded start resourceVersion"),
        (packed('{"v":"meta.k8s.io/v1","rv":1}'), "encoded start key empty"),
        (packed('{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets/a"}'), "continue key is not valid: ../secrets/a"),
        (packed('{"v":"meta.k8s.io/v1","rv":1,"start":"a//b"}'), "continue key is not valid: a//b"),
    ],
)
def test_a_forged_token_is_refused(token: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        decode(token)
    assert caught.value.code == 400
    assert str(caught.value).startswith("invalid continue token: continue key is not valid")
    assert message in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refusal(decode, text) in {None, 400}
