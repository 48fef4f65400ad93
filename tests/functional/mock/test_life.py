"""Life in a running server: churn and scaling asked for over the lifeline, and in a run."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from perfkit.mock.changes import Line
from perfkit.model.churn import Churn
from perfkit.model.control import Churned, MockError, Scale, Scaled, SetChurn
from support.commandline import perfkit
from support.mock import TOKEN, Mock, running

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("tiny") as found:
        yield found


def test_a_watch_gets_every_change_that_the_log_names_in_its_order(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "0001-a.requests.jsonl")
    connection = http.client.HTTPSConnection("127.0.0.1", mock.port, context=mock.tls(), timeout=20)
    path = f"/api/v1/pods?watch=1&resourceVersion={mock.ready.resource_version}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    response = connection.getresponse()
    mock.send(SetChurn(churn=Churn(rate=200, mix={"status": 1, "replace": 1})))
    assert mock.receive() == Churned()
    seen = [json.loads(response.readline()) for _ in range(60)]
    mock.send(SetChurn())
    done = mock.receive()
    assert isinstance(done, Churned)
    assert done.events >= 60
    connection.close()
    mock.collect()
    log = tmp_path / "0001-a.changes.jsonl"
    lines = [msgspec.json.decode(line, type=Line) for line in log.read_bytes().splitlines()]
    assert [(line.type, line.name, str(line.version)) for line in lines[:60]] == [
        (frame["type"], frame["object"]["metadata"]["name"], frame["object"]["metadata"]["resourceVersion"])
        for frame in seen
    ]
    assert {line.by for line in lines} == {"churn"}
    assert len(lines) == done.events


def test_the_cluster_is_scaled_and_says_when_it_is_so(mock: Mock, tmp_path: Path) -> None:
    mock.reset(tmp_path / "a.requests.jsonl")
    mock.send(Scale(pods=5))
    assert mock.receive() == Scaled(pods=25)
    mock.send(Scale(deployment="default/none", replicas=1))
    answer = mock.receive()
    assert isinstance(answer, MockError)
    assert "default/none" in answer.message
    mock.reset(tmp_path / "b.requests.jsonl")
    mock.send(Scale(pods=-20))
    assert mock.receive() == Scaled(pods=0)


def test_a_run_churns_and_scales(tmp_path: Path) -> None:
    (tmp_path / "perfkit.toml").write_text("schema = 1\n")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/busy.toml").write_text(
        'schema = 1\ntitle = "Busy"\ncluster.shape = "tiny"\nrepeat = { pairs = [2], max_time = "60 s" }\n'
        '[[step]]\ndo = "launch"\ntimeout = "20 s"\n'
        '[[step]]\ndo = "churn"\nname = "churn"\nrate = "40 /s"\nduration = "0.5 s"\nmix = { status = 1 }\n'
        '[[step]]\ndo = "scale"\npods = 2\ntimeout = "20 s"\n'
    )
    perfkit(tmp_path, "run", "busy", "-t", "lean", "--label", "one", "-r", "1")
    result = json.loads((tmp_path / "results/local/one/busy.perfkit.json").read_text())
    (trial,) = [trial for trial in result["trials"] if trial["block"] >= 0]
    assert trial["outcome"] == "ok", trial["reason"]
    assert trial["values"]["churn.events"] >= 19
    assert trial["values"]["churn.rate"] > 0
    assert any(name.endswith(".changes.jsonl") for name in trial["artifacts"])
    assert {"churn.events", "churn.rate"} <= {metric["name"] for metric in result["metrics"]}
