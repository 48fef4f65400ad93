"""Start the terminal UI: ask the cluster first, load Textual while it answers."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfkit.client.ui.cluster import Kubeconfig

MISSING = "lean-ui: the terminal UI wants textual: pip install 'perfkit[ui]'\n"


def main() -> None:
    """Show pods until the person leaves; ends the process."""
    from importlib.util import find_spec

    if find_spec("textual") is None:
        sys.stderr.write(MISSING)
        sys.exit(2)
    from perfkit.client.ui.cluster import Kubeconfig
    from perfkit.client.ui.desk import FIRST

    kubeconfig = Kubeconfig()
    kubeconfig.hurry(FIRST)
    with kubeconfig.monitor:
        code = _shown(kubeconfig)
    sys.exit(code)


def _shown(kubeconfig: Kubeconfig) -> int:
    from perfkit.client.ui.app import LeanApp

    gc.freeze()  # modules live on: no collection need look at them again
    app = LeanApp(kubeconfig)
    app.run(mouse=False)
    return app.return_code or 0
