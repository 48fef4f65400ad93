"""kmock with the pods of a JSON file, in a Python that has it: ``kmock_server.py FILE``. Prints its port."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import kmock  # type: ignore[import-not-found]


async def main(pods: list[dict[str, Any]]) -> None:
    """Serve until killed."""
    async with kmock.KubernetesEmulator() as emulator, kmock.Server(emulator) as server:
        resource = kmock.resource("", "v1", "pods")
        for pod in pods:
            emulator.objects[resource, pod["metadata"]["namespace"], pod["metadata"]["name"]] = pod
        print(server.port, flush=True)
        await asyncio.Event().wait()


asyncio.run(main(json.loads(Path(sys.argv[1]).read_bytes())))
