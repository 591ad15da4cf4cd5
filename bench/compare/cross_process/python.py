#!/usr/bin/env python3
# Copyright 2026 the plait authors. Boost Software License 1.0
"""What shape.hpp and round_trip.hpp ask for, of multiprocessing.Queue; fewer messages, because each takes microseconds."""
import multiprocessing
import os
import sys
import time

SHAPES = {  # bytes of a message, producers, consumers, messages from each producer
    "xq64_1x1": (64, 1, 1, 100_000),
    "xq64_2x2": (64, 2, 2, 50_000),
    "xq1k_1x1": (1024, 1, 1, 100_000),
}
ROUND_TRIPS = {  # the client's CPU, the server's, seconds of sleep before each
    "xrtt_busy": (0, 1, 0),
    "xrtt_sleep": (0, 1, 0.0005),
    "xrtt_one_core": (1, 1, 0),
}
WARM_UP_NS, MEASURED_NS = 100_000_000, 500_000_000
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


def answer(there, back, cpu):
    pin(cpu)
    while message := there.get():
        back.put(message)


def measure_round_trips(row):
    client_cpu, server_cpu, pause = ROUND_TRIPS[row]
    context = multiprocessing.get_context("fork")
    there, back = context.Queue(QUEUE_DEPTH), context.Queue(QUEUE_DEPTH)
    server = context.Process(target=answer, args=(there, back, server_cpu))
    server.start()
    pin(client_cpu)
    spent, number = [], 0
    start = begin = time.monotonic_ns()
    while begin < start + WARM_UP_NS + MEASURED_NS:
        number += 1
        message = number.to_bytes(8, "little") + bytes(56)
        there.put(message)
        if back.get() != message:
            sys.exit("the answer is not that to the question")
        if begin >= start + WARM_UP_NS:
            spent.append(time.monotonic_ns() - begin)
        if pause:
            time.sleep(pause)
        begin = time.monotonic_ns()
    there.put(None)
    server.join()
    spent.sort()
    print(f"RESULT {row} ns {spent[len(spent) // 2]} ns")
    print(f"RESULT {row} p99_ns {spent[len(spent) * 99 // 100]} ns")


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SHAPES | ROUND_TRIPS:
        sys.exit(f"usage: {sys.argv[0]} ROW, where ROW is one of: {' '.join(SHAPES | ROUND_TRIPS)}")
    row = sys.argv[1]
    if row in ROUND_TRIPS:
        return measure_round_trips(row)
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
