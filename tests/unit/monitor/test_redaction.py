from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.monitor.redaction import HIDDEN, redacted, redacted_text

SECRET = "Zm9vYmFyYmF6cXV4"


@pytest.mark.parametrize("name", ["token", "password", "client_secret", "Authorization", "apiKey", "set-cookie", "pwd"])
def test_fields_with_the_name_of_a_secret_are_hidden(name: str) -> None:
    assert redacted({name: SECRET}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {SECRET}",
        f"header: basic {SECRET}==",
        f"eyJhbGciOiJSUzI1NiJ9.{SECRET}.sig{SECRET}",
        f"https://admin:{SECRET}@cluster:6443/api",
        f"https://cluster/api?x=1&access_token={SECRET}&y=2",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_any_field(text: str) -> None:
    assert SECRET not in redacted_text(text)


def test_what_is_no_secret_is_told_as_it_is() -> None:
    plain = {"namespace": "shop", "limit": 500, "fresh": True, "selector": "app=web,tier!=cache", "nothing": None}
    assert redacted(plain) == plain


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=1_000), max_size=60))
def test_attributes_never_make_a_long_line(attributes: dict[str, str]) -> None:
    told = redacted(attributes)
    assert len(told) <= 20
    assert all(len(str(value)) <= 201 for value in told.values())
