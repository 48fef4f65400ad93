from __future__ import annotations

import threading
from pathlib import Path

import pytest

from perfkit.client import Access, AccessError
from perfkit.client import plugins as exec_plugins
from perfkit.client.credentials import Credentials
from perfkit.client.plugins import Credential, Login, Plugin
from perfkit.client.problems import LoginError

LOGIN = Login(plugin=Plugin(command="aws", api_version="client.authentication.k8s.io/v1"), cluster={}, folder="/")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A plug-in that gives ``token-1``, ``token-2`` and so on, each for 100 seconds."""

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.number, self.fails = clock, 0, False
        monkeypatch.setattr(exec_plugins, "ask_quietly", self.ask)

    def ask(self, login: Login) -> Credential:
        assert login is LOGIN
        self.number += 1
        if self.fails:
            raise AccessError("exec: 'aws' ended with status 1", "run it by hand to see why")
        return Credential(token=f"token-{self.number}", expires=self.clock.now + 100)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def asked(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(clock, monkeypatch)


def of_plugin(clock: Clock, expires: float = 0.0) -> Credentials:
    access = Access(server="https://c", token="token-0", login=LOGIN, expires=expires)
    return Credentials(access, clock=clock)


def token(credentials: Credentials) -> str:
    return credentials.headers()[1]["Authorization"].removeprefix("Bearer ")


def test_what_a_plug_in_gave_is_used_until_it_runs_out_and_then_asked_for_once(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock, expires=1050.0)
    clock.now = 1050.0
    assert (token(credentials), asked.number) == ("token-0", 0)
    clock.now = 1051.0
    assert [token(credentials) for _ in range(3)] == ["token-1"] * 3
    assert asked.number == 1
    clock.now += 101
    assert token(credentials) == "token-2"


def test_what_does_not_run_out_is_never_asked_for_again_by_itself(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock)
    clock.now = 1e12
    assert (token(credentials), asked.number) == ("token-0", 0)


def test_a_401_has_the_plug_in_asked_once_for_all_who_got_one(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock)
    version, _ = credentials.headers()
    assert [credentials.refused(version) for _ in range(3)] == [True] * 3
    assert (token(credentials), asked.number) == ("token-1", 1)


def test_what_is_refused_when_it_is_fresh_is_not_asked_for_again_and_again(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock)
    for _ in range(5):
        version, _ = credentials.headers()
        credentials.refused(version)
    assert asked.number == 1
    clock.now += 11
    assert credentials.refused(credentials.version)
    assert asked.number == 2


def test_of_many_threads_one_asks_and_all_get_the_answer(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock, expires=999.0)
    barrier, tokens = threading.Barrier(8), []

    def use() -> None:
        barrier.wait()
        tokens.append(token(credentials))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tokens, asked.number) == (["token-1"] * 8, 1)


def test_a_plug_in_that_fails_is_told_with_the_server_and_asked_again_the_next_time(clock: Clock, asked: Asked) -> None:
    credentials = of_plugin(clock, expires=999.0)
    asked.fails = True
    with pytest.raises(LoginError) as raised:
        credentials.headers()
    assert raised.value.message == "https://c: the login cannot be renewed: exec: 'aws' ended with status 1"
    asked.fails = False
    assert (token(credentials), asked.number) == ("token-2", 2)


def test_another_certificate_is_in_use_before_anybody_is_told_of_it(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Credential(certificate=b"new", key=b"key")
    monkeypatch.setattr(exec_plugins, "ask_quietly", lambda _: given)
    seen: list[tuple[bytes, bytes]] = []
    access = Access(server="https://c", certificate=b"old", login=LOGIN, expires=999.0)
    credentials = Credentials(
        access, lambda renewed: seen.append((credentials.access.certificate, renewed.certificate)), clock
    )
    credentials.refresh()
    assert seen == [(b"old", b"new")]
    assert (credentials.access.certificate, credentials.access.key) == (b"new", b"key")


def test_a_tokens_file_is_read_again_each_minute_and_at_a_401(clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    credentials = Credentials(Access(server="https://c", token="first", token_file=str(file)), clock=clock)
    file.write_text("second\n")
    clock.now += 60
    assert token(credentials) == "first"
    clock.now += 1
    assert token(credentials) == "second"
    assert not credentials.refused(credentials.version)  # it says the same
    file.write_text("third\n")
    clock.now += 11
    assert credentials.refused(credentials.version)
    assert token(credentials) == "third"
    file.unlink()
    clock.now += 61
    assert token(credentials) == "third"


def test_a_401_to_what_cannot_be_renewed_is_the_answer(clock: Clock) -> None:
    credentials = Credentials(Access(server="https://c", token="fixed"), clock=clock)
    assert not credentials.refused(credentials.version)
