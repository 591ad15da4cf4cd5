# Copyright 2026 the plait authors. Boost Software License 1.0
"""plait-intake among programs, settings and operators that go wrong."""

import json
import os
import signal
import subprocess
import tempfile
import unittest

from intake_server import PATIENCE, PROGRAM, Client, Server


def python(code):
    """A handler: lines of Python, where `line` is a request, and answer() answers it."""
    return ("program:python3 -uc 'import json,os,signal,sys\n"
            "def answer(**a): print(json.dumps(a))\n"
            "for line in sys.stdin:\n"
            "    " + code.replace("\n", "\n    ") + "'")


def children(pid):
    """The process ids of a process's children, whichever of its threads has started them."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as f:
            found += f.read().split()
    return found


class Programs(unittest.TestCase):
    def test_one_that_closes_its_output_and_lives_on_is_ended_and_replaced(self):
        code = "if \"/close\" in line: os.close(1); signal.pause()\nanswer(body=\"ok\")"
        with Server("--workers", "1", "--work-time", "24h", "--handler", python(code)) as s:
            answer = s.ask(target="/close")
            self.assertEqual(answer.status, 502)
            self.assertIn(b"closed its standard input or output", answer.body)
            self.assertEqual(s.ask().body, b"ok")

    def test_a_header_of_any_bytes_harms_none(self):
        with Server("--workers", "1", "--handler", python("answer(body=dict(json.loads(line)[\"headers\"])[\"X\"])"),
                    env={**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:strict"}) as s, s.client() as c:
            c.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: caf\xe9\r\n\r\n")
            answer = c.answer()
            self.assertEqual((answer.status, answer.body.decode()), (200, "caf\u00e9"))

    def test_what_one_says_passes_for_no_other_line_of_the_log(self):
        code = "os.write(2, b\"\\x1b[2J\\rplait-intake: forged\\xff\\n\"); answer(body=\"ok\", **{\"a\\nplait-intake: forged\": 1})"
        with Server("--workers", "1", "--handler", python(code)) as s:
            self.assertEqual(s.ask().status, 502)
            s.wait_for_log("is ended: ")
            self.assertEqual(s.drain(), 0)
            self.assertFalse([line for line in s.log if line.startswith("plait-intake: forged")], s.log)
            self.assertIn("\\x1b[2J\\x0dplait-intake: forged\u00ff\n", s.wait_for_log("the program says"))

    def test_a_log_of_json_stays_json_whatever_one_says(self):
        with Server("--workers", "1", "--log", "json", "--handler",
                    python("os.write(2, b\"\\xff\\x00\\x1b\\n\"); answer(body=\"ok\")")) as s:
            self.assertEqual(s.ask().body, b"ok")
            self.assertEqual(s.drain(), 0)
            said = [json.loads(line)["message"] for line in s.log]
            self.assertIn("the program says: \u00ff\0\x1b", said)


class Signals(unittest.TestCase):
    """Workers that never come as far as to work: each opens its audit file first, and nobody reads from that pipe."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "intake.toml")
        self.pipe = os.path.join(folder.name, "pipe")
        os.mkfifo(self.pipe)

    def write(self, *lines):
        with open(self.file, "w") as f:
            f.write("\n".join(lines) + "\n")

    def test_a_start_that_does_not_end_can_be_stopped(self):
        process = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0", "--admin", "off", "--audit", self.pipe],
                                   stderr=subprocess.PIPE, text=True)
        try:
            while len(children(process.pid)) < 2:
                pass
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 128 + signal.SIGTERM)
            self.assertIn("stopping before the start is over", process.stderr.read())
        finally:
            process.kill()
            process.wait()
            process.stderr.close()

    def test_a_reload_that_does_not_end_lets_other_signals_and_requests_through(self):
        self.write("workers = 1")
        with Server("--config", self.file, "--admin", "127.0.0.1:0") as s:
            self.write("workers = 1", f'audit = "{self.pipe}"')
            s.signal(signal.SIGHUP)
            s.wait_for_log("reading the settings again")
            s.signal(signal.SIGTTIN)
            s.wait_for_log("at most 2 workers")
            self.assertEqual(s.ask("POST", body=b"x").body, b"x")
            self.assertEqual(s.drain(), 0)

    def test_the_time_for_draining_counts_for_requests_of_former_settings(self):
        self.write('handler = "sleep:3600000"', "workers = 1", 'drain-time = "100ms"')
        with Server("--config", self.file, "--admin", "127.0.0.1:0") as s, s.client() as c:
            c.request()
            while s.metric("requests_in_flight") != 1:
                pass
            self.write('handler = "echo"', "workers = 1", 'drain-time = "100ms"')
            s.signal(signal.SIGHUP)
            s.wait_for_log("the new settings hold")
            self.assertEqual(s.metric("requests_in_flight"), 1)
            s.signal(signal.SIGTERM)
            self.assertEqual(c.answer().status, 502)
            self.assertEqual(s.wait(), 0)

    def test_a_request_that_comes_slowly_does_not_hold_up_the_end(self):
        with Server("--drain-time", "100ms", "--header-time", "24h") as s, s.client() as c:
            c.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(c.stream.readline(), b"HTTP/1.1 100 Continue\r\n")
            s.signal(signal.SIGTERM)
            self.assertEqual(s.wait(), 0)


class Operators(unittest.TestCase):
    def test_one_who_comes_during_the_drain_may_take_the_time_to_ask(self):
        with Server("--handler", "sleep:1000") as s, s.client() as c:
            c.request()
            while s.metric("requests_in_flight") != 1:
                pass
            s.signal(signal.SIGTERM)
            s.wait_for_log("no new connections")
            with Client(s.admin_address) as slow:
                self.assertEqual(s.operate("/healthz").status, 200)
                slow.request("GET", "/readyz", Host="localhost")
                answer = slow.answer()
                self.assertEqual((answer.status, answer.headers["Connection"]), (503, "close"))
            self.assertEqual(c.answer().status, 200)
            self.assertEqual(s.wait(), 0)

    def test_a_replay_for_which_there_is_no_room_any_more_takes_none(self):
        kills = python("os.kill(os.getpid(), signal.SIGSEGV)")[len("program:"):]
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as f:
            def write(*lines):
                f.seek(0)
                f.truncate()
                f.write("workers = 1\nquarantine-after = 1\n" + "\n".join(lines))
                f.flush()
            write(f"handler = '''program:{kills}'''")
            with Server("--config", f.name, "--admin", "127.0.0.1:0") as s:
                identity = s.ask("PUT", "/", bytes(1000000)).headers["X-Request-Id"]
                write("max-body = 0", "max-answer = 1024", "queue-capacity = 1")
                s.signal(signal.SIGHUP)
                s.wait_for_log("the new settings hold")
                answer = s.operate(f"/quarantine/{identity}/replay", "POST")
                self.assertEqual((answer.status, answer.body),
                                 (413, b"the request is larger than the settings allow by now\n"))
                self.assertEqual(s.metric("requests_in_flight"), 0)
                self.assertEqual(s.drain(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
