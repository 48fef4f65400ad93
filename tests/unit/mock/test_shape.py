"""Shape files: what they say, and the one line that a wrong one gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit import bundled
from perfkit.errors import ScenarioError
from perfkit.mock.generator.shape import load
from support.asgi import shape_file


@pytest.mark.parametrize(
    ("name", "pods"),
    [("tiny", 20), ("small", 1_000), ("medium", 10_000), ("many-crds", 1_000), ("bare", 1_000), ("big-objects", 1_000)],
)
def test_shipped_shapes_hold_what_their_titles_say(name: str, pods: int) -> None:
    path = bundled.find("fixtures/shapes", name)
    assert path is not None
    shape = load(path)
    assert shape.pods == pods
    assert f"{pods:,} pods" in shape.title


def test_the_number_of_pods_can_be_overridden(tmp_path: Path) -> None:
    assert load(shape_file(tmp_path, "pods = 5"), 7).pods == 7


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("pods = ", "Invalid value"),
        ("", "missing required field `pods`"),
        ('pods = "many"', "Expected `int`, got `str` - at `$.pods`"),
        ("pods = 3\ncolour = 1", "unknown field `colour`"),
        ("pods = -1", "pods must be between 0 and 2,000,000"),
        ("pods = 1\nschema = 9", "schema must be 1"),
        ("pods = 1\npods_per_node = 0", "pods_per_node must be between"),
        ("pods = 1\nnamespaces = 0", "namespaces must be between"),
        ("pods = 1\ngiant = 2.0", "giant must be between"),
        ("pods = 1\nvariables = 5000", "variables must be between 0 and 2,000"),
        ("pods = 1\ncrds = -1", "crds must be between 0 and 10,000"),
        ("pods = 1\ngroups = []", "groups need"),
        ("pods = 1\ngroups = [{ replicas = 0, share = 1.0 }]", "groups need"),
        ('pods = 1\nepoch = "soon"', "epoch must look like"),
        ("pods = 1000000\npods_per_node = 1", "nodes"),
    ],
)
def test_a_wrong_shape_gets_one_line_that_names_the_file(tmp_path: Path, text: str, complaint: str) -> None:
    path = shape_file(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert caught.value.message.startswith(f"{path}: ")
    assert complaint in caught.value.message
    assert "\n" not in caught.value.message


def test_a_missing_shape_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "nope.toml")


def test_a_shape_that_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "shape.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError):
        load(path)
