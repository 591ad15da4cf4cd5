# Copyright 2026 the plait authors. Boost Software License 1.0
"""Requests with ids are offered at a constant rate while processes are killed; afterwards what the client was told and what
the workers began are counted against each other."""

import collections
import contextlib
import csv
import os
import random
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from intake_server import PATIENCE, PROGRAM, Server

SHORT = bool(os.environ.get("PLAIT_TEST_SHORT"))
SECONDS = 4 if SHORT else 8
RATE = 300 if os.environ.get("PLAIT_SANITIZE") else 1000
KILL_EVERY = 0.1
WORKERS = 4
WORK = f"sleep:{WORKERS * 500 / RATE}"  # half of what the workers can do


class Load:
    """`plait-intake load` against a server, and what it recorded of each request."""

    def __init__(self, server, directory, *flags, seconds=SECONDS):
        self.path = os.path.join(directory, "outcomes.csv")
        host, port = server.address
        self.process = subprocess.Popen(
            [PROGRAM, "load", f"{host}:{port}", "--rate", str(RATE), "--seconds", str(seconds), "--connections", "64",
             "--poisson", "--outcomes", self.path, *flags], stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()  # it is connected

    def result(self):
        """Its exit code and summary; the outcomes are in rows then."""
        summary, _ = self.process.communicate(timeout=PATIENCE + SECONDS)
        with open(self.path, newline="") as f:
            self.rows = list(csv.DictReader(f))
        return self.process.returncode, summary

    def count(self, outcome):
        return sum(row["outcome"] == outcome for row in self.rows)


def kill_workers(server, times):
    """SIGKILLs one after the other, and returns when each died, in CLOCK_MONOTONIC's nanoseconds."""
    killed = {}
    while len(killed) < times:
        threading.Event().wait(KILL_EVERY)
        alive = [w for w in server.workers() if w not in killed]
        if alive:
            victim = random.choice(alive)
            killed[victim] = time.monotonic_ns()
            os.kill(victim, signal.SIGKILL)
    return killed


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


class Audit(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.audit = os.path.join(self.directory, "begun")

    def begun(self):
        """For each id the workers that began with it, in order."""
        workers = collections.defaultdict(list)
        with open(self.audit) as f:
            for line in f:
                self.assertRegex(line, r"^\d+ /\d+\n$")  # whole, though its writer may have been killed right after
                worker, target = line.split()
                workers[int(target[1:])].append(int(worker))
        return workers

    def every_id_has_one_outcome(self, load):
        self.assertEqual([int(row["id"]) for row in load.rows], list(range(len(load.rows))))
        counted = sum(load.count(o) for o in ("answered", "shed", "lost", "unanswered", "not sent"))
        self.assertEqual(counted, len(load.rows))
        self.assertGreater(len(load.rows), RATE * SECONDS / 2)

    def test_a_request_has_a_line_for_each_worker_that_began_with_it(self):
        with Server("--audit", self.audit) as s:
            workers = {int(s.ask("POST", target=f"/{i}", body=b"x").headers["X-Worker-Pid"]): i for i in range(3)}
            begun = self.begun()
            self.assertEqual({begun[i][0]: i for i in begun if begun[i][0] in workers and workers[begun[i][0]] == i},
                             workers)
            self.assertEqual([len(begun[i]) for i in range(3)], [1, 1, 1])

    def test_an_audit_that_cannot_be_written_is_one_clear_line_and_exits_with_1(self):
        done = subprocess.run([PROGRAM, "--listen", "127.0.0.1:0", "--audit", "/proc/none"], capture_output=True,
                              text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^plait-intake: .*open\(/proc/none, O_APPEND\): No such file or directory.*\n$")

    def test_killed_workers_lose_nothing_that_may_be_retried(self):
        for handler, flags in (("echo", ["--post", "--expect-echo"]), (WORK, [])):
            with self.subTest(handler=handler), Server(
                    "--handler", handler, "--retry", "always", "--workers", str(WORKERS), "--audit", self.audit) as s:
                load = Load(s, self.directory, *flags)
                killed = kill_workers(s, int(SECONDS / 2 / KILL_EVERY))
                code, summary = load.result()
                self.assertEqual(code, 0, summary)
                self.every_id_has_one_outcome(load)
                self.assertEqual(load.count("answered"), len(load.rows), summary)
                recoveries = []
                begun = self.begun()
                for row in load.rows:
                    workers = begun[int(row["id"])]
                    self.assertEqual(int(row["worker"]), workers[-1])
                    for dead in workers[:-1]:  # begun again only because its worker died
                        self.assertIn(dead, killed)
                    gave_up = len(workers) == 3 and workers[-1] in killed  # that is taken for the request's fault
                    self.assertEqual(row["status"], "502" if gave_up and row["status"] == "502" else "200", summary)
                    if len(workers) > 1:
                        recoveries.append((int(row["ended_ns"]) - killed[workers[-2]]) / 1e6)
                if recoveries:
                    print(f"{handler}: {len(killed)} workers killed, {len(recoveries)} of them at work; from SIGKILL to the "
                          f"answer of another one p50 {percentile(recoveries, 50):.1f} ms, "
                          f"p99 {percentile(recoveries, 99):.1f} ms")
                if handler != "echo":
                    self.assertTrue(recoveries, "no worker was killed at work: nothing was tested")
                self.assertEqual(s.drain(), 0)
                os.unlink(self.audit)

    def test_nothing_is_begun_twice_that_may_not_be_though_workers_and_the_front_are_killed(self):
        with Server("--handler", WORK, "--retry", "never", "--workers", str(WORKERS), "--audit", self.audit) as s:
            load = Load(s, self.directory, "--post", "--patience", "1")
            killed = kill_workers(s, int(SECONDS / 2 / KILL_EVERY))
            s.process.kill()
            code, summary = load.result()
            self.assertEqual(code, 0, summary)
            self.every_id_has_one_outcome(load)
            self.assertEqual(load.count("unanswered"), 0, "the front is dead, and a client was not told")
            self.assertGreater(load.count("lost") + load.count("not sent"), 0, summary)
            begun = self.begun()
            self.assertEqual([i for i in begun if len(begun[i]) > 1], [], "begun twice")
            failed = 0
            for row in load.rows:
                times = len(begun.get(int(row["id"]), []))
                if row["status"] == "200":
                    self.assertEqual(times, 1, row)
                elif row["outcome"] == "answered":
                    self.assertEqual(row["status"], "502", row)
                    self.assertIn(int(row["worker"]), killed)
                    failed += 1
                elif row["outcome"] in ("shed", "not sent"):
                    self.assertEqual(times, 0, row)
            self.assertGreater(failed, 0, "no worker was killed at work: nothing was tested")
            self.assertLessEqual(failed, len(killed))
            print(f"never retried: {len(killed)} workers and the front killed; of {len(load.rows)} requests "
                  f"{load.count('answered')} were answered ({failed} of these: 502), {load.count('lost')} lost with the "
                  f"front, {load.count('not sent')} not sent")

    def test_workers_are_started_while_requests_wait_up_to_their_number(self):
        with Server("--handler", "sleep:20", "--min-workers", "1", "--workers", "3") as s, contextlib.ExitStack() as open_:
            self.assertEqual(len(s.workers()), 1)
            clients = [open_.enter_context(s.client()) for _ in range(40)]
            seen = set()
            for _ in range(20):
                for c in clients:
                    c.request()
                seen |= {int(c.answer().headers["X-Worker-Pid"]) for c in clients}
                if len(seen) == 3:
                    break
            self.assertEqual(seen, set(s.workers()))
            self.assertEqual(len(seen), 3)

    def test_level_measures_climbs_kills_and_leaves_nothing_behind(self):
        done = subprocess.run(
            [PROGRAM, "level", "--seconds", "0.5", "--most", "200", "--workers", "2", "--connections", "64"],
            capture_output=True, text=True, timeout=2 * PATIENCE, env={**os.environ, "TMPDIR": self.directory})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"One worker, sleep:0.5, 4 clients that ask in turn: \d+ requests/s\n")
        self.assertRegex(done.stdout, r"\n +200 +200 +0( +[\d.]+){3} +[12] +(\d+ ms|never) +[\d.]+\n")
        self.assertRegex(done.stdout, r"\n\d+ killed, \d+ of them at work; 2\d\d of 2\d\d requests answered 200;")
        self.assertRegex(done.stdout, r"from SIGKILL to the answer of another worker: p50 [\d.]+, p99 [\d.]+, max ")
        self.assertEqual(os.listdir(self.directory), [])

    def test_load_refuses_a_malformed_command_line_and_a_server_that_is_not_there(self):
        for flags, code, says in (
                (["load"], 2, "SERVER"), (["load", "nowhere"], 2, "HOST:PORT"), (["load", ":1"], 2, "HOST:PORT"),
                (["load", "127.0.0.1:x"], 2, "HOST:PORT"), (["load", "127.0.0.1:1", "--rate", "0"], 2, "--rate"),
                (["load", "127.0.0.1:1"], 1, "127.0.0.1:1"), (["level", "--workers", "0"], 2, "--workers")):
            with self.subTest(flags=flags):
                done = subprocess.run([PROGRAM, *flags], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(says, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
