"""Changes a pod of its own so many times, with options set as named, and prints how late its rows were, as JSON.

From the server's answer to the change until a row of the cache shows it, in milliseconds.
"""

import json
import random
import ssl
import sys
import threading
import time
from http.client import HTTPSConnection
from urllib.parse import urlsplit

from perfkit.client import Access, Client, Options, load_access
from perfkit.client.schema import labels_of

PATCH = {"Content-Type": "application/merge-patch+json"}
LABEL = "number"


def main() -> None:
    """Each change comes at a random moment: the watch must not be found always in the same phase."""
    access = load_access()
    with Client(access, Options(debounce=0).set(*sys.argv[2:])) as client:
        pods = client.cache("pods")
        pods.wait_synced()
        row = pods.rows[0]
        shown = threading.Semaphore(0)
        number = -1

        def look(_: object) -> None:
            now = pods.get(row.namespace, row.name)
            if now is not None and labels_of(now).get(LABEL) == str(number):
                shown.release()

        pods.subscribe(look)
        server, source, late = connected(access), random.Random(1), []
        for number in range(int(sys.argv[1])):
            time.sleep(source.uniform(0.0, 0.5))
            body = json.dumps({"metadata": {"labels": {LABEL: str(number)}}})
            headers = PATCH | {"Authorization": f"Bearer {access.token}"}
            server.request("PATCH", f"/api/v1/namespaces/{row.namespace}/pods/{row.name}", body, headers)
            answer = server.getresponse()
            done = time.monotonic()
            assert answer.status == 200, answer.read()
            answer.read()
            shown.acquire()
            late.append((time.monotonic() - done) * 1e3)
    late.sort()
    print(json.dumps({"p50": round(late[len(late) // 2]), "p95": round(late[int(len(late) * 0.95)])}))


def connected(access: Access) -> HTTPSConnection:
    """A connection of its own to the server."""
    at = urlsplit(access.server)
    return HTTPSConnection(at.hostname or "", at.port, context=ssl.create_default_context(cadata=access.authority))


if __name__ == "__main__":
    main()
