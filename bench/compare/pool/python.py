#!/usr/bin/env python3
# Copyright 2026 the plait authors. Boost Software License 1.0
"""What work.hpp asks for, with concurrent.futures.ThreadPoolExecutor. A tenth of the tasks, because it is that slow."""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

THREADS = 2
EMPTY_TASKS = 100_000
SINGLE_TASKS = 2_000


def nothing():
    pass


def measure_empty_tasks(pool):
    started = time.perf_counter()
    futures = [pool.submit(nothing) for _ in range(EMPTY_TASKS)]
    for future in futures:
        future.result()
    return "tasks_per_s", EMPTY_TASKS / (time.perf_counter() - started), "tasks/s"


def measure_single_tasks(pool):
    started = time.perf_counter()
    for _ in range(SINGLE_TASKS):
        pool.submit(nothing).result()
    return "ns", (time.perf_counter() - started) / SINGLE_TASKS * 1e9, "ns"


def main():
    rows = {"pool_empty": measure_empty_tasks, "pool_one": measure_single_tasks}
    if len(sys.argv) != 2 or sys.argv[1] not in rows:
        sys.exit(f"usage: {sys.argv[0]} ROW, where ROW is one of: {' '.join(rows)}")
    with ThreadPoolExecutor(THREADS) as pool:
        metric, value, unit = rows[sys.argv[1]](pool)
    print(f"RESULT {sys.argv[1]} {metric} {value:.6g} {unit}")


if __name__ == "__main__":
    main()
