from __future__ import annotations

import pytest

from perfkit.client import Options
from perfkit.client.options import OFF, ON
from perfkit.errors import UsageError


def test_options_are_set_by_name() -> None:
    options = Options().set("page=100", "freeze=off", "gzip=on", "coalesce=0.5", "originals=zlib")
    assert (options.page, options.freeze, options.gzip, options.coalesce, options.originals) == (
        100,
        False,
        True,
        0.5,
        "zlib",
    )
    assert options.changed() == {"page": 100, "freeze": False, "gzip": True, "coalesce": 0.5, "originals": "zlib"}


@pytest.mark.parametrize(
    "text",
    [
        "colour=red",
        "page=many",
        "freeze=maybe",
        "originals=gzip",
        "page",
        "page=-1",
        "page=0",
        "workers=0",
        "burst=0",
        "retries=-1",
        "rate=-1",
        "read_timeout=0",
    ],
)
def test_what_is_no_option_or_no_value_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Options().set(text)
    assert text.split("=", maxsplit=1)[0] in raised.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [("page", -1), ("page", "100"), ("freeze", "off"), ("coalesce", -0.1), ("originals", "gzip"), ("verb_rates", 5)],
)
def test_the_constructor_refuses_what_the_command_line_refuses(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        Options(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OFF)
def test_every_switch_can_be_off_and_is_on_by_default(name: str) -> None:
    assert Options().without(name).changed() == {name: OFF[name]}


@pytest.mark.parametrize("name", ON)
def test_what_is_off_by_default_can_be_on(name: str) -> None:
    assert getattr(Options(), name) != ON[name]


def test_what_is_no_switch_is_refused() -> None:
    with pytest.raises(UsageError, match="'page' is no switch"):
        Options().without("page")
