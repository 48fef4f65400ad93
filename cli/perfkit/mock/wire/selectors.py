"""Label and field selectors: parsing with the API server's grammar and messages, and matching."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from perfkit.mock.resources.rules import LABEL_VALUE, QUALIFIED, subdomain_name
from perfkit.mock.wire.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.resources.description import Facts

Operator = Literal["in", "notin", "exists", "absent", "gt", "lt"]

_TOKEN = re.compile(r"\s*(!=|==|[=!<>(),]|[^\s=!<>(),]+)")
_LONGEST = 63
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_SYMBOLS = frozenset("=!<>(),") | {"!=", "=="}
_OPERATORS: dict[str, Operator] = {
    "=": "in",
    "==": "in",
    "!=": "notin",
    "in": "in",
    "notin": "notin",
    ">": "gt",
    "<": "lt",
}
_EXPECTED_OPERATORS = "in, notin, =, ==, !=, gt, lt"


class Requirement(msgspec.Struct, frozen=True):
    """One condition on a label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it. ``notin`` and ``!=`` hold where the label is absent."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
        number, bound = _integer(value), int(self.values[0])
        if number is None:
            return False
        return number > bound if self.operator == "gt" else number < bound


class FieldTerm(msgspec.Struct, frozen=True):
    """One condition on a field."""

    path: str
    value: str
    equal: bool

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether fields satisfy it."""
        return (fields.get(self.path, "") == self.value) is self.equal


def matcher(labels: tuple[Requirement, ...], fields: tuple[FieldTerm, ...]) -> Callable[[Facts], bool] | None:
    """A function that tells whether an object is selected; None selects all."""
    if not labels and not fields:
        return None

    def matches(facts: Facts) -> bool:
        return all(requirement.matches(facts.labels) for requirement in labels) and all(
            term.matches(facts.fields) for term in fields
        )

    return matches


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """``app=web,tier in (a, b),!canary`` as requirements.

    Raises:
        ApiError: 400, the text is no selector.
    """
    tokens = _Tokens(text)
    requirements: list[Requirement] = []
    while tokens.ahead:
        if tokens.ahead in _SYMBOLS - {"!"}:
            raise bad_request(f"found '{tokens.ahead}', expected: !, identifier, or 'end of string'")
        requirements.append(_requirement(tokens))
        separator = tokens.take()
        if separator not in {"", ","}:
            raise bad_request(f"found '{separator}', expected: ',' or 'end of string'")
        if separator and (not tokens.ahead or tokens.ahead in _SYMBOLS - {"!"}):
            raise bad_request(f"found '{tokens.ahead}', expected: identifier after ','")
    return tuple(requirements)


class _Tokens:
    """The words and symbols of a selector; the empty string stands for the end."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)

    @property
    def ahead(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def take(self) -> str:
        return self._tokens.pop(0) if self._tokens else ""

    def expect(self, token: str) -> None:
        found = self.take()
        if found != token:
            raise _unparsable(f"found '{found}', expected: '{token}'")

    def identifier(self, expected: str = "identifier") -> str:
        found = self.take()
        if not found or found in _SYMBOLS:
            raise _unparsable(f"found '{found}', expected: {expected}")
        return found


def _requirement(tokens: _Tokens) -> Requirement:
    absent = tokens.ahead == "!"
    if absent:
        tokens.take()
    key = tokens.identifier()
    _check_key(key)
    if absent or tokens.ahead in {"", ","}:
        return Requirement(key, "absent" if absent else "exists")
    sign = tokens.take()
    if sign not in _OPERATORS:
        raise _unparsable(f"found '{sign}', expected: {_EXPECTED_OPERATORS}")
    values = _value_list(tokens) if sign in {"in", "notin"} else (_value(tokens),)
    for value in values:
        _check_value(key, value)
    if sign in {"<", ">"} and _integer(values[0]) is None:
        raise _unparsable(
            f"values[0]: Invalid value: \"{values[0]}\": for 'Gt', 'Lt' operators, the value must be an integer"
        )
    return Requirement(key, _OPERATORS[sign], values)


def _value(tokens: _Tokens) -> str:
    return "" if tokens.ahead in {"", ","} else tokens.identifier()


def _value_list(tokens: _Tokens) -> tuple[str, ...]:
    tokens.expect("(")
    values = [_listed_value(tokens, "',', ')' or identifier")]
    while tokens.ahead == ",":
        tokens.take()
        values.append(_listed_value(tokens, "',', or identifier"))
    if (found := tokens.take()) != ")":
        raise _unparsable(f"found '{found}', expected: ',' or ')'")
    return tuple(values)


def _listed_value(tokens: _Tokens, expected: str) -> str:
    return "" if tokens.ahead in {",", ")"} else tokens.identifier(expected)


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if slash and (wrong := subdomain_name(prefix)):
        raise _unparsable(f'<nil>: Invalid value: "{key}": prefix part {wrong}')
    if len(name) > _LONGEST:
        raise _unparsable(f'<nil>: Invalid value: "{key}": name part must be no more than {_LONGEST} bytes')
    if not _NAME.fullmatch(name):
        raise _unparsable(f'<nil>: Invalid value: "{key}": {QUALIFIED}')


def _check_value(key: str, value: str) -> None:
    if len(value) > _LONGEST:
        raise _unparsable(f'values[0][{key}]: Invalid value: "{value}": must be no more than {_LONGEST} bytes')
    if value and not _NAME.fullmatch(value):
        raise _unparsable(f'values[0][{key}]: Invalid value: "{value}": {LABEL_VALUE}')


def _unparsable(detail: str) -> Exception:
    return bad_request(f"unable to parse requirement: {detail}")


def _integer(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def parse_fields(text: str, known: Mapping[str, str]) -> tuple[FieldTerm, ...]:
    """``spec.nodeName=a,status.phase!=Running`` as terms; ``known`` holds the fields that the resource can select by.

    Raises:
        ApiError: 400, the text is no selector or names an unknown field.
    """
    return tuple(_field_term(term, text, known) for term in re.findall(r"(?:\\.|\\$|[^,\\])+", text, re.DOTALL))


def _field_term(term: str, text: str, known: Mapping[str, str]) -> FieldTerm:
    match = re.fullmatch(r"([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)(.*)", term, re.DOTALL)
    if match is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
    path, sign, value = match.groups()
    if path not in known:
        raise bad_request(_unselectable(path, known))
    return FieldTerm(path, _unescape(value), sign != "!=")


def _unselectable(path: str, known: Mapping[str, str]) -> str:
    if known.keys() <= {"metadata.name", "metadata.namespace"}:
        return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    return f"field label not supported: {path}"


def _unescape(value: str) -> str:
    bare = re.sub(r"\\[\\,=]", "", value)
    if "\\" in bare:
        raise bad_request(f"invalid field selector: invalid escape sequence in '{value}'")
    if "=" in bare:
        raise bad_request("invalid field selector: unescaped character in value: =")
    return re.sub(r"\\(.)", r"\1", value)
