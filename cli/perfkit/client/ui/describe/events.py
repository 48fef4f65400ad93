"""The events about an object."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.ui.values import NONE, number, said, since, table
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.ui.session import Related

MOST: Final = 500  # that are shown: as many as kubectl asks for at once


def events(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """What happened to it, the latest last."""
    try:
        found = _found(whole, related)
    except PerfkitError as error:  # an object may be read whose events may not
        yield f"Events:\t{error.message}"
        return
    if not found:
        yield f"Events:\t{NONE}"
        return
    yield from ("Events:", "  Type\tReason\tAge\tFrom\tMessage", "  ----\t------\t----\t----\t-------")
    yield from map(_event, sorted(found, key=lambda event: said(event.get("lastTimestamp"))))


def _found(whole: Mapping[str, Any], related: Related) -> list[dict[str, Any]]:
    """By its UID, and of a node also by its name, which the kubelet writes in place of it."""
    metadata = table(whole.get("metadata"))
    name, namespace, uid = (said(metadata.get(key)) for key in ("name", "namespace", "uid"))
    mirrored = said(table(metadata, "annotations").get("kubernetes.io/config.mirror"))
    uids = [mirrored or uid, *([name] if whole.get("kind") == "Node" else [])]
    path = f"/api/v1/namespaces/{namespace}/events" if namespace else "/api/v1/events"
    asked = [f"involvedObject.name={name},involvedObject.uid={each}" for each in uids]
    return [event for fields in asked for event in islice(related.items(path, fields=fields), MOST)]


def _event(event: Mapping[str, Any]) -> str:
    message, path = said(event.get("message")).strip(), said(table(event, "involvedObject").get("fieldPath"))
    source = said(table(event, "source").get("component")) or said(event.get("reportingComponent"))
    cells = (said(event.get("type")), said(event.get("reason")), _age(event), source)
    return "\t".join(["  " + cells[0], *cells[1:], f"{path}: {message}" if path else message])


def _age(event: Mapping[str, Any]) -> str:
    first = since(event.get("eventTime") or event.get("firstTimestamp"))
    series, count = table(event, "series"), number(event.get("count"))
    if series:
        return f"{since(series.get('lastObservedTime'))} (x{number(series.get('count'))} over {first})"
    return f"{since(event.get('lastTimestamp'))} (x{count} over {first})" if count > 1 else first
