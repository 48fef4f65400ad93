"""The keys, for ``?``."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
Go
  :pods :po :deploy :nodes …   any resource: name, short name, kind (tab)
  :pods kube-system            in a namespace (all: in all of them)
  :pods app=web  :pods /web    those with labels; those that match
  :pods @kind                  in another context
  :ns  :ctx [NAME]  ctrl-a     namespaces; contexts; all resources
  0 … 9  w                     all namespaces, those at the top; the row's
  enter                        inside: pods of a workload, node, namespace,
                               containers of a pod, logs; else describe
  o  J  z                      node of a pod; owner; replica sets
  [  ]  -                      commands before and after; the last one
  esc                          undo the filter; back
  q  :q  ctrl-c                back, and out of the first page; out at once

Look
  d  y  x                      describe; YAML; a secret decoded
  l  p                         logs; logs before the restart
  ctrl-p  :perf                performance of this program
  /web  /!web  /-f wb          filter: regular expression, the others, fuzzy
  /-l app=web                  by labels
  c  n                         copy name; copy namespace
  ctrl-r                       begin again, reading the kubeconfig anew

Tables
  j k ↓ ↑ ctrl-f ctrl-b g G    move
  ← →                          columns further right
  ctrl-w  ctrl-z               wide columns; only rows with faults
  shift-n shift-a shift-p      sort by name, age, namespace
  shift-s shift-r shift-t …    status, ready, restarts (again: other way)

Text
  / n N                        search; next match, the one before
  w                            wrap long lines, or not

Logs
  c  a                         next container; all containers
  p  t                         before the restart; times
  s  C  m                      follow the end, or not; clear; draw a line
  0 1 2 3 4 5 6                the end, the beginning, 1, 5, 15, 30, 60 min
  /                            only lines that match (! before: the others)
"""
