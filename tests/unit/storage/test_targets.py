from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.storage.tables import Value
from perfkit.storage.targets import TargetTable, default_name, read_targets, valid_name


def read(*tables: dict[str, object]) -> tuple[TargetTable, ...]:
    return read_targets(Value("x.toml", "target", list(tables)))


def test_a_single_target_table_is_a_list_of_one() -> None:
    assert read_targets(Value("x.toml", "target", {"command": "kubectl get pods"})) == (
        TargetTable(name="kubectl", command=("kubectl", "get", "pods")),
    )


@pytest.mark.parametrize(
    ("program", "name"),
    [("./bin/k9s", "k9s"), ("/opt/my tools/my client", "my-client"), ("kubectl", "kubectl"), ("..", "target")],
)
def test_a_target_is_named_after_its_program(program: str, name: str) -> None:
    (target,) = read({"command": [program]})
    assert target.name == name


def test_a_client_names_its_target() -> None:
    (target,) = read({"client": "lean"})
    assert (target.name, target.client) == ("lean", "lean")


def test_a_client_of_a_version_names_its_target_after_both() -> None:
    (target,) = read({"client": "k9s", "version": "v0.50.16"})
    assert (target.name, target.client, target.version) == ("k9s@v0.50.16", "k9s", "v0.50.16")


@given(st.text(min_size=1))
def test_a_name_is_valid_whatever_the_program_is_called(program: str) -> None:
    assert valid_name(default_name(program))


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), min_size=1))
def test_shell_words_and_a_list_mean_the_same_command(words: list[str]) -> None:
    (listed,), (joined,) = read({"command": words}), read({"command": shlex.join(words)})
    assert listed == joined
