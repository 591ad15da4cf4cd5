# Copyright 2026 the plait authors. Boost Software License 1.0
"""Handlers of one's own behind plait-intake: programs that speak JSON, shared objects, and a program that links plait::intake."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from intake_server import PATIENCE, PROGRAM, Server

HERE = os.path.dirname(os.path.abspath(__file__))
HANDLER = f"program:python3 -u {HERE}/intake_program.py"


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] in "ZX"  # it has ended; its parent has not asked how
    except (FileNotFoundError, ProcessLookupError):  # before, and while, it is read
        return True


def wait_until_gone(pid):
    end = time.monotonic() + PATIENCE
    while not is_gone(pid):
        if time.monotonic() > end:
            raise AssertionError(f"process {pid} goes on")


def refused(*flags, program=PROGRAM):
    """What a plait-intake that cannot start says, and exits with."""
    out = subprocess.run([program, "--listen", "127.0.0.1:0", "--admin", "off", *flags], capture_output=True, text=True, timeout=PATIENCE)
    return out.returncode, out.stderr


class Case(unittest.TestCase):
    handler = HANDLER

    def serve(self, *flags, **more):
        server = Server("--workers", "1", "--handler", self.handler, *flags, **more)
        self.addCleanup(server.__exit__)
        return server


class Programs(Case):
    def test_a_request_is_a_line_of_json(self):
        s = self.serve()
        got = s.ask("POST", "/echo?a=%20b", "hellö\n".encode(), X_A="1")
        self.assertEqual((got.status, got.headers["Content-Type"]), (200, "application/json"))
        seen = json.loads(got.body)
        self.assertEqual(seen, {
            "id": got.headers["X-Request-Id"], "method": "POST", "target": "/echo?a=%20b",
            "headers": [["Host", "test"], ["X-A", "1"], ["Content-Length", "7"]], "body": "hellö\n"})

    def test_its_status_headers_and_body_are_the_answer(self):
        got = self.serve().ask(target="/headers")
        self.assertEqual((got.status, got.body), (418, b"tea"))
        for name, value in (("Content-Type", "text/x-tea"), ("Set-Cookie", "a=1"), ("X-A", "1")):
            self.assertEqual(got.headers[name], value)

    def test_a_binary_body_comes_and_goes_as_base64(self):
        body = bytes(range(256))
        self.assertEqual(self.serve().ask("POST", "/binary", body).body, body)

    def test_one_program_answers_one_request_after_the_other(self):
        s = self.serve()
        self.assertEqual(len({s.ask(target="/pid").body for _ in range(5)}), 1)

    def test_what_it_writes_on_standard_error_is_in_the_log(self):
        s = self.serve()
        s.ask(target="/complain")
        s.wait_for_log("the program says: a line")
        s.wait_for_log("the program says: and another")

    def test_head_gets_the_length_of_the_body_that_it_does_not_get(self):
        got = self.serve().ask("HEAD", "/headers")
        self.assertEqual((got.status, got.headers["Content-Length"], got.body), (418, "3", b""))


class BadPrograms(Case):
    def test_an_answer_that_is_none_is_502_and_a_fresh_program_goes_on(self):
        s = self.serve()
        before = s.ask(target="/pid").body
        for text, why in (("garbage", "is no JSON"), ("[1]", "but no object"), ('{"staus":200}', "a member 'staus'"),
                          ('{"status":99}', "status is 99"), ('{"headers":{"Connection":"close"}}', "not the handler's to send"),
                          ('{"headers":{"X":"a\\nb"}}', "whose value is none")):
            with self.subTest(text=text):
                got = s.ask(target="/raw?" + text)
                self.assertEqual(got.status, 502)
                self.assertIn(why.encode(), got.body)
                s.wait_for_log("is ended: the handler's answer")
                after = s.ask(target="/pid").body
                self.assertNotEqual(after, before)
                wait_until_gone(int(before))
                before = after
        self.assertEqual(s.metric("workers_died_total"), 0)
        self.assertEqual(s.metric('work_total{end="faulty"}'), 6)

    def test_one_that_says_more_than_was_asked_is_replaced_and_the_next_request_does_not_suffer(self):
        s = self.serve()
        self.assertEqual(s.ask("POST", "/twice").body, b"one")
        got = s.ask("POST", "/pid")
        self.assertEqual((got.status, got.body.isdigit()), (200, True))
        s.wait_for_log("is replaced: it has said something without being asked")

    def test_one_that_has_ended_between_two_requests_is_replaced_and_the_next_request_does_not_suffer(self):
        s = self.serve()
        pid = s.ask("POST", "/last").body
        wait_until_gone(int(pid))
        got = s.ask("POST", "/pid")
        self.assertEqual(got.status, 200)
        self.assertNotEqual(got.body, pid)
        s.wait_for_log("is replaced: it has ended")
        self.assertEqual(s.metric("workers_died_total"), 0)

    def test_an_answer_beyond_max_answer_is_502(self):
        s = self.serve("--max-answer", "1KiB")
        for target in ("/flood", "/large?1025"):
            got = s.ask(target=target)
            self.assertEqual(got.status, 502)
            self.assertIn(b"max-answer", got.body)
        self.assertEqual(len(s.ask(target="/large?1024").body), 1024)

    def test_one_that_hangs_is_504_after_work_time_and_gone(self):
        s = self.serve("--work-time", "2s")
        with s.client() as c:
            c.request("POST", "/hang")
            pid = int(s.wait_for_log("the program says: hangs: ").rsplit(" ", 1)[1])
            self.assertEqual(c.answer().status, 504)
        wait_until_gone(pid)
        self.assertEqual(s.metric('work_total{end="worker_hung"}'), 1)
        self.assertEqual(s.ask(target="/pid").status, 200)

    def test_one_that_ends_before_it_answers_is_502_with_its_exit_code(self):
        s = self.serve()
        got = s.ask("POST", "/exit?7")
        self.assertEqual(got.status, 502)
        self.assertIn(b"ended with exit code 7 while it worked on this request", got.body)
        s.wait_for_log("ended with exit code 7 before it answered")
        self.assertEqual(s.ask("POST", "/pid").status, 200)

    def test_one_that_ends_before_it_answers_has_its_request_given_to_another_if_that_may_be(self):
        with tempfile.TemporaryDirectory() as folder:
            s = self.serve()
            got = s.ask("GET", f"/exit-once?{folder}/done")
            self.assertEqual((got.status, got.body), (200, b"at last"))
            self.assertEqual(s.metric("requests_retried_total"), 1)

    def test_one_that_ends_at_the_start_is_told_with_its_words(self):
        code, said = refused("--handler", "program:sh -c 'echo no license >&2; exit 3'")
        self.assertEqual(code, 1)
        self.assertIn("ended with exit code 3 at its start: no license", said)

    def test_one_that_is_not_there_is_told(self):
        code, said = refused("--handler", "program:/nonexistent/program")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent/program", said)

    def test_a_worker_that_is_killed_takes_its_program_with_it(self):
        s = self.serve()
        got = s.ask(target="/pid")
        os.kill(int(got.headers["X-Worker-Pid"]), signal.SIGKILL)
        wait_until_gone(int(got.body))

    def test_a_front_that_is_killed_takes_all_programs_with_it(self):
        s = self.serve()
        pid = int(s.ask(target="/pid").body)
        s.signal(signal.SIGKILL)
        wait_until_gone(pid)

    def test_one_that_grows_beyond_max_worker_memory_is_replaced_without_loss(self):
        s = self.serve("--max-worker-memory", "500MiB")
        before = s.ask(target="/pid").body
        self.assertEqual(s.ask(target="/pid").body, before)
        self.assertEqual(s.ask("POST", "/leak").body, before)
        got = s.ask("POST", "/pid")
        self.assertEqual(got.status, 200)
        self.assertNotEqual(got.body, before)
        wait_until_gone(int(before))
        self.assertEqual(s.metric("workers_died_total"), 0)


class CppHandlers:
    """What a C++ function meets, however it got there."""

    def test_it_answers(self):
        got = self.serve().ask("POST", "/hello?x", b"body", X_Name="Ann")
        self.assertEqual((got.status, got.headers["Content-Type"]), (201, "text/x-greeting"))
        self.assertEqual(got.headers["X-Length"], "4")
        self.assertEqual(got.body, b"hello, Ann: POST /hello?x body")

    def test_an_exception_is_500_with_its_text_and_costs_no_worker(self):
        s = self.serve()
        got = s.ask("POST", "/throw")
        self.assertEqual(got.status, 500)
        self.assertIn(b"the kitchen is closed", got.body)
        self.assertEqual(s.ask("POST", "/hello").headers["X-Worker-Pid"], s.ask("POST", "/hello").headers["X-Worker-Pid"])
        self.assertEqual(s.metric('work_total{end="handler_failed"}'), 1)
        self.assertEqual(s.metric("workers_died_total"), 0)

    def test_a_header_that_is_none_is_502(self):
        s = self.serve()
        got = s.ask("POST", "/split")
        self.assertEqual(got.status, 502)
        self.assertIn(b"X-Split, whose value is none", got.body)
        self.assertNotIn("Set-Cookie", got.headers)
        s.wait_for_log("X-Split, whose value is none")

    def test_a_crash_is_502_and_the_next_request_is_answered(self):
        s = self.serve()
        self.assertIn(b"while it worked on this request", s.ask("POST", "/crash").body)
        self.assertEqual(s.ask("POST", "/hello").status, 201)


class Libraries(CppHandlers, Case):
    handler = "library:" + os.environ["PLAIT_INTAKE_LIBRARY"]

    def test_one_of_another_version_is_refused(self):
        code, said = refused("--handler", "library:" + os.environ["PLAIT_INTAKE_OLD_LIBRARY"])
        self.assertEqual(code, 1)
        self.assertIn("its version is 999, not 1", said)

    def test_one_without_a_handler_is_refused(self):
        code, said = refused("--handler", "library:libm.so.6")
        self.assertEqual(code, 1)
        self.assertIn("libm.so.6", said)


class Linked(unittest.TestCase):
    """examples/intake_handler.cpp"""

    program = os.environ["PLAIT_INTAKE_EXAMPLE"]

    def test_its_function_answers(self):
        with Server("--workers", "1", program=self.program) as s:
            got = s.ask("POST", "/letters", "höllo, wörld".encode())
            self.assertEqual((got.status, got.headers["Content-Type"]), (200, "application/json"))
            self.assertEqual(json.loads(got.body), {"letters": 10})
            got = s.ask("GET", "/elsewhere")
            self.assertEqual(got.status, 404)
            self.assertEqual(s.drain(), 0)

    def test_it_can_have_another_handler_all_the_same(self):
        with Server("--handler", "echo", program=self.program) as s:
            self.assertEqual(s.ask("POST", "/letters", b"x").body, b"x")

    def test_plait_intake_itself_has_none_linked(self):
        code, said = refused("--handler", "linked")
        self.assertEqual(code, 1)
        self.assertIn("no handler was linked into this program", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
