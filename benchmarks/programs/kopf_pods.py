"""An operator that watches pods and writes nothing: what a version of kopf costs before any handler works.

Start it with ``kopf run --standalone --all-namespaces``: no peering, so that no custom resource is asked for.
"""

# mypy: disallow-untyped-decorators=False
# kopf is installed only beside the versions that are compared.

import kopf


@kopf.on.startup()
def quiet(settings: kopf.OperatorSettings, **_: object) -> None:
    """Events about handled objects would be posted to the cluster: none are wanted."""
    settings.posting.enabled = False


@kopf.on.event("", "v1", "pods")
def seen(**_: object) -> None:
    """Read the event and do nothing with it."""
