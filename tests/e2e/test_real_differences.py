"""The same requests to the mock and to a real API server: what differs, and why, is in ``golden/differences.yaml``.

The mock has no scheduler, kubelets and controllers here, since an API server alone has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from support import differential, expectations, lives, real
from support.differential import Difference
from support.expectations import Case
from support.mock import running_still
from support.tidy import TidyApi

pytestmark = pytest.mark.e2e
SHOWN = 40


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why answers differ: ``where`` is a pattern for some of "CASE | REQUEST | PATH: mock …, real …"."""

    where: str
    why: str


KNOWN = msgspec.convert(expectations.data("differences")["known"], list[Explanation])


def explains(known: Explanation, difference: Difference) -> bool:
    return re.search(known.where, str(difference)) is not None


@pytest.fixture(scope="module")
def differences(bare_cluster: real.RealCluster) -> list[Difference]:
    """All that was found; the requests are sent once."""
    with running_still() as mock, closing(TidyApi(mock)) as ours, closing(TidyApi(bare_cluster)) as theirs:
        try:
            return list(found(ours, theirs))
        finally:
            theirs.tidy()


def found(mock: TidyApi, cluster: TidyApi) -> Iterator[Difference]:
    compared = expectations.load("compared")
    cases: list[tuple[Case, dict[str, str]]] = [(case, compared.values) for case in compared.cases]
    cases += [(case, {}) for case in lives.cases()]
    for api in (mock, cluster):
        assert api.post("/api/v1/namespaces", {"metadata": {"name": lives.NAMESPACE}}).status == 201
    for case, values in cases:
        since = mock.made, cluster.made
        yield from differential.compare(case, mock, cluster, values)
        mock.tidy(since[0])
        cluster.tidy(since[1])


def test_no_difference_is_without_an_explanation(differences: list[Difference]) -> None:
    unknown = [str(each) for each in differences if not any(explains(known, each) for known in KNOWN)]
    assert not unknown, "\n".join([f"{len(unknown)} differences", *unknown[:SHOWN]])


def test_no_explanation_is_out_of_date(differences: list[Difference]) -> None:
    assert not [known.where for known in KNOWN if not any(explains(known, each) for each in differences)]


def test_what_is_explained_is_told_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mock-api.md").read_text()
    assert not [known.why for known in KNOWN if known.why not in " ".join(page.split())]
