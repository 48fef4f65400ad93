"""The keys, for ``?``."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
Go
  :pods :po :deploy :nodes …   any resource: name, short name, kind (tab)
  :pods kube-system            in a namespace (all: in all of them)
  :pods app=web  :pods /web    those with labels; those that match
  :ns  :ctx [NAME]             namespaces; contexts, and going to one
  0 … 9                        all namespaces, and those at the top
  enter                        pods of a workload, node, namespace; describe
  esc                          undo the filter; back
  q  :q  ctrl-c                back, and out of the first page; out at once

Look
  d  y                         describe; YAML
  l                            logs (p: before the restart, c: next container)
  p  :perf                     performance of this program
  /                            filter by a regular expression (!: the others)
  ctrl-r                       begin again, reading the kubeconfig anew

Tables
  j k ↓ ↑ ctrl-f ctrl-b g G    move
  ← →                          columns further right
  shift-n shift-a shift-p      sort by name, age, namespace
  shift-s shift-r shift-t …    status, ready, restarts (again: other way)

Text
  / n N                        search; next match, the one before
  s                            follow the end, or not
"""
