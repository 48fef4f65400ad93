from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.client import Access, AccessError, Contexts, list_contexts, load_access
from perfkit.client.access import in_cluster
from perfkit.client.plugins import Credential
from support.logins import Plugin

if TYPE_CHECKING:
    from pathlib import Path

V1 = "client.authentication.k8s.io/v1"
PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config(cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [
            {"name": "there", "context": {"cluster": "other", "user": "other"}},
            {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "default"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
    }


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def test_the_current_context_is_read_from_what_kubeconfig_names(kubeconfig: Path) -> None:
    cluster = {"certificate-authority-data": encoded(PEM), "tls-server-name": "kubernetes"}
    kubeconfig.write_text(json.dumps(config(cluster, {"token": "secret"})))
    assert load_access() == Access(
        server="https://127.0.0.1:6443",
        authority=PEM,
        server_name="kubernetes",
        token="secret",
        namespace="default",
    )


def test_yaml_as_kubectl_writes_it_is_read_too(kubeconfig: Path) -> None:
    kubeconfig.write_text(
        """\
apiVersion: v1
clusters:
- cluster:
    insecure-skip-tls-verify: true
    server: https://127.0.0.1:6443/base/
  name: c
contexts:
- context: {cluster: c, user: u}
  name: here
current-context: here
kind: Config
preferences: {}
users:
- name: u
"""
    )
    assert load_access() == Access(server="https://127.0.0.1:6443/base", verify=False)


def test_keys_without_a_value_say_nothing_and_data_may_be_broken_into_lines(kubeconfig: Path) -> None:
    lines = encoded(PEM)[:20] + "\n" + encoded(PEM)[20:]
    written = config({"certificate-authority-data": lines, "proxy-url": None}, {"token": "x", "exec": None})
    written["contexts"][1]["context"]["namespace"] = None
    kubeconfig.write_text(json.dumps(written))
    assert load_access() == Access(server="https://127.0.0.1:6443", authority=PEM, token="x")


def test_yaml_without_a_parser_for_it_is_said_with_how_to_get_one(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    kubeconfig.write_text("apiVersion: v1\n")
    with pytest.raises(AccessError) as raised:
        load_access()
    assert raised.value.advice == "pip install pyyaml"


def test_files_lie_beside_the_kubeconfig(kubeconfig: Path) -> None:
    cluster = {"certificate-authority": "ca.pem"}
    user = {"tokenFile": "token", "token": "old", "client-certificate": "me.pem", "client-key": "me.key"}
    kubeconfig.write_text(json.dumps(config(cluster, user)))
    for name, text in {"ca.pem": PEM, "token": "fresh\n", "me.pem": "mine", "me.key": "key"}.items():
        (kubeconfig.parent / name).write_text(text)
    access = load_access()
    assert access.authority == PEM
    assert access.token == "fresh"  # a token file wins over a token, as with kubectl
    assert (access.certificate, access.key) == (b"mine", b"key")


def test_a_path_given_wins_over_the_environment(kubeconfig: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(json.dumps(config({"server": "http://127.0.0.1:1"})))
    assert load_access(other).server == "http://127.0.0.1:1"


def test_without_the_variable_the_home_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AccessError, match=r"/\.kube/config: No such file"):
        load_access()


def test_several_files_are_one_and_the_first_to_say_something_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "sub" / "second"
    second.parent.mkdir()
    first.write_text(json.dumps(config({"server": "https://first"}) | {"users": []}))
    other = config({"server": "https://second"}, {"tokenFile": "token"}) | {"current-context": "there"}
    second.write_text(json.dumps(other))
    (second.parent / "token").write_text("of the second")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{first}:{second}")
    access = load_access()
    assert (access.server, access.token) == ("https://first", "of the second")
    assert list_contexts() == Contexts(("there", "here"), "here")


def test_of_several_files_none_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/no/a:/no/b")
    with pytest.raises(AccessError, match="/no/a: No such file"):
        load_access()


def test_a_proxy_is_taken_from_the_cluster(kubeconfig: Path) -> None:
    kubeconfig.write_text(json.dumps(config({"proxy-url": "http://proxy:3128"})))
    assert load_access().proxy == "http://proxy:3128"


def test_without_one_the_environment_names_it_and_the_kubeconfig_wins(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://other")
    for cluster, proxy in (({}, "socks5://other"), ({"proxy-url": "https://proxy"}, "https://proxy")):
        kubeconfig.write_text(json.dumps(config({"server": "https://c.example.com", **cluster})))
        assert load_access().proxy == proxy


def test_a_name_and_a_password_are_basic_authentication(kubeconfig: Path) -> None:
    kubeconfig.write_text(json.dumps(config(user={"username": "me", "password": "päss"})))
    said = load_access().headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(said).decode() == "me:päss"


def test_who_is_impersonated_is_said_in_headers(kubeconfig: Path) -> None:
    kubeconfig.write_text(json.dumps(config(user={"token": "x", "as": "jane", "as-uid": "7", "as-groups": ["devs"]})))
    assert load_access().headers == {
        "Authorization": "Bearer x",
        "Impersonate-User": "jane",
        "Impersonate-Uid": "7",
        "Impersonate-Group": "devs",
    }


def test_a_plug_in_is_kept_to_be_asked_again_when_what_it_gave_runs_out(kubeconfig: Path) -> None:
    plugin = Plugin(kubeconfig.parent / "login", expires="2026-11-27T12:00:00Z")
    kubeconfig.write_text(json.dumps(config(user=plugin.user)))
    access = load_access(ask=lambda _: Credential(token="t", expires=5.0))
    assert (access.token, access.expires) == ("t", 5.0)
    assert access.login is not None
    assert (access.login.plugin.command, access.login.cluster) == (str(plugin.path), {"server": access.server})
    assert msgspec.convert(msgspec.to_builtins(access), Access) == access  # as the gateway is told of it


def test_in_a_pod_its_service_account_is_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"token": "mounted\n", "ca.crt": PEM, "namespace": "mine"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    assert in_cluster(tmp_path) == Access(
        server="https://[fd00::1]:443",
        authority=PEM,
        token="mounted",
        token_file=str(tmp_path / "token"),
        namespace="mine",
    )


def test_outside_of_a_pod_there_is_no_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(AccessError, match="not in a pod"):
        in_cluster()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no current-context"),
        ("{", "Input data was truncated"),
        ("a: [", "while parsing"),
        ("{}", "no current-context"),
        (json.dumps({"current-context": "gone"}), "no context 'gone'"),
        (json.dumps(config() | {"clusters": None}), "no cluster 'c'"),
        (json.dumps(config() | {"users": []}), "no user 'u'"),
        (json.dumps(config({"server": ""})), "server '' is not"),
        (json.dumps(config({"server": "ftp://x"})), "server 'ftp://x' is not"),
        (json.dumps(config({"server": "https://x:99999"})), "server 'https://x:99999' is not"),
        (json.dumps(config({"server": "https://[::1"})), "server 'https://[::1' is not"),
        (json.dumps(config({"server": "https://a b"})), "server 'https://a b' is not"),
        (json.dumps(config({"server": "https://a\0b"})), "is not an http or https URL"),
        (json.dumps(config({"server": "https://x/?a=b"})), "server 'https://x/?a=b' is not"),
        (json.dumps(config({"server": "https://a..b"})), "server 'a..b' is not the name of a host"),
        (json.dumps(config({"tls-server-name": "a" * 70})), "is not the name of a host"),
        (json.dumps(config({"server": 5})), "clusters"),
        (json.dumps(config({"certificate-authority-data": "???"})), "certificate-authority-data: Only base64"),
        (json.dumps(config({"certificate-authority": "no.pem"})), "no.pem: No such file"),
        (json.dumps(config({"proxy-url": "socks4://proxy"})), "proxy-url 'socks4://proxy'"),
        (json.dumps(config(user={"exec": {"command": "aws"}})), "missing required field `apiVersion`"),
        (json.dumps(config(user={"exec": {"command": "aws", "apiVersion": "v0"}})), "unknown apiVersion 'v0'"),
        (json.dumps(config(user={"auth-provider": {"name": "gcp"}})), "'auth-provider'"),
        (json.dumps(config(user={"username": "me", "token": "x"})), "'token' and 'username'"),
        (
            json.dumps(config(user={"exec": {"command": "aws", "apiVersion": V1, "interactiveMode": "Often"}})),
            "'Often'",
        ),
        (json.dumps(config(user={"exec": {"command": "", "apiVersion": V1}})), "exec: no command is given"),
        (json.dumps(config(user={"token": "a\nb"})), "token: has characters that cannot be sent"),
        (json.dumps(config(user={"as": "jürgen"})), "who is impersonated: has characters"),
        (json.dumps(config(user={"as": "me", "as-user-extra": {"why": ["x"]}})), "'as-user-extra'"),
        (json.dumps(config(user={"as": "me", "as-groups": ["a", "b"]})), "several 'as-groups'"),
        (json.dumps(config(user={"as-groups": ["a"]})), "say nothing without 'as'"),
        (json.dumps(config(user={"client-certificate-data": encoded(PEM)})), "'client-key'"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_that_names_the_file(kubeconfig: Path, text: str, says: str) -> None:
    kubeconfig.write_text(text)
    with pytest.raises(AccessError) as raised:
        load_access()
    assert says in raised.value.message
    assert str(kubeconfig.parent) in raised.value.message
    assert "\n" not in raised.value.message
