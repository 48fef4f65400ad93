"""What a target finds in its home and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfkit.model.scenario import Terminal
from perfkit.targets.home import furnish, passed, put_files, target_environment
from support.fakes import spec


def test_only_a_few_variables_pass() -> None:
    """What makes a program start and speak; nothing that changes what it does."""
    user = {"PATH": "/bin", "LANG": "de_DE.UTF-8", "LC_TIME": "C", "TZ": "UTC", "LD_LIBRARY_PATH": "/opt/lib"}
    rest = {"KUBECONFIG": "x", "HTTPS_PROXY": "x", "GOGC": "x", "PYTHONPATH": "x", "XDG_CACHE_HOME": "x", "HOME": "x"}
    assert passed(user | rest) == user


def test_a_furnished_home_has_all_places_inside(tmp_path: Path) -> None:
    places = furnish(tmp_path / "home", "apiVersion: v1\n")
    assert all(Path(place).exists() and Path(place).is_relative_to(tmp_path / "home") for place in places.values())
    assert Path(places["KUBECONFIG"]).read_text() == "apiVersion: v1\n"
    assert Path(places["KUBECONFIG"]).stat().st_mode & 0o777 == 0o600
    assert Path(places["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777 == 0o700


def test_a_kept_home_is_furnished_again(tmp_path: Path) -> None:
    """With ``home = "kept"`` caches stay and the kubeconfig is the new one."""
    places = furnish(tmp_path, "old and longer")
    (Path(places["KUBECACHEDIR"]) / "discovery").touch()
    assert furnish(tmp_path, "new") == places
    assert (Path(places["KUBECACHEDIR"]) / "discovery").exists()
    assert Path(places["KUBECONFIG"]).read_text() == "new"


def test_own_environment_is_on_top_but_for_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark by which leftovers are found can't be lost by what a recipe sets."""
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("PERFKIT_RUN", "outer")
    own = {"PATH": "/own", "HOME": "/theirs", "PERFKIT_RUN": "forged"}
    target = spec("mine", environment=own)
    environment = target_environment({"HOME": "/home", "TMPDIR": "/home/.tmp"}, target, "inner")
    assert (environment["PATH"], environment["HOME"], environment["PERFKIT_RUN"]) == ("/own", "/theirs", "inner")
    assert (environment["TMPDIR"], environment["TERM"]) == ("/home/.tmp", "dumb")


def test_a_target_in_a_terminal_is_told_which() -> None:
    environment = target_environment({}, spec("mine", terminal=Terminal()), "run")
    assert (environment["TERM"], environment["COLORTERM"]) == ("xterm-256color", "truecolor")


def test_files_of_a_recipe_are_in_the_home(tmp_path: Path) -> None:
    put_files(tmp_path, {".config/k9s/config.yaml": "k9s: {}\n"})
    assert (tmp_path / ".config/k9s/config.yaml").read_text() == "k9s: {}\n"


def test_a_language_is_always_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANG", raising=False)
    assert target_environment({}, spec("mine"), "run")["LANG"] == "C.UTF-8"
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert target_environment({}, spec("mine"), "run")["LANG"] == "fr_FR.UTF-8"


def test_packages_of_pip_user_are_found_though_home_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("site.ENABLE_USER_SITE", True)
    monkeypatch.setattr("site.getuserbase", lambda: "/users/own")
    assert target_environment({}, spec("mine"), "run")["PYTHONUSERBASE"] == "/users/own"
    monkeypatch.setattr("site.ENABLE_USER_SITE", None)
    assert "PYTHONUSERBASE" not in target_environment({}, spec("mine"), "run")
