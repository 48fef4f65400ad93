"""How much data lies in the kernel between us and a client on this machine: /proc/net/tcp knows of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def queued(server_port: int, client_ports: set[int], tables: Iterable[str] = _TABLES) -> int | None:
    """Bytes not yet acknowledged by or not yet read by these clients; None where the kernel does not tell.

    Counts what our sockets still hold to send and what the clients' sockets hold unread. Closed sockets count nothing.
    """
    ours = f"{server_port:04X}"
    theirs = {f"{port:04X}" for port in client_ports}
    total, told = 0, False
    for table in tables:
        try:
            with open(table, encoding="ascii") as file:  # noqa: PTH123 - polled each millisecond
                lines = file.readlines()[1:]
        except OSError:
            continue
        told = True
        total += sum(_unread(line.split(), ours, theirs) for line in lines if ours in line)
    return total if told else None


def _unread(columns: list[str], ours: str, theirs: set[str]) -> int:
    local, remote = columns[1].rpartition(":")[2], columns[2].rpartition(":")[2]
    unsent, unread = columns[4].split(":")
    if local == ours and remote in theirs:
        return int(unsent, 16)
    return int(unread, 16) if local in theirs and remote == ours else 0
