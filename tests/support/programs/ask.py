"""Asks the cluster of KUBECONFIG for exactly what it is told, one after another, by the words of its command line.

``list:RESOURCE=N``: N different LISTs of it. ``get:NAME=N``: N GETs of that namespace. ``same:RESOURCE=N``: one LIST,
N times. ``hasty:RESOURCE``: a LIST, again at once as long as it is refused. ``relist:RESOURCE=N``: a LIST and a watch
of a second, N times over. Says "ready" when that is done; for each line on its standard input it does all again and
says "done".
"""

# ruff: noqa: T201, PTH123 - a program: it prints, and loads no more than it needs

import http.client
import json
import os
import ssl
import sys
from urllib.parse import urlsplit


class Api:
    def __init__(self) -> None:
        with open(os.environ["KUBECONFIG"]) as file:
            config = json.load(file)
        server = urlsplit(config["clusters"][0]["cluster"]["server"])
        context = ssl._create_unverified_context()
        self.connection = http.client.HTTPSConnection(server.hostname or "", server.port, context=context)
        self.headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}

    def get(self, path: str) -> tuple[int, bytes]:
        self.connection.request("GET", f"/api/v1/{path}", headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def ask(api: Api, word: str) -> None:
    how, _, rest = word.partition(":")
    what, _, times = rest.partition("=")
    if how == "hasty":
        while api.get(what)[0] == 429:
            pass
        return
    for number in range(int(times)):
        if how == "list":
            api.get(f"{what}?labelSelector=number%3D{number}")
        elif how == "get":
            api.get(f"namespaces/{what}")
        else:
            version = json.loads(api.get(what)[1])["metadata"]["resourceVersion"]
            if how == "relist":
                api.get(f"{what}?watch=1&timeoutSeconds=1&resourceVersion={version}")


def main() -> None:
    api = Api()
    said = "ready"
    while True:
        for word in sys.argv[1:]:
            ask(api, word)
        print(said, flush=True)
        said = "done"
        if not sys.stdin.readline():
            return


main()
