#!/usr/bin/env python3
# Copyright 2026 the plait authors. Boost Software License 1.0
"""What plait.cpp measures, with concurrent.futures.ProcessPoolExecutor. A tenth of the round trips, because it is that slow."""
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

WORKERS = 2
TASKS = 100_000
ROUND_TRIPS = 2_000


def twice(n):
    return 2 * n


def nothing():
    pass


def place(cpu):
    os.sched_setaffinity(0, {cpu})


def tasks_per_second(pool, chunk):
    started = time.perf_counter()
    for _ in pool.map(twice, range(TASKS), chunksize=chunk):
        pass
    return "tasks_per_s", TASKS / (time.perf_counter() - started), "tasks/s"


def round_trip(pool):
    started = time.perf_counter()
    for _ in range(ROUND_TRIPS):
        pool.submit(nothing).result()
    return "ns", (time.perf_counter() - started) / ROUND_TRIPS * 1e9, "ns"


ROWS = {
    "ppool_chunk1": lambda pool: tasks_per_second(pool, 1),
    "ppool_chunk100": lambda pool: tasks_per_second(pool, 100),
    "ppool_rtt": round_trip,
}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ROWS:
        sys.exit(f"usage: {sys.argv[0]} ROW, where ROW is one of: {' '.join(ROWS)}")
    placed = {"initializer": place, "initargs": (1,)} if sys.argv[1] == "ppool_rtt" else {}
    with ProcessPoolExecutor(WORKERS, **placed) as pool:
        if placed:
            place(0)
        for _ in range(100):
            pool.submit(nothing).result()
        metric, value, unit = ROWS[sys.argv[1]](pool)
    print(f"RESULT {sys.argv[1]} {metric} {value:.6g} {unit}")


if __name__ == "__main__":
    main()
