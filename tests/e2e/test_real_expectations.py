"""The golden expectations against a real API server: what the mock is held to is what is so."""

from collections.abc import Iterator

import pytest

from support import expectations, real
from support.expectations import Case, perform
from support.tidy import TidyApi

pytestmark = pytest.mark.e2e

CASES = [(file, case) for file, case in expectations.cases() if not case.needs]


@pytest.fixture
def api(bare_cluster: real.RealCluster) -> Iterator[TidyApi]:
    api = TidyApi(bare_cluster)
    yield api
    api.tidy()
    api.close()


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case.name}" for file, case in CASES])
def test_a_real_server_meets_the_expectation(file: str, case: Case, api: TidyApi) -> None:
    perform(api, file, case)


def test_few_expectations_are_of_more_than_an_api_server() -> None:
    assert len(CASES) > 0.8 * len(expectations.cases())
