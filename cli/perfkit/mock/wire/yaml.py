"""YAML as the API server reads it: only what JSON can say too, and no document that its aliases blow up."""

from __future__ import annotations

from typing import Any

import yaml


class NotJsonError(Exception):
    """YAML that has no JSON."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # it has no types
    """Dates stay the text that they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def decode_yaml(body: bytes) -> Any:
    """The document as JSON data.

    Raises:
        NotJsonError: it holds what JSON cannot, or its aliases multiply.
        yaml.YAMLError, ValueError, RecursionError: it is no YAML.
    """
    # Without aliases no value takes less than a byte.
    return _Json(len(body) + 1).of(yaml.load(body, _Loader))  # noqa: S506 - a SafeLoader


class _Json:
    """Turns YAML's values into JSON's, as many as ``budget`` at most."""

    def __init__(self, budget: int) -> None:
        self._budget = budget

    def of(self, value: Any) -> Any:
        """The same value in JSON's types."""
        self._budget -= 1
        if self._budget < 0:
            raise NotJsonError("document contains excessive aliasing")
        if isinstance(value, dict):
            return {_key(name): self.of(child) for name, child in value.items()}
        if isinstance(value, list):
            return [self.of(child) for child in value]
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise NotJsonError(f"a {type(value).__name__} cannot be written as JSON")


def _key(name: Any) -> str:
    """Numbers and truth values as keys are taken for text, as Go's library does."""
    if isinstance(name, bool):
        return str(name).lower()
    if isinstance(name, int | float | str):
        return str(name)
    raise NotJsonError(f"a {type(name).__name__} cannot be a key")
