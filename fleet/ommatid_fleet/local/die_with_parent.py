"""Run a program that the kernel kills when the process that started it dies.

Usage: ``python -I -S die_with_parent.py PARENT_PID PROGRAM ARGUMENT...``. The program replaces this process, so pid,
group and open files stay. It is a script of its own because ``preexec_fn`` is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent_pid: int, argv: list[str]) -> None:
    """Ask for SIGKILL at the parent's death, make sure it has not happened yet, become ``argv``."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the parent ended before its child started")
    os.execv(argv[0], argv)  # noqa: S606  an argument list, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
