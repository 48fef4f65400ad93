"""Config maps and secrets: of secrets only how much they hold."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from perfkit.client.ui.values import annotated, labels, said, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.ui.session import Related


def secret(whole: Mapping[str, Any], _: Related) -> Iterator[str]:
    """Keys and sizes."""
    yield from _head(whole)
    yield from ("", f"Type:\t{said(whole.get('type'))}", "", "Data", "====")
    yield from (f"{key}:\t{_bytes(each)} bytes" for key, each in sorted(table(whole.get("data")).items()))


def config_map(whole: Mapping[str, Any], _: Related) -> Iterator[str]:
    """Each text below its key."""
    yield from _head(whole)
    yield from ("", "Data", "====")
    for key, each in sorted(table(whole.get("data")).items()):
        yield from (f"{key}:", "----", said(each), "")
    yield from ("", "BinaryData", "====")
    yield from (f"{key}: {_bytes(each)} bytes" for key, each in sorted(table(whole.get("binaryData")).items()))
    yield ""


def _head(whole: Mapping[str, Any]) -> Iterator[str]:
    metadata = table(whole.get("metadata"))
    yield f"Name:\t{said(metadata.get('name'))}"
    yield f"Namespace:\t{said(metadata.get('namespace'))}"
    yield from labels("Labels", metadata.get("labels"))
    yield from annotated("Annotations", metadata.get("annotations"))


def _bytes(value: Any) -> int:
    try:
        return len(b64decode(said(value)))
    except ValueError:
        return 0
