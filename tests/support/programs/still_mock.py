"""The mock with nobody in it, as an API server alone: no scheduler, kubelets, controllers. Started as the mock is."""

import runpy

from perfkit.mock.life.life import Life

Life._changed = lambda *_: None  # type: ignore[method-assign]
runpy.run_module("perfkit.mock", run_name="__main__", alter_sys=True)
