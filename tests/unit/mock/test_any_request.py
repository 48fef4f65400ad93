"""Whatever is asked, the application answers, and never with a fault of its own."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from perfkit.mock.generator.shape import Shape
from support.asgi import Harness
from support.examples import examples

CLUSTER = Harness(Shape(pods=4, namespaces=1))
STEPS = ["api", "apis", "v1", "namespaces", "default", "pods", "nodes", "node-00000", "", ".", "..", "ü", "\0", "a\nb"]
PATHS = st.lists(st.sampled_from(STEPS), max_size=7).map(lambda steps: "/" + "/".join(steps)) | st.sampled_from(
    ["/api/v1/pods", "/api/v1/nodes", "/api", "/version", "/api/v1/namespaces/default/pods"]
)
NAMES = [
    *["watch", "limit", "continue", "resourceVersion", "resourceVersionMatch", "sendInitialEvents"],
    *["labelSelector", "fieldSelector", "allowWatchBookmarks", "timeoutSeconds", "includeObject", "pretty", ""],
]
VALUES = st.sampled_from(
    ["", "0", "1", "-1", "true", "100005", "9" * 25, "Exact", "NotOlderThan", "a=b", "a in (b", "metadata.name=x", "ü"]
) | st.text(max_size=12)
QUERIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
ACCEPTS = st.lists(
    st.sampled_from(
        [
            "application/json",
            "application/json;as=Table;v=v1;g=meta.k8s.io",
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
            "application/vnd.kubernetes.protobuf",
            "*/*;q=0",
            ";;=,",
        ]
    ),
    max_size=3,
).map(",".join)


@given(path=PATHS, query=QUERIES, accept=ACCEPTS)
@settings(max_examples=examples(60))
def test_any_request_is_answered_without_a_fault(path: str, query: dict[str, str], accept: str) -> None:
    response = CLUSTER.get(f"{path}?{urlencode(query)}", accept)
    assert response.status in {200, 400, 404, 406, 410, 422, 504}
    if response.status >= 400 and response.headers["content-type"] == "application/json":
        status = response.json()
        assert (status["kind"], status["code"]) == ("Status", response.status)
