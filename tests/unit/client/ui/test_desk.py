"""Keys and commands on an invented cluster: what is seen after them."""

from __future__ import annotations

import pytest

from perfkit.client.problems import AccessError, ApiError, Status
from perfkit.client.ui.desk import MOST_PAGES, Desk
from perfkit.client.ui.frame import foot, head, rule, too_small, trouble
from perfkit.client.ui.performance import PerformancePage
from perfkit.client.ui.session import Scope
from perfkit.errors import ClusterError
from support.lean_ui import (
    InventedCluster,
    InventedSession,
    InventedShell,
    InventedSource,
    Pod,
    Thing,
    cluster,
    desk,
    seen,
)
from support.ticking import Ticking

POD = {
    "metadata": {"name": "web-0000", "namespace": "default"},
    "spec": {"containers": [{"name": "main"}], "initContainers": [{"name": "first"}]},
    "status": {
        "initContainerStatuses": [{"name": "first", "ready": True, "state": {"terminated": {"reason": "Completed"}}}],
        "containerStatuses": [
            {"name": "main", "ready": True, "restartCount": 3, "state": {"running": {"startedAt": "x"}}}
        ],
    },
}
WEB = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"b": "2", "a": "1"}}}}


def text(line: object) -> str:
    return "".join(part for part, _ in line).rstrip()  # type: ignore[attr-defined]


def title(made: object) -> str:
    return made.page.title()  # type: ignore[attr-defined, no-any-return]


def session(of: InventedCluster) -> InventedSession:
    return of.sessions["here"]


def test_it_begins_with_all_pods() -> None:
    made, _ = desk()
    lines = seen(made)
    assert lines[0].startswith("NAMESPACE")
    assert len(lines) == 40
    assert title(made) == "pods(all)[1000]"


def test_digits_choose_namespaces_default_first_and_the_head_tells_which() -> None:
    made, _ = desk()
    assert [text(line) for line in head(made, None, 80)] == [
        "perfkit lean  here  https://127.0.0.1:6443",
        "<0> all  <1> default  <2> kube-system  <3> shop",
    ]
    made.press("3")
    seen(made)
    assert title(made) == "pods(shop)[333]"
    made.press("9")
    assert title(made) == "pods(shop)[333]", "there is no ninth"
    made.press("0")
    assert title(made) == "pods(all)[1000]"


def test_a_command_shows_a_resource_and_escape_goes_back() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("nodes")
    assert title(made) == "nodes[2]"
    assert seen(made)[0].split()[0] == "NAME"
    made.press("escape")
    assert title(made) == "pods(all)[1000]"
    assert session(of).sources["nodes"].released


def test_a_command_may_name_namespace_labels_and_filter() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("pods shop app=web /00")
    assert session(of).opened[-1] == ("pods", Scope(labels="app=web"))
    seen(made)
    assert title(made).startswith("pods(shop)[")
    assert title(made).endswith("] <app=web> </00>")


def test_an_unknown_resource_is_said_in_a_line_and_the_rest_goes_on() -> None:
    made, _ = desk()
    made.command("gadgets")
    assert text(foot(made, 80)) == "! no resource 'gadgets'; tab completes names"
    made.press("j")
    assert title(made) == "pods(all)[1000]"
    made.press("escape")
    assert text(foot(made, 80)).startswith("<d> describe")


@pytest.mark.parametrize(
    "refusal",
    [
        ApiError(Status(message="secrets is forbidden: User may not list", code=403)),
        ApiError(Status(message="Unauthorized", code=401)),
        ClusterError("https://127.0.0.1:6443: Connection refused", "is the cluster up?"),
    ],
)
def test_a_refusal_is_said_in_a_line(refusal: ClusterError) -> None:
    of = cluster()
    session(of).refused["secrets"] = refusal
    made, _ = desk(of)
    made.command("secrets")
    assert refusal.message in text(foot(made, 140))
    assert title(made) == "pods(all)[1000]"


def test_a_bad_kubeconfig_is_said_and_can_be_mended_and_read_again() -> None:
    of = cluster()
    of.refusal = AccessError("kubeconfig /x: no current-context", "choose one")
    made, shell = desk(of)
    assert text(foot(made, 80)) == "! kubeconfig /x: no current-context; choose one"
    assert [text(line) for line in trouble(made, 40)] == ["kubeconfig /x: no current-context;", "choose one"]
    made.command("nodes")
    made.press("d")
    made.press("?")
    assert title(made) == "Help"
    made.press("escape")
    assert made.page is None
    assert seen(made) == []
    assert text(foot(made, 80)).startswith("! kubeconfig")
    of.refusal = None
    made.press("ctrl+r")
    seen(made)
    assert title(made) == "pods(all)[1000]"
    assert not made.problem
    made.press("q")
    assert shell.left


def test_beginning_again_comes_back_to_what_was_seen() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("deployments shop")
    made.press("d")
    made.press("ctrl+r")
    assert title(made) == "deployments(shop)[1]"
    assert len(made.pages) == 1


def test_what_stands_against_a_table_being_up_to_date_is_said_below_it() -> None:
    of = cluster()
    session(of).sources["pods"].problem = "connection refused; again in 2 s"
    made, _ = desk(of)
    assert text(foot(made, 80)) == "! connection refused; again in 2 s"
    assert len(seen(made)) == 40, "the rows stay"


def test_a_complaint_from_the_background_is_shown_for_a_while() -> None:
    of, clock = cluster(), Ticking()
    made = Desk(of, InventedShell(), lambda: clock() / 1e9)
    made.begin()
    session(of).report("an object cannot be read: shop/web: Expected `str`, got `null`")
    assert text(foot(made, 80)) == "! an object cannot be read: shop/web: Expected `str`, got `null`"
    clock.go(11)
    assert text(foot(made, 80)).startswith("<d> describe")


def test_who_may_not_see_all_namespaces_may_choose_one() -> None:
    of = cluster()
    made, _ = desk(of)
    source = session(of).sources["pods"]
    source.synced, source.problem = False, "the API server answers 403: pods is forbidden"
    made.press("3")
    assert session(of).opened[-1] == ("pods", Scope(namespace="shop"))


def test_describe_and_yaml_are_of_the_row_under_the_cursor() -> None:
    of = cluster()
    session(of).objects = {"web-0003": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-0003"}}}
    made, _ = desk(of)
    seen(made)
    made.press("j")
    made.press("d")
    assert title(made) == "Describe(default/web-0003)"
    assert seen(made)[0] == "Name:         web-0003"
    made.press("escape")
    made.press("y")
    assert seen(made)[:2] == ["apiVersion: v1", "kind: ConfigMap"]
    made.press("q")
    made.press("j")
    made.press("d")
    assert text(foot(made, 80)) == "! web-0006 is gone"


def test_logs_follow_and_end_when_left() -> None:
    of = cluster()
    session(of).objects = {"web-0000": POD}
    made, _ = desk(of)
    seen(made)
    made.press("l")
    session(of).tell(["hello"])
    assert title(made) == "Logs(default/web-0000:main)"
    assert seen(made) == ["hello"]
    assert "<p> previous" in text(foot(made, 160))
    made.press("s")
    assert title(made) == "Logs(default/web-0000:main) not followed"
    made.press("escape")
    assert session(of).stopped == session(of).streams


def test_p_shows_the_logs_before_the_restart() -> None:
    of = cluster()
    session(of).objects = {"web-0000": POD}
    made, _ = desk(of)
    seen(made)
    made.press("p")
    assert title(made) == "Logs(default/web-0000:main before)"
    assert session(of).streams[-1].previous


def test_logs_of_a_workload_are_those_of_its_pods() -> None:
    of = cluster()
    session(of).objects = {"web": WEB}
    pods = [{**POD, "metadata": {"name": f"web-{number}", "namespace": "shop"}} for number in range(2)]
    session(of).collections = {"/api/v1/namespaces/shop/pods": pods}
    made, _ = desk(of)
    made.command("deployments")
    seen(made)
    made.press("l")
    session(of).tells["web-1:main"](["hello"])
    assert title(made) == "Logs(deployments shop/web:main)"
    assert seen(made) == ["web-1:main hello"]
    made.press("q")
    assert session(of).stopped[::-1] == session(of).streams


def test_logs_of_what_has_none_are_explained() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("nodes")
    made.press("l")
    assert "logs are those of pods" in text(foot(made, 100))
    session(of).objects = {"web": WEB}
    made.command("deployments")
    seen(made)
    made.press("l")
    assert text(foot(made, 100)) == "web has no pods"
    session(of).objects = {"web": {"spec": {}}}
    made.press("l")
    assert text(foot(made, 100)) == "web selects no pods by labels"


def test_enter_on_a_pod_shows_its_containers_which_follow_the_pod() -> None:
    of = cluster(3)
    session(of).objects = {"web-0000": POD}
    made, _ = desk(of)
    seen(made)
    made.press("enter")
    assert title(made) == "containers[2] <default/web-0000>"
    assert [line.split()[:4] for line in seen(made)] == [
        ["NAME", "KIND", "READY", "STATE"],
        ["first", "init", "true", "Completed"],
        ["main", "true", "Running", "3"],
    ]
    status = {"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 4}
    session(of).objects = {"web-0000": {**POD, "status": {"containerStatuses": [status]}}}
    session(of).sources["pods"].set([Pod(name="web-0000", restarts=4)])
    seen(made)
    assert seen(made)[2].split()[:4] == ["main", "false", "CrashLoopBackOff", "4"]
    made.press("j")
    made.press("enter")
    assert title(made) == "Logs(default/web-0000:main)"
    made.press("escape")
    made.press("d")
    assert title(made) == "Describe(default/web-0000)"
    made.press("escape")
    session(of).sources["pods"].set([])
    seen(made)
    assert text(foot(made, 80)) == "! web-0000 is gone"


def test_keys_lead_to_node_owner_replica_sets_and_the_namespace_of_a_row() -> None:
    of = cluster(1)
    session(of).sources["pods"].set([Pod(name="web-0", namespace="shop", owner="ReplicaSet/web-5")])
    session(of).sources["ReplicaSet"] = session(of).sources["replicasets"] = session(of).sources["deployments"]
    session(of).objects = {"web": WEB}
    made, _ = desk(of)
    for key, opened in (
        ("o", ("nodes", Scope(fields="metadata.name=node-1"))),
        ("J", ("ReplicaSet", Scope(namespace="shop", fields="metadata.name=web-5"))),
    ):
        seen(made)
        made.press(key)
        assert session(of).opened[-1] == opened
        made.press("escape")
    made.press("z")
    assert text(foot(made, 80)) == "deployments have replica sets"
    made.press("w")
    assert title(made) == "pods(shop)[1]"
    made.command("deployments")
    seen(made)
    made.press("z")
    assert session(of).opened[-1] == ("replicasets", Scope(namespace="shop", labels="a=1,b=2"))


def test_name_and_namespace_are_copied() -> None:
    made, shell = desk()
    seen(made)
    made.press("c")
    assert shell.clipboard == "web-0000"
    made.press("n")
    assert shell.clipboard == "default"
    assert text(foot(made, 80)) == "copied: default"


def test_commands_are_gone_back_and_forth_in() -> None:
    made, _ = desk()
    for command in ("nodes", "namespaces"):
        made.command(command)
    for key, shown in (("[", "nodes"), ("[", "pods"), ("[", "pods"), ("]", "nodes"), ("-", "pods"), ("-", "nodes")):
        made.press(key)
        assert title(made).startswith(shown), key
    made.command("deployments")
    made.press("]")
    assert title(made).startswith("deployments"), "what lay ahead is forgotten"


def test_pages_that_can_be_gone_back_to_are_bounded_and_the_first_stays() -> None:
    of = cluster()
    made, _ = desk(of)
    for _ in range(MOST_PAGES):
        made.command("nodes")
        made.command("namespaces")
    assert len(made.pages) == MOST_PAGES
    assert session(of).sources["nodes"].released
    for _ in range(MOST_PAGES):
        made.press("escape")
    assert title(made).startswith("pods")


def test_all_resources_are_listed_and_gone_to() -> None:
    made, _ = desk()
    made.press("ctrl+a")
    assert [line.split() for line in seen(made)] == [
        ["RESOURCE", "COMMAND", "KIND", "API-GROUP", "NAMESPACED"],
        ["pods", "pods", "pod", "po", "Pod", "true"],
    ], "what cannot be shown is not there"
    made.press("enter")
    assert title(made).startswith("pods(all)")


def test_a_filter_by_labels_asks_the_server() -> None:
    of = cluster()
    made, _ = desk(of)
    for key in "/-l app=web":
        made.press(key)
    made.press("enter")
    assert session(of).opened[-1] == ("pods", Scope(labels="app=web"))
    assert title(made) == "pods(all)[1000] <app=web>"
    made.press("escape")
    assert title(made) == "pods(all)[1000]"


def test_a_command_may_name_a_context() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("pods shop @there")
    assert made.session is of.sessions["there"]
    assert title(made) == "pods(shop)[333]"


def test_a_secret_is_decoded() -> None:
    of = cluster()
    session(of).sources["secrets"] = InventedSource("secrets", [Thing(name="key", namespace="shop")])
    session(of).objects = {"key": {"data": {"a": "c2VjcmV0", "b": "/w==", "c": "abc"}}}
    made, _ = desk(of)
    made.press("x")
    assert text(foot(made, 80)) == "secrets are decoded"
    made.command("secrets")
    seen(made)
    made.press("x")
    assert seen(made) == ["a: secret", "b: (1 bytes)", "c: abc"]


def test_enter_goes_inside() -> None:
    of = cluster()
    session(of).objects = {"web": WEB}
    made, _ = desk(of)
    made.command("deployments")
    seen(made)
    made.press("enter")
    assert session(of).opened[-1] == ("pods", Scope(namespace="shop", labels="a=1,b=2"))
    made.command("nodes")
    seen(made)
    made.press("enter")
    assert session(of).opened[-1] == ("pods", Scope(fields="spec.nodeName=node-1"))
    made.command("namespaces")
    seen(made)
    made.press("j")
    made.press("enter")
    seen(made)
    assert title(made) == "pods(shop)[333]"


def test_a_node_has_pods_of_all_namespaces_whichever_is_looked_at() -> None:
    made, _ = desk()
    made.press("3")
    made.command("nodes")
    seen(made)
    made.press("enter")
    assert title(made).startswith("pods(all)[")


def test_contexts_are_listed_and_gone_to() -> None:
    of = cluster()
    made, _ = desk(of)
    made.command("ctx")
    assert [line.split() for line in seen(made)[1:]] == [["here", "*"], ["there"]]
    made.press("j")
    made.press("enter")
    assert made.session is of.sessions["there"]
    assert session(of).closed.is_set()
    made.command("ctx here")
    assert made.session is of.sessions["here"]


def test_the_performance_view_is_a_page_that_is_left_as_any() -> None:
    made, _ = desk()
    made.press("ctrl+p")
    made.command("perf")
    assert isinstance(made.page, PerformancePage)
    made.press("escape")
    assert title(made).startswith("pods")


def test_q_goes_back_and_out_of_the_first_page() -> None:
    made, shell = desk()
    made.press("?")
    made.press("q")
    assert not shell.left
    made.press("q")
    assert shell.left


def test_a_filter_is_undone_before_a_page_is_left() -> None:
    made, _ = desk()
    made.command("nodes")
    made.search("node-2")
    made.press("escape")
    assert title(made) == "nodes[2]"
    made.press("escape")
    assert title(made).startswith("pods")


def test_escape_undoes_a_filter_while_it_is_typed() -> None:
    made, _ = desk()
    for key in "/099":
        made.press(key)
    assert title(made) == "pods(all)[11] </099>"
    made.press("escape")
    assert made.typing is None
    assert title(made) == "pods(all)[1000]"


def test_names_with_escape_sequences_and_markup_stay_text() -> None:
    of = cluster()
    session(of).sources["pods"].set([Pod(name="[red]x[/]"), Pod(name="\x1b]0;title\x07")])
    made, _ = desk(of)
    lines = seen(made)
    assert "�]0;title�" in lines[1]
    assert "[red]x[/]" in lines[2]


def test_a_terminal_that_is_too_small_says_so() -> None:
    assert "".join(map(text, too_small(20, 5))).startswith("terminal too small:")
    assert too_small(40, 8) == []


def test_the_rule_bears_the_title_and_fills_the_width() -> None:
    assert text(rule("pods(all)[3]", 30)) == "── pods(all)[3] ──────────────"
