#!/usr/bin/env python3
# Copyright 2026 the plait authors. Boost Software License 1.0
"""What starts.hpp asks for, with multiprocessing. Only a tenth of the processes, because it is that slow."""
import multiprocessing
import sys
import time

STARTS = 500
TRIED = 50
LARGE = 512 << 20
ROWS = {"proc_start": "spawn", "proc_forkserver": "forkserver", "proc_forkserver_large": "forkserver"}


def nothing():
    pass


def start_and_join(context):
    process = context.Process(target=nothing)
    process.start()
    process.join()


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ROWS:
        sys.exit(f"usage: {sys.argv[0]} ROW, where ROW is one of: {' '.join(ROWS)}")
    row = sys.argv[1]
    ballast = b"x" * (LARGE if row.endswith("_large") else 0)
    context = multiprocessing.get_context(ROWS[row])
    start_and_join(context)
    started = time.perf_counter()
    for _ in range(TRIED):
        start_and_join(context)
    print(f"RESULT {row} ms {(time.perf_counter() - started) / TRIED * STARTS * 1e3:.6g} ms")
    del ballast


if __name__ == "__main__":
    main()
