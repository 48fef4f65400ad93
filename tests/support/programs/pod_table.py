"""A terminal client whose staleness is known: it shows each change of a pod ``delay`` seconds after it has read it.

pod_table.py DELAY TRUTH; appends a line to TRUTH for each row that it paints anew: how long after it was read, in ns.
"""

# ruff: noqa: PTH123 - a program: it loads no more than it needs

import http.client
import json
import os
import ssl
import sys
import time
from urllib.parse import urlsplit

TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}


def main(delay: float, truth: str) -> None:
    with open(os.environ["KUBECONFIG"]) as file:
        config = json.load(file)
    server = urlsplit(config["clusters"][0]["cluster"]["server"])
    connection = http.client.HTTPSConnection(
        server.hostname or "", server.port, context=ssl._create_unverified_context()
    )
    headers = {**TABLE, "Authorization": f"Bearer {config['users'][0]['user']['token']}"}
    connection.request("GET", "/api/v1/pods?limit=20", headers=headers)
    table = json.load(connection.getresponse())
    rows: dict[str, int] = {}
    for row in table["rows"]:
        rows[row["cells"][0]] = len(rows) + 2
        paint(rows, row["cells"])
    os.write(1, f"\x1b[1;1H{len(rows)} pods".encode())
    version = table["metadata"]["resourceVersion"]
    connection.request("GET", f"/api/v1/pods?watch=1&resourceVersion={version}", headers=headers)
    shown: dict[str, list[object]] = {}
    with open(truth, "w") as file:
        for line in connection.getresponse():
            read = time.monotonic_ns()
            event = json.loads(line)
            cells = event["object"]["rows"][0]["cells"]
            if event["type"] == "MODIFIED" and cells[0] in rows and shown.get(cells[0]) != cells[1:4]:
                shown[cells[0]] = cells[1:4]
                time.sleep(delay)
                paint(rows, cells)
                file.write(f"{time.monotonic_ns() - read}\n")
                file.flush()


def paint(rows: dict[str, int], cells: list[object]) -> None:
    """The row of one pod, over what was there."""
    name, ready, status, restarts = map(str, cells[:4])
    os.write(1, f"\x1b[{rows[name]};1H\x1b[K{name} {ready} {status} {restarts}".encode())


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
