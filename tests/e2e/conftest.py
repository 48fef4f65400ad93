"""What end-to-end tests share."""

from collections.abc import Iterator

import pytest

from support import real


@pytest.fixture(scope="session")
def bare_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.RealCluster]:
    """A real API server without controllers; whoever uses it leaves nothing on it."""
    with real.running_alone(tmp_path_factory.mktemp("bare-cluster")) as found:
        yield found
