#!/usr/bin/env python3
# Copyright 2026 the plait authors. Boost Software License 1.0
"""What shape.hpp asks for, of multiprocessing.Queue; fewer messages, because each takes microseconds."""
import multiprocessing
import os
import sys
import time

SHAPES = {  # bytes of a message, producers, consumers, messages from each producer
    "xq64_1x1": (64, 1, 1, 100_000),
    "xq64_2x2": (64, 2, 2, 50_000),
    "xq1k_1x1": (1024, 1, 1, 100_000),
}
QUEUE_DEPTH = 1024
PRODUCER_CPU, CONSUMER_CPU = 0, 1


def pin(cpu):
    os.sched_setaffinity(0, {cpu % os.cpu_count()})


def produce(queue, begin, tallies, message_bytes, count):
    pin(PRODUCER_CPU)
    rest = bytes(message_bytes - 8)
    begin.wait()
    started = time.monotonic_ns()
    for number in range(1, count + 1):
        queue.put(number.to_bytes(8, "little") + rest)
    tallies.put((started, 0, 0))


def consume(queue, begin, tallies):
    pin(CONSUMER_CPU)
    messages = total = 0
    begin.wait()
    while message := queue.get():
        messages += 1
        total += int.from_bytes(message[:8], "little")
    tallies.put((time.monotonic_ns(), messages, total))


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SHAPES:
        sys.exit(f"usage: {sys.argv[0]} ROW, where ROW is one of: {' '.join(SHAPES)}")
    row = sys.argv[1]
    message_bytes, producers, consumers, count = SHAPES[row]
    context = multiprocessing.get_context("fork")
    queue = context.Queue(QUEUE_DEPTH)
    begin = context.Barrier(producers + consumers)
    produced, consumed = context.SimpleQueue(), context.SimpleQueue()
    sources = [context.Process(target=produce, args=(queue, begin, produced, message_bytes, count))
               for _ in range(producers)]
    sinks = [context.Process(target=consume, args=(queue, begin, consumed)) for _ in range(consumers)]
    for process in sources + sinks:
        process.start()
    for process in sources:
        process.join()
    for _ in sinks:
        queue.put(None)
    first = min(produced.get()[0] for _ in sources)
    ends = [consumed.get() for _ in sinks]
    for process in sinks:
        process.join()
    messages, total = sum(end[1] for end in ends), sum(end[2] for end in ends)
    if messages != producers * count or total != producers * count * (count + 1) // 2:
        sys.exit("the queue lost, doubled or changed a message")
    seconds = (max(end[0] for end in ends) - first) / 1e9
    print(f"RESULT {row} msgs_per_s {messages / seconds:.6g} msgs/s")


main()
