"""A case's link in perfkit's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.model.link import LinkProfile

if TYPE_CHECKING:
    from benchmarks.link_accuracy.case import Link


def profile(link: Link) -> LinkProfile:
    """``link`` in perfkit's words."""
    return LinkProfile(
        rtt=link.rtt / 1e3,
        jitter=link.jitter / 1e3,
        down=link.down * 1e6,
        up=link.up * 1e6,
        loss=link.loss / 100,
    )
