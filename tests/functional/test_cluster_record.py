"""``perfkit cluster record`` of clusters with kinds of their own, and by kubeconfigs as people have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.standing import Stage, ask, kubeconfig_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.functional

WIDGETS = "/apis/acme.example/v1/widgets"
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.acme.example", "labels": {"owner": "team-red"}},
    "spec": {
        "group": "acme.example",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {
                "name": version,
                "served": True,
                "storage": version == "v1",
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
            }
            for version in ("v1", "v1alpha1")
        ],
    },
}
WIDGET = {
    "apiVersion": "acme.example/v1",
    "kind": "Widget",
    "metadata": {"name": "secret-project", "namespace": "default"},
    "spec": {"size": 3, "motto": "for nobody's eyes"},
}
# As a person has it: YAML, fields that no version of kubectl knows, a plug-in beside the file, and no token.
KUBECONFIG = """\
apiVersion: v1
kind: Config
preferences: {{colors: true}}
x-made-by: a vendor
current-context: elsewhere
contexts:
- name: elsewhere
  context: {{cluster: gone, user: gone}}
- name: staging
  context: {{cluster: staging, user: me, namespace: team}}
clusters:
- name: staging
  cluster:
    server: {server}
    certificate-authority-data: {authority}
    disable-compression: true
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {{audience: tests}}
users:
- name: me
  user:
    as-of: today
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./login
      args: [--for, staging]
      env:
      - {{name: SECRET, value: "{token}"}}
      interactiveMode: Never
      provideClusterInfo: true
      installHint: ask the vendor
"""
LOGIN = """\
#!/bin/sh
echo "$@" "$KUBERNETES_EXEC_INFO" > "$0.asked"
echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "'"$SECRET"'"}}'
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.cluster("down", "--all")


def of_vendor(kubeconfig: Path, folder: Path, login: str = LOGIN) -> Path:
    """A kubeconfig that leads to the same cluster by a plug-in."""
    config = json.loads(kubeconfig.read_text())
    cluster, token = config["clusters"][0]["cluster"], config["users"][0]["user"]["token"]
    plugin = folder / "login"
    plugin.write_text(login)
    plugin.chmod(0o700)
    path = folder / "vendor.yaml"
    path.write_text(
        KUBECONFIG.format(server=cluster["server"], authority=cluster["certificate-authority-data"], token=token)
    )
    return path


def test_a_snapshot_holds_definitions_and_what_they_define(stage: Stage, tmp_path: Path) -> None:
    manifest = tmp_path / "widgets.json"
    manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [DEFINITION, WIDGET]}))
    first = kubeconfig_of(stage.cluster("up", "-f", str(manifest), "--shape", "tiny", "--name", "first").stdout)
    at = ("--context", "perfkit", "--kubeconfig", str(first), "--yes", "--snapshot")
    raw, bare = str(tmp_path / "raw.jsonl"), str(tmp_path / "bare.jsonl")
    told = stage.cluster("record", *at, "-o", raw, "--raw").stderr
    assert ", 1 customresourcedefinitions.apiextensions.k8s.io, " in told
    assert ", 1 custom resources: " in told
    stage.cluster("record", *at, "-o", bare)
    same, nameless = (
        ask(kubeconfig_of(stage.cluster("up", "-f", path, "--name", name).stdout), WIDGETS)["items"]
        for path, name in ((raw, "second"), (bare, "third"))
    )
    assert [widget["spec"] for widget in same] == [WIDGET["spec"]]
    assert [widget["spec"]["size"] for widget in nameless] == [3]
    anonymous = (tmp_path / "bare.jsonl").read_text()
    assert not any(word in anonymous for word in ("secret-project", "eyes", "team-red"))


def test_a_context_of_another_clusters_kubeconfig_is_recorded_by_its_plug_in(stage: Stage, tmp_path: Path) -> None:
    first = kubeconfig_of(stage.cluster("up", "--shape", "tiny", "--name", "first").stdout)
    vendor, shape = of_vendor(first, tmp_path), str(tmp_path / "staging.toml")
    stage.cluster("record", "--context", "staging", "--kubeconfig", str(vendor), "-o", shape, "--yes")
    second = kubeconfig_of(stage.cluster("up", "--shape", shape, "--name", "second").stdout)
    assert len(ask(second, "/api/v1/pods")["items"]) == 20
    arguments, _, question = (tmp_path / "login.asked").read_text().partition("{")
    assert arguments.split() == ["--for", "staging"]
    asked: dict[str, Any] = json.loads("{" + question)
    assert (asked["kind"], asked["spec"]["interactive"]) == ("ExecCredential", False)
    assert asked["spec"]["cluster"]["config"] == {"audience": "tests"}
    assert asked["spec"]["cluster"]["server"].startswith("https://127.0.0.1:")


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ("#!/bin/sh\nexit 3\n", "exec: './login' ended with status 3"),
        ("#!/bin/sh\necho hello\n", "exec: './login' printed no ExecCredential"),
        (LOGIN.replace('"$SECRET"', ""), "exec: './login' gave neither a token nor a certificate"),
        (LOGIN.replace(".io/v1", ".io/v1beta1"), "answered as client.authentication.k8s.io/v1beta1"),
        ("#!/nowhere/at/all\n", "cannot be run: No such file or directory\n  ask the vendor"),
    ],
)
def test_a_plug_in_that_lets_nobody_in_is_one_line_that_names_the_file(
    stage: Stage, tmp_path: Path, login: str, says: str
) -> None:
    first = kubeconfig_of(stage.cluster("up", "--shape", "tiny").stdout)
    vendor = of_vendor(first, tmp_path, login)
    at = ("--context", "staging", "--kubeconfig", str(vendor), "-o", str(tmp_path / "s.toml"))
    complaint = stage.cluster("record", *at, check=2).stderr
    assert says in complaint
    assert f"kubeconfig {vendor}: exec" in complaint
