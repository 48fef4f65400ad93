"""An operator of known habits, for Widgets of one namespace.

``DELAY WRITES``: so many seconds after it was told of a Widget, it patches the Widget's status so many times over, a
moment apart; of those whose name ends with 9 it takes no notice. What has the size in its status is done already.
With ``put`` as a third word it writes by PUT, of the version that it was told of, and reads that anew after a 409.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"


class Cluster:
    """One connection to the cluster of KUBECONFIG."""

    def __init__(self) -> None:
        config = json.loads(Path(os.environ["KUBECONFIG"]).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        place = urlsplit(cluster["server"])
        context = ssl.create_default_context(cadata=authority)
        self.connection = http.client.HTTPSConnection(place.hostname or "", place.port, context=context)
        self.headers = {"Authorization": f"Bearer {user['token']}"}

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> http.client.HTTPResponse:
        content = None if body is None else json.dumps(body)
        self.connection.request(method, path, content, {**self.headers, "Content-Type": kind})
        return self.connection.getresponse()

    def data(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> tuple[int, Any]:
        response = self.ask(method, path, body, kind)
        return response.status, json.loads(response.read())


def deal_with(widget: dict[str, Any], delay: float, writes: int, *, put: bool) -> None:
    name, size = widget["metadata"]["name"], widget["spec"]["size"]
    time.sleep(delay)
    cluster = Cluster()
    for number in range(writes):
        status = {"size": size, "write": number}
        if not put:
            cluster.data("PATCH", f"{WIDGETS}/{name}/status", {"status": status}, "application/merge-patch+json")
            continue
        while cluster.data("PUT", f"{WIDGETS}/{name}/status", {**widget, "status": status})[0] == 409:
            widget = cluster.data("GET", f"{WIDGETS}/{name}")[1]
        widget = cluster.data("GET", f"{WIDGETS}/{name}")[1]


def main(delay: float, writes: int, *, put: bool) -> None:
    listed = Cluster().data("GET", WIDGETS)[1]
    dealt: dict[str, int] = {}
    since = listed["metadata"]["resourceVersion"]
    events = Cluster().ask("GET", f"{WIDGETS}?watch=1&resourceVersion={since}")
    todo = [*listed["items"]]
    while True:
        for widget in todo:
            name, size = widget["metadata"]["name"], widget["spec"]["size"]
            done = dealt.get(name, widget.get("status", {}).get("size"))
            if done != size and not name.endswith("9"):
                dealt[name] = size
                threading.Thread(target=deal_with, args=(widget, delay, writes), kwargs={"put": put}).start()
        todo = [json.loads(events.readline())["object"]]


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), put="put" in sys.argv[3:])
