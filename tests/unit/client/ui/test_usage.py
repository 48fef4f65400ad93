"""What pods and nodes use: asked for while somebody looks, and told in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from perfkit.client.problems import ApiError, Status
from perfkit.client.schema import Schema
from perfkit.client.ui.pods import FIELDS
from perfkit.client.ui.session import Scope
from perfkit.client.ui.sheets import sheet
from perfkit.client.ui.table import TablePage
from perfkit.client.ui.usage import EVERY, KEPT, MOST, SOON, Usage, columns, measured, path
from perfkit.errors import PerfkitError
from support.lean_ui import InventedSource, Pod, Thing

if TYPE_CHECKING:
    from collections.abc import Callable

FORBIDDEN = ApiError(Status(message="pods.metrics.k8s.io is forbidden", code=403))
ABSENT = ApiError(Status(message="the server could not find the requested resource", code=404))


def answer(**containers: list[tuple[str, str]]) -> bytes:
    items = [
        {
            "metadata": {"name": name, "namespace": "default"},
            "containers": [{"name": "c", "usage": {"cpu": cpu, "memory": memory}} for cpu, memory in each],
        }
        for name, each in containers.items()
    ]
    return msgspec.json.encode({"kind": "PodMetricsList", "items": items})


class Metrics:
    """Answers in order, at times that a test sets; the last one stays."""

    def __init__(self, *answers: bytes | PerfkitError) -> None:
        self.answers = list(answers)
        self.now = 100.0
        self.asked = 0
        self.about: list[str] = []
        self.reports: list[str] = []
        self.usage = Usage(self.read, self.ask, self.reports.append, lambda: self.now)

    def read(self, namespace: str) -> bytes:
        self.asked += 1
        self.about.append(namespace)
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, PerfkitError):
            raise said
        return said

    def ask(
        self,
        what: str,
        question: Callable[[], Any],
        answered: Callable[[Any], object],
        failed: Callable[[PerfkitError], object],
    ) -> None:
        assert what
        try:
            said = question()
        except PerfkitError as error:
            failed(error)
        else:
            answered(said)

    def look(self, after: float = EVERY, total: int = 3, seen: str = "default", each: int = 3) -> Usage:
        self.now += after
        self.usage.look(total, seen.split(), lambda _: each)
        self.now += SOON
        self.usage.look(total, seen.split(), lambda _: each)
        return self.usage


def test_it_is_asked_for_now_and_again_and_not_more_often() -> None:
    metrics = Metrics(answer(a=[("250m", "64Mi"), ("250u", "1Mi")]))
    assert not metrics.usage.known
    assert metrics.look().of(Pod(name="a")) == (251, 65 << 20)
    assert metrics.usage.of(Pod(name="b")) is None
    metrics.look(after=1)
    assert (metrics.asked, metrics.usage.version) == (1, 1)
    metrics.look(after=EVERY)
    assert (metrics.asked, metrics.usage.version) == (2, 2)


def test_where_it_is_not_served_nobody_asks_again_or_hears_of_it() -> None:
    metrics = Metrics(ABSENT)
    for _ in range(3):
        metrics.look()
    assert (metrics.asked, metrics.reports) == (1, [])


def test_a_refusal_is_reported_once_hides_what_was_known_and_is_got_over() -> None:
    known = answer(a=[("1", "1Mi")])
    metrics = Metrics(known, FORBIDDEN, FORBIDDEN, b"<html>", known)
    assert metrics.look().known
    assert not metrics.look().known
    metrics.look()
    assert metrics.reports == [f"what is used is not known: {FORBIDDEN.message}"]
    metrics.look()
    assert metrics.reports[1].startswith("what is used is not known: metrics.k8s.io: ")
    assert metrics.look().known


@pytest.mark.parametrize(
    ("scope", "namespace", "asked"),
    [
        (Scope(), "", ("/apis/metrics.k8s.io/v1beta1/pods", {})),
        (Scope(), "shop", ("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", {})),
        (
            Scope("shop", "app=web"),
            "",
            ("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", {"labelSelector": "app=web"}),
        ),
        (Scope(fields="spec.nodeName=n"), "", ("/apis/metrics.k8s.io/v1beta1/pods", {})),
    ],
)
def test_only_what_the_table_is_of_is_asked_for(
    scope: Scope, namespace: str, asked: tuple[str, dict[str, str]]
) -> None:
    assert path("pods", scope, namespace) == asked


def test_of_a_large_table_only_namespaces_in_sight_are_asked_about() -> None:
    metrics = Metrics(answer(a=[("1", "1Mi")]))
    metrics.look(total=MOST + 1, seen="default shop")
    assert metrics.about == ["default", "shop"]
    metrics.look(after=1, total=MOST + 1, seen="shop sales")
    assert metrics.about == ["default", "shop", "sales"], "what was just asked about is not asked about again"
    assert metrics.usage.of(Pod(name="a")) == (1000, 1 << 20), "what is out of sight is remembered"
    for number in range(KEPT):
        metrics.look(after=1, total=MOST + 1, seen=f"n{number}")
    assert metrics.usage.of(Pod(name="a")) is None, "but not for ever"
    metrics.look()
    assert metrics.about[-1] == "", "a table that has become small is asked for as a whole"


def test_what_was_chosen_by_fields_is_asked_for_by_namespaces_in_sight() -> None:
    metrics = Metrics(answer(a=[("1", "1Mi")]))
    usage = Usage(metrics.read, metrics.ask, metrics.reports.append, lambda: metrics.now, whole=0)
    usage.look(3, ["default"], lambda _: 3)
    assert metrics.about == [], "who scrolls past is not waiting"
    metrics.now += SOON
    usage.look(3, ["default"], lambda _: 3)
    assert metrics.about == ["default"]


def test_a_namespace_that_is_too_large_is_not_asked_about_and_that_is_said_once() -> None:
    metrics = Metrics(answer())
    for _ in range(2):
        metrics.look(total=MOST + 1, seen="crowd", each=MOST + 1)
    assert (metrics.asked, metrics.reports) == (0, [f"what is used is not known: more than {MOST} objects in crowd"])


def test_a_table_tells_which_namespaces_are_in_sight() -> None:
    source = InventedSource("pods", [Pod(name=name, namespace=name) for name in "abcdef"])
    page = TablePage(source)
    page.lines(80, 4)
    page.press("pagedown")
    page.lines(80, 4)
    page.look()
    assert source.seen == {"b", "c", "d"}


def table(resource: str, rows: list[Any], usage: Usage) -> TablePage:
    source = InventedSource(resource, rows, namespaced=resource == "pods")
    source.sheet = sheet(resource, (), namespaced=source.namespaced, usage=columns(resource, usage))
    return TablePage(source)


def seen(page: TablePage, columns: int = 160) -> list[list[str]]:
    return ["".join(part for part, _ in line).split() for line in page.lines(columns, 10)]


def test_columns_of_pods_appear_once_something_is_known() -> None:
    metrics = Metrics(answer(a=[("250m", "64Mi")], b=[("1500m", "512Mi")]))
    rows = [Pod(name="a", asked="500 134217728 1000 268435456"), Pod(name="b"), Pod(name="c")]
    page = table("pods", rows, metrics.usage)
    assert seen(page)[0] == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    metrics.look()
    assert seen(page)[0][6:12] == ["CPU", "%CPU/R", "%CPU/L", "MEM", "%MEM/R", "%MEM/L"]
    assert [line[6:12] for line in seen(page)[1:]] == [
        ["250", "50", "25", "64", "50", "25"],
        ["1500", "n/a", "n/a", "512", "n/a", "n/a"],
        ["n/a"] * 6,
    ]
    page.press("C")
    assert [line[1] for line in seen(page)[1:]] == ["b", "a", "c"], "the most first"


def test_columns_of_nodes_tell_the_share_of_what_pods_may_have() -> None:
    usage = {"cpu": "2", "memory": "8Gi"}
    metrics = Metrics(msgspec.json.encode({"items": [{"metadata": {"name": "n"}, "usage": usage}]}))
    page = table("nodes", [Thing(name="n", cpu="8", memory="32Gi")], metrics.usage)
    metrics.look()
    head, row = seen(page)
    assert head == ["NAME", "STATUS", "ROLES", "VERSION", "AGE", "CPU", "%CPU", "MEM", "%MEM", "CPU/A", "MEM/A"]
    assert row[-6:] == ["2000", "25", "8192", "25", "8000", "32768"]


def test_what_pods_ask_for_is_that_of_containers_and_sidecars() -> None:
    schema = Schema(FIELDS)
    spec = {
        "containers": [
            {"name": "a", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": 2}}},
            {"name": "b", "resources": {"requests": {"cpu": 0.25}, "limits": None}},
            {"name": "c", "resources": None},
        ],
        "initContainers": [
            {"name": "i", "resources": {"requests": {"cpu": "9"}}},
            {"name": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1", "memory": "1Mi"}}},
        ],
    }
    row: Any = schema.row(schema.decode(msgspec.json.encode({"metadata": {"name": "p"}, "spec": spec})))
    assert row.asked == f"1750 {1025 << 20} 2000 0"


def test_what_is_no_list_of_metrics_is_said() -> None:
    with pytest.raises(PerfkitError, match="metrics"):
        measured(b"[]")
