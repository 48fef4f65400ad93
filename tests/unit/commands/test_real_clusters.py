"""Which cluster is meant, what looks like production, what a run will ask of a cluster."""

import msgspec
import pytest

from perfkit.client.access import Access
from perfkit.client.pages import Extent
from perfkit.clusters.kinds import parse
from perfkit.commands.choices import Choices
from perfkit.commands.real_clusters import announcement, looks_like_production, with_cluster
from perfkit.errors import UsageError
from perfkit.model.churn import Churn
from perfkit.model.faults import ApiFault
from perfkit.model.scenario import ClusterSpec, Idle, Launch, Making, Repeat, Scenario, Stir, Strike, TargetSpec

STARTUP = Scenario(
    name="startup",
    title="",
    steps=(Launch(copies=2),),
    repeat=Repeat(pairs=(5, 10), warmup=1),
    targets=(TargetSpec(name="a", program="a", command=("a",)), TargetSpec(name="b", program="b", command=("b",))),
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mock", ("mock", "")),
        ("kind", ("kind", "perfkit")),
        ("kind:two", ("kind", "two")),
        ("context:arn:aws:eks:eu-west-1:1:cluster/a", ("context", "arn:aws:eks:eu-west-1:1:cluster/a")),
    ],
)
def test_a_cluster_is_named_by_kind_and_name(text: str, meant: tuple[str, str]) -> None:
    assert parse(text) == meant


def test_a_kind_cluster_of_a_version_is_called_after_it_where_it_has_no_name() -> None:
    older = Making(kubernetes="1.34.0")
    assert parse("kind", older) == ("kind", "perfkit-v1.34.0")
    assert parse("kind:two", older) == ("kind", "two")
    assert parse("kind", Making(engine="podman")) == ("kind", "perfkit")


@pytest.mark.parametrize("cluster", [None, "mock", "context:staging"])
def test_what_a_kind_cluster_is_made_of_is_refused_elsewhere(cluster: str | None) -> None:
    scenario = msgspec.structs.replace(STARTUP, cluster=ClusterSpec(making=Making(kubernetes="1.34.0")))
    with pytest.raises(UsageError, match="those of a kind cluster"):
        with_cluster(scenario, Choices(cluster=cluster))


@pytest.mark.parametrize(
    ("making", "says"),
    [
        (Making(kubernetes="1.34"), "1.34: no version of Kubernetes"),
        (Making(kubernetes="1.34.0", node_image="a"), "the same thing twice"),
        (Making(config="three"), "no kind config 'three'"),
        (Making(engine="rkt"), "no engine 'rkt'"),
    ],
)
def test_what_no_kind_cluster_is_made_of_is_told_before_anything_starts(making: Making, says: str) -> None:
    scenario = msgspec.structs.replace(STARTUP, cluster=ClusterSpec(making=making))
    with pytest.raises(UsageError, match=says):
        with_cluster(scenario, Choices(cluster="kind"))


@pytest.mark.parametrize("text", ["", "context", "context:", "kind:", "mock:a", "minikube", "Kind"])
def test_what_names_no_cluster_is_told_with_what_would(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert "context:NAME" in caught.value.advice


@pytest.mark.parametrize("name", ["prod", "eu-prod-1", "PRODUCTION", "cluster/live", "api.prd.example.com", "prod1"])
def test_names_that_look_like_production(name: str) -> None:
    assert looks_like_production("other", name)


@pytest.mark.parametrize("name", ["staging", "product-team", "reproducer", "olive", "delivery", "kind-perfkit"])
def test_names_that_only_sound_like_it(name: str) -> None:
    assert not looks_like_production(name)


def test_what_a_run_asks_of_a_cluster_is_said_in_numbers() -> None:
    cluster = ClusterSpec(kind="context", name="staging")
    scenario = msgspec.structs.replace(STARTUP, cluster=cluster)
    told = announcement("staging", Access(server="https://a"), Extent(10_000, 100_000_000), [scenario])
    assert "10,000 pods: up to 44 starts" in told  # (10 blocks + 1 warm-up) × 2 targets × 2 copies
    assert "4.1 GiB" in told
    assert "nothing is written" in told
    writing = msgspec.structs.replace(scenario, cluster=msgspec.structs.replace(cluster, populate=True, writes=True))
    told = announcement("staging", Access(server="https://a"), Extent(0, 0), [writing])
    assert "holds 0 pods and gets 1,000 of perfkit's own: up to 44 starts" in told
    assert told.endswith("what it shows; perfkit writes those and their nodes; targets may write")


def test_a_scenario_goes_to_the_cluster_that_was_named() -> None:
    there = with_cluster(STARTUP, Choices(cluster="context:staging")).cluster
    assert (there.kind, there.name, there.populate, there.writes) == ("context", "staging", False, False)
    assert with_cluster(STARTUP, Choices(cluster="kind")).cluster.populate
    assert with_cluster(STARTUP, Choices()).cluster == STARTUP.cluster


@pytest.mark.parametrize(
    "changes",
    [
        {"cluster": ClusterSpec(fault=(ApiFault(kind="429"),))},
        {"cluster": ClusterSpec(deny=("list secrets",))},
        {"steps": (Launch(), Strike(clear=True))},
        {"steps": (Launch(), Stir(churn=Churn(rate=1), duration=1), Idle(duration=1))},
    ],
)
def test_what_a_real_cluster_cannot_do_is_told_before_it_begins(changes: dict[str, object]) -> None:
    scenario = msgspec.structs.replace(STARTUP, **changes)
    with pytest.raises(UsageError, match="a real cluster has no"):
        with_cluster(scenario, Choices(cluster="context:staging"))
    assert with_cluster(scenario, Choices()) == scenario


def test_churn_needs_pods_that_perfkit_made() -> None:
    scenario = msgspec.structs.replace(STARTUP, steps=(Launch(), Stir(churn=Churn(rate=1), duration=1)))
    assert with_cluster(scenario, Choices(cluster="context:staging", populate=True)).cluster.populate


def test_options_for_real_clusters_mean_nothing_to_the_mock() -> None:
    with pytest.raises(UsageError, match="real clusters"):
        with_cluster(STARTUP, Choices(allow_writes=True))
