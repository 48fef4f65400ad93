"""Start one target at a time, watch it, end all of it and tell what its whole tree used.

A program of its own: ``python -I -S``, then ``main.main`` with the run's id and a descriptor. It imports nothing but
the standard library, and of that little; its modules import each other by relative names, since the program knows no
perfkit. It is small on purpose: Linux counts the memory of the process that a child is forked from as the child's own
peak (``ru_maxrss``), so a target is never forked off the engine. It is a subreaper: orphaned and daemonised descendants
become its children, and are waited for.

Frames on DESCRIPTOR, a stream socket: 4 bytes of length, big-endian, then a JSON object with a ``type``. All times are
CLOCK_MONOTONIC nanoseconds.

=========  ==============================================  ==========================================================
from       type and fields                                 meaning
=========  ==============================================  ==========================================================
launcher   hello: cgroup, memory, subreaper                first frame; what of cgroup v2 can be used here (booleans)
engine     start: file, argv, env, folder, output,         exec ``file`` in ``folder``; what it prints goes to the
           pattern, memory_max, terminal, stdin            file ``output``; memory_max in bytes or null; terminal:
                                                           [columns, rows] or null, in one, and ``output`` is a
                                                           recording of it; stdin: whether it gets input from us
launcher   started: ns, pid                                ns was read in the child, right before it called execve
launcher   failed: errno                                   it could not be exec'ed
launcher   matched: ns                                     a line of output that matches ``pattern`` was read
launcher   exited: ns, status, oom_kills                   the root process ended (negative status: by that signal);
                                                           so many of the tree were killed at memory_max by then
engine     pattern: pattern                                look for this one in what is printed from now on
engine     input: text                                     type this into its terminal or standard input
engine     resize: columns, rows                           give its terminal another size
engine     signal: number                                  send the root process a signal
launcher   sent: ns, left                                  the answer to the three; ``left``: bytes it did not take
engine     tail                                            asks for the end of what was printed so far
launcher   tail: text                                      the answer
engine     stop: grace                                     SIGTERM to the tree, SIGKILL after ``grace`` seconds
launcher   stopped: cpu_seconds, system_seconds,           all of the tree is reaped; ``killed`` needed SIGKILL,
           memory_peak, processes, page_faults,            ``left`` could not be killed; ``processes`` counts the
           context_switches, killed, left, output_bytes,   root and those that outlived their parent; ``at_floor``:
           omitted_bytes, output_error, oom_kills,         memory_peak is the launcher's own, the target's is less;
           at_floor, tail                                  system_seconds, faults and switches are wait4's
launcher   broken: message                                 last frame before it dies of a fault of its own
=========  ==============================================  ==========================================================

End of file on DESCRIPTOR means that the engine is gone: every descendant is killed, cgroups are removed, it exits.
"""
