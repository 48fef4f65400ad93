"""Label and field selectors: grammar, messages, meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.mock.resources.description import Facts
from perfkit.mock.wire.selectors import FieldTerm, Requirement, matcher, parse_fields, parse_labels
from perfkit.mock.wire.status import ApiError
from support.asgi import refusal

KNOWN = {"metadata.name": "", "status.phase": ""}


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("", ()),
        ("a", (Requirement("a", "exists"),)),
        ("!a", (Requirement("a", "absent"),)),
        ("! a , b", (Requirement("a", "absent"), Requirement("b", "exists"))),
        ("a=b", (Requirement("a", "in", ("b",)),)),
        ("a==b,c != d", (Requirement("a", "in", ("b",)), Requirement("c", "notin", ("d",)))),
        ("a=", (Requirement("a", "in", ("",)),)),
        ("a in (b, c)", (Requirement("a", "in", ("b", "c")),)),
        ("a in ()", (Requirement("a", "in", ("",)),)),
        ("a in (,b)", (Requirement("a", "in", ("", "b")),)),
        ("a notin (b)", (Requirement("a", "notin", ("b",)),)),
        ("in in (in)", (Requirement("in", "in", ("in",)),)),
        ("a>1,b<5", (Requirement("a", "gt", ("1",)), Requirement("b", "lt", ("5",)))),
        ("example.com/a.b_c-d=X.1", (Requirement("example.com/a.b_c-d", "in", ("X.1",)),)),
    ],
)
def test_label_selectors_are_read(text: str, requirements: tuple[Requirement, ...]) -> None:
    assert parse_labels(text) == requirements


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b', expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a ! b", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("a>x", "the value must be an integer"),
        ("-a=b", "name part must consist of"),
        ("Example.com/a", "prefix part a lowercase RFC 1123 subdomain"),
        ("a=-b", "a valid label must be"),
        (f"a={'x' * 64}", "must be no more than 63 bytes"),
        (f"{'x' * 64}=a", "name part must be no more than 63 bytes"),
    ],
)
def test_a_wrong_label_selector_says_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_labels(text)
    assert caught.value.code == 400
    assert message in str(caught.value)


@given(st.text(alphabet="ab!=<>(), in/.-_é\t", max_size=25))
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    assert refusal(parse_labels, text) in {None, 400}
    assert refusal(lambda fields: parse_fields(fields, KNOWN), text) in {None, 400}


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", "x", ""]), max_size=3)


@given(
    labels=LABELS, key=st.sampled_from("abc"), values=st.lists(st.sampled_from(["1", "2", "x"]), min_size=1, max_size=2)
)
def test_requirements_mean_what_they_say(labels: dict[str, str], key: str, values: list[str]) -> None:
    def selects(text: str) -> bool:
        matches = matcher(parse_labels(text), ())
        assert matches is not None
        return matches(Facts(labels, {}))

    listed = ",".join(values)
    assert selects(f"{key} in ({listed})") == (labels.get(key) in values)
    assert selects(f"{key} notin ({listed})") != selects(f"{key} in ({listed})")
    assert selects(f"{key}={values[0]}") == (labels.get(key) == values[0])
    assert selects(f"{key}!={values[0]}") != selects(f"{key}=={values[0]}")
    assert selects(key) == (key in labels)
    assert selects(f"!{key}") != selects(key)
    assert selects(f"{key}>1") == (labels.get(key) == "2")
    assert selects(f"{key}<2") == (labels.get(key) == "1")


def test_no_selector_selects_all() -> None:
    assert matcher(parse_labels(""), parse_fields("", KNOWN)) is None


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("metadata.name=a", (FieldTerm("metadata.name", "a", equal=True),)),
        ("metadata.name==a,", (FieldTerm("metadata.name", "a", equal=True),)),
        (
            "status.phase!=Running,metadata.name=",
            (FieldTerm("status.phase", "Running", equal=False), FieldTerm("metadata.name", "", equal=True)),
        ),
        (r"metadata.name=a\,b\=c\\d", (FieldTerm("metadata.name", r"a,b=c\d", equal=True),)),
    ],
)
def test_field_selectors_are_read(text: str, terms: tuple[FieldTerm, ...]) -> None:
    assert parse_fields(text, KNOWN) == terms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
        ("spec.x=1", "field label not supported: spec.x"),
        ("metadata.name=a=b", "unescaped character in value: ="),
        (r"metadata.name=a\b", "invalid escape sequence"),
        ("metadata.name=a\\", "invalid escape sequence"),
    ],
)
def test_a_wrong_field_selector_is_refused(text: str, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_fields(text, KNOWN)
    assert caught.value.code == 400
    assert message in str(caught.value)


def test_fields_are_equal_or_not() -> None:
    matches = matcher((), parse_fields("status.phase!=Running,metadata.name=a", KNOWN))
    assert matches is not None
    assert matches(Facts({}, {"status.phase": "Failed", "metadata.name": "a"}))
    assert not matches(Facts({}, {"status.phase": "Running", "metadata.name": "a"}))
    assert not matches(Facts({}, {"status.phase": "Failed", "metadata.name": "b"}))
