"""The sampler: a process of its own that looks at a target's tree 50 times a second while a trace trial runs.

Kept descriptors and ``pread`` cost microseconds a look and process; a library that walks ``/proc`` anew costs 20 times
that, and slowed what it looked at by a fifth. What is dear (proportional memory, descriptors, threads) is read once a
second and when the engine asks, which it does at the end of each step.
"""
