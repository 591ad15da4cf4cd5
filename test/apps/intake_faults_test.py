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


class Operators(unittest.TestCase):
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
