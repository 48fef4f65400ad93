"""All pods in the official Python client's SharedInformer; prints ``synced N``. Reads KUBECONFIG."""

import threading
from typing import Any, cast

from kubernetes import client, config
from kubernetes.informer import SharedInformer

load: Any = config.load_kube_config
load()
informer: Any = cast("Any", SharedInformer)(client.CoreV1Api().list_pod_for_all_namespaces)
informer.start()
while not informer.cache.list():  # it has no word for "synced"
    threading.Event().wait(0.01)
print("synced", len(informer.cache.list()), flush=True)
threading.Event().wait()
