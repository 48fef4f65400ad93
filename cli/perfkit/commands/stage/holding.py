"""What a cluster of a person's own holds: a shape, manifests, snapshots."""

from __future__ import annotations

from pathlib import Path

from perfkit.errors import UsageError
from perfkit.model.scenario import EMPTY, ClusterSpec
from perfkit.storage.names import find_shape


def held(shape: str | None, files: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Shape and files as the keeper, which runs elsewhere, finds them; what is misspelt is told before it starts.

    Without a shape files stand alone.

    Raises:
        ScenarioError: no such shape.
        UsageError: no such file.
    """
    for file in files:
        if not Path(file).exists():
            raise UsageError(f"-f {file}: no such file or folder", "name manifests, a snapshot, or a folder of them")
    name = shape or (EMPTY if files else ClusterSpec().shape)
    path = find_shape(name)
    return str(path.resolve()) if "/" in name or name.endswith(".toml") else name, tuple(
        str(Path(file).resolve()) for file in files
    )
