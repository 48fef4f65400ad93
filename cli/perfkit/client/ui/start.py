"""Start the terminal UI: ask the cluster first, load Textual while it answers."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from perfkit.errors import UsageError

if TYPE_CHECKING:
    from perfkit.client.ui.arguments import Beginning
    from perfkit.client.ui.cluster import Kubeconfig


def main() -> None:
    """Show a cluster until the person leaves; ends the process."""
    from perfkit.client.ui.arguments import USAGE, parse

    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write(f"usage: {USAGE}\nShows the cluster that the kubeconfig names. ? shows the keys, q quits.\n")
        return
    try:
        beginning = parse(sys.argv[1:])
        _find_textual()
    except UsageError as error:
        sys.stderr.write(f"lean-ui: {error.message}: {error.advice}\n")
        sys.exit(2)
    from perfkit.client.ui.cluster import Kubeconfig

    kubeconfig = Kubeconfig(beginning)
    kubeconfig.hurry()
    with kubeconfig.monitor:
        code = _shown(kubeconfig, beginning)
    sys.exit(code)


def _find_textual() -> None:
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise UsageError("the terminal UI wants textual", "pip install 'perfkit[ui]'")


def _shown(kubeconfig: Kubeconfig, beginning: Beginning) -> int:
    from perfkit.client.ui.app import LeanApp

    gc.freeze()  # modules live on: no collection need look at them again
    app = LeanApp(kubeconfig, beginning)
    app.run(mouse=False)
    return app.return_code or 0
