# Copyright 2026 the plait authors. Boost Software License 1.0
"""plait-intake as its users meet it: the real program, on a free port, with real clients."""

import contextlib
import hashlib
import os
import re
import resource
import select
import signal
import socket
import subprocess
import unittest

from intake_server import PATIENCE, PROGRAM, Server


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_echo_returns_the_body_from_another_process(self):
        answer = self.server.ask("POST", body=b"hello")
        self.assertEqual((answer.status, answer.body), (200, b"hello"))
        self.assertIn(int(answer.headers["X-Worker-Pid"]), self.server.workers())

    def test_curl_is_answered(self):
        host, port = self.server.address
        out = subprocess.run(["curl", "-sS", "-d", "hello", f"http://{host}:{port}/"], capture_output=True,
                             timeout=PATIENCE)
        self.assertEqual((out.returncode, out.stdout), (0, b"hello"))

    def test_h2load_is_answered(self):
        host, port = self.server.address
        out = subprocess.run(["h2load", "--h1", "-n2000", "-c20", f"http://{host}:{port}/"], capture_output=True,
                             timeout=PATIENCE, text=True)
        self.assertIn("2000 done, 2000 succeeded, 0 failed, 0 errored", out.stdout, out.stderr)
        self.assertIn("status codes: 2000 2xx", out.stdout)

    def test_every_answer_has_an_id_of_its_own(self):
        ids = {self.server.ask("POST", body=b"x").headers["X-Request-Id"] for _ in range(20)}
        ids.add(self.server.ask("BREW").headers["X-Request-Id"])
        self.assertEqual(len(ids), 21)

    def test_every_answer_has_a_date(self):
        self.assertRegex(self.server.ask().headers["Date"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_a_connection_is_kept_for_many_requests(self):
        with self.server.client() as c:
            for i in range(50):
                c.request("POST", body=b"%d" % i)
                self.assertEqual(c.answer().body, b"%d" % i)

    def test_pipelined_requests_are_answered_in_order(self):
        with self.server.client() as c:
            for i in range(50):
                c.request("POST", body=b"%d" % i)
            self.assertEqual([c.answer().body for _ in range(50)], [b"%d" % i for i in range(50)])

    def test_http_1_0_is_answered_and_closed(self):
        with self.server.client() as c:
            c.send(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(c.answer().headers["Connection"], "close")
            self.assertTrue(c.is_closed())

    def test_http_1_0_is_kept_if_it_asks(self):
        with self.server.client() as c:
            for _ in range(2):
                c.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                self.assertEqual(c.answer().headers["Connection"], "keep-alive")

    def test_head_gets_the_head_alone(self):
        with self.server.client() as c:
            c.request("HEAD", body=b"hello")
            self.assertEqual(c.answer("HEAD").headers["Content-Length"], "5")
            c.request("POST", body=b"next")
            self.assertEqual(c.answer().body, b"next")

    def test_options_of_the_server_lists_the_methods(self):
        answer = self.server.ask("OPTIONS", "*")
        self.assertEqual(answer.status, 204)
        self.assertIn("PATCH", answer.headers["Allow"])

    def test_a_chunked_body_arrives_whole(self):
        with self.server.client() as c:
            c.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
            self.assertEqual(c.answer().body, b"hello")

    def test_a_large_body_comes_back_whole(self):
        body = bytes(range(256)) * 4096
        self.assertEqual(self.server.ask("POST", body=body).body, body)

    def test_a_client_that_has_stopped_sending_gets_its_answer(self):
        with self.server.client() as c:
            c.request("POST", body=b"last words")
            c.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(c.answer().body, b"last words")
            self.assertTrue(c.is_closed())

    def test_a_client_that_leaves_rudely_hurts_nobody(self):
        for _ in range(20):
            with self.server.client() as c:
                c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                c.request("POST", body=b"x" * 1000)
        self.assertEqual(self.server.ask("POST", body=b"still here").body, b"still here")


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--max-body", "100")

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def refused(self, data, status):
        with self.server.client() as c:
            c.send(data)
            answer = c.answer()
            self.assertEqual(answer.status, status, answer)
            self.assertIn("X-Request-Id", answer.headers)
            self.assertEqual(answer.headers["Connection"], "close")
            self.assertTrue(c.is_closed())

    def test_broken_framing_gets_400_and_the_connection_closed(self):
        self.refused(b"nonsense\r\n\r\n", 400)
        self.refused(b"GET / HTTP/1.1\r\n\r\n", 400)
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400)

    def test_a_body_beyond_max_body_gets_413(self):
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413)
        self.refused(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", 413)

    def test_a_long_target_gets_414(self):
        self.refused(b"GET /" + b"x" * 8192 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414)

    def test_large_headers_get_431(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431)

    def test_an_unknown_expectation_method_or_version_gets_417_501_or_505(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n", 417)
        self.refused(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501)
        self.refused(b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505)

    def test_the_answers_before_a_refusal_are_sent_first(self):
        with self.server.client() as c:
            c.request("POST", body=b"good")
            c.send(b"bad\r\n\r\n")
            self.assertEqual((c.answer().body, c.answer().status), (b"good", 400))


class Handlers(unittest.TestCase):
    def test_hash_is_the_sha_256_of_the_body(self):
        with Server("--handler", "hash") as s:
            self.assertEqual(s.ask("POST", body=b"abc").body.decode(), hashlib.sha256(b"abc").hexdigest())

    def test_sleep_answers_with_nothing(self):
        with Server("--handler", "sleep:0.5") as s:
            answer = s.ask("POST", body=b"abc")
            self.assertEqual((answer.status, answer.body), (200, b""))


class Overload(unittest.TestCase):
    def test_a_full_queue_gets_503_and_when_to_come_again(self):
        with Server("--workers", "1", "--queue-capacity", "1", "--handler", "sleep:3600000") as s:
            clients = [s.client() for _ in range(5)]
            for c in clients:
                c.request()
            # One request is worked on, or about to be, and one waits; the others are turned away.
            for _ in range(3):
                ready, _, _ = select.select([c.socket for c in clients], [], [], PATIENCE)
                self.assertTrue(ready, "nobody was turned away")
                turned_away = next(c for c in clients if c.socket is ready[0])
                answer = turned_away.answer()
                self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
                self.assertNotIn("X-Worker-Pid", answer.headers)
                turned_away.request("OPTIONS", "*")  # the connection goes on
                self.assertEqual(turned_away.answer().status, 204)
                clients.remove(turned_away)
                turned_away.close()
            for c in clients:
                c.close()

    @unittest.skipIf(os.environ.get("PLAIT_SANITIZE") == "address", "UBSan's vptr check needs a pipe, and then has none")
    def test_no_descriptor_left_does_not_spin_and_connections_wait_for_one(self):
        def few_descriptors():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        with Server(preexec_fn=few_descriptors) as s:
            clients = [s.client() for _ in range(80)]
            for c in clients:
                c.request("POST", body=b"x")
            s.wait_for_log("no connection can be accepted")
            for c in clients:  # each that is answered makes room for one that waits
                self.assertEqual(c.answer().body, b"x")
                c.close()
            self.assertEqual(s.drain(), 0)
            self.assertLess(sum("no connection can be accepted" in line for line in s.log), 200)


class Deaths(unittest.TestCase):
    def kill_workers_until_answered(self, server, client):
        """Kills every worker there is, again and again: which one has started the request, nobody can see."""
        killed = set()
        while not select.select([client.socket], [], [], 0.05)[0]:
            for worker in server.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                killed.add(worker)
        return killed

    def test_a_request_that_may_not_be_retried_gets_502_naming_the_signal(self):
        with Server("--workers", "1", "--handler", "sleep:3600000") as s, s.client() as c:
            c.request("POST", body=b"x")
            killed = self.kill_workers_until_answered(s, c)
            answer = c.answer()
            self.assertEqual(answer.status, 502)
            found = re.match(rb"worker (\d+) was killed by SIGKILL", answer.body)
            self.assertTrue(found, answer)
            self.assertIn(int(found[1]), killed)
            self.assertEqual(answer.headers["X-Worker-Pid"], found[1].decode())

    def test_a_request_that_may_be_retried_is_answered_by_another_worker(self):
        with Server("--workers", "2", "--handler", "sleep:300") as s, s.client() as c:
            first = set(s.workers())
            c.request("GET")
            for worker in first:
                os.kill(worker, signal.SIGKILL)
            answer = c.answer()
            self.assertEqual(answer.status, 200)
            self.assertNotIn(int(answer.headers["X-Worker-Pid"]), first)

    def test_a_request_that_kills_every_worker_is_given_up(self):
        with Server("--workers", "1", "--handler", "sleep:3600000", "--retry", "always") as s, s.client() as c:
            c.request("POST", body=b"x")
            self.kill_workers_until_answered(s, c)
            answer = c.answer()
            self.assertEqual(answer.status, 502)
            self.assertIn(b"before it", answer.body)

    def test_a_dead_worker_is_replaced_with_a_line_in_the_log(self):
        with Server("--workers", "1") as s:
            old = int(s.ask().headers["X-Worker-Pid"])
            os.kill(old, signal.SIGKILL)
            new = int(s.ask().headers["X-Worker-Pid"])
            self.assertNotEqual(old, new)
            self.assertEqual(s.drain(), 0)
            self.assertTrue(any(f"worker {old} was killed by SIGKILL" in line for line in s.log), s.log)
            self.assertTrue(any(f"worker {new} takes the place of {old}" in line for line in s.log), s.log)

    def test_workers_end_with_a_front_that_is_killed(self):
        with Server() as s:
            fds = [open(f"/proc/{w}/status") for w in s.workers()]
            s.process.kill()
            s.wait()
            for f in fds:  # reading the status of a process that is gone fails; until then, ask again
                with f:
                    while self.reads(f):
                        select.select([], [], [], 0.01)

    @staticmethod
    def reads(f):
        try:
            f.seek(0)
            return "zombie" not in f.read()
        except ProcessLookupError:
            return False


class Drain(unittest.TestCase):
    @staticmethod
    def drain_begins(server):
        """SIGTERM, and then the log says that it has begun: nothing is accepted any more."""
        server.signal(signal.SIGTERM)
        server.wait_for_log("no new connections")

    def test_sigterm_and_sigint_end_an_idle_server_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Server() as s, s.client() as idle:
                idle.request()
                self.assertEqual(idle.answer().status, 200)
                s.signal(number)
                self.assertTrue(idle.is_closed())
                self.assertEqual(s.wait(), 0)

    def test_what_was_sent_before_the_signal_is_answered(self):
        with Server("--handler", "sleep:200") as s:
            clients = [s.client() for _ in range(8)]
            for c in clients:
                c.request("POST", body=b"x")
            s.signal(signal.SIGTERM)
            for c in clients:
                answer = c.answer()
                self.assertEqual((answer.status, answer.headers["Connection"]), (200, "close"))
                self.assertTrue(c.is_closed())
                c.close()
            self.assertEqual(s.wait(), 0)

    def test_a_draining_server_takes_no_new_connection(self):
        with Server("--handler", "sleep:500") as s, s.client() as c:
            c.request()
            self.drain_begins(s)
            with self.assertRaises(ConnectionRefusedError):
                s.client()
            self.assertEqual(c.answer().status, 200)
            self.assertEqual(s.wait(), 0)

    def test_a_second_signal_stops_at_once(self):
        with Server("--handler", "sleep:3600000") as s, s.client() as c:
            c.request()
            self.drain_begins(s)
            s.signal(signal.SIGTERM)
            self.assertEqual(s.wait(), 128 + signal.SIGTERM)


class Start(unittest.TestCase):
    def run_it(self, *flags):
        return subprocess.run([PROGRAM, *flags], capture_output=True, text=True, timeout=PATIENCE)

    def test_it_says_what_to_try(self):
        with Server() as s:
            host, port = s.address
            self.assertIn(f"curl -d hello http://{host}:{port}/", s.greeting)

    def test_a_malformed_flag_names_itself_and_the_form_and_exits_with_2(self):
        out = self.run_it("--listen", "here")
        self.assertEqual(out.returncode, 2)
        self.assertIn("--listen", out.stderr)
        self.assertIn("ADDRESS:PORT", out.stderr)

    def test_help_goes_to_standard_output_and_exits_with_0(self):
        out = self.run_it("--help")
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        self.assertIn("--queue-capacity", out.stdout)

    def test_a_port_in_use_is_one_clear_line_and_exits_with_1(self):
        with Server() as s:
            host, port = s.address
            for flags in (["--listen", f"{host}:{port}"], ["--listen", f"{host}:0", "--admin", f"{host}:{port}"]):
                out = self.run_it(*flags)
                self.assertEqual(out.returncode, 1)
                self.assertEqual(out.stderr.count("\n"), 1, out.stderr)
                self.assertIn(f"cannot listen on {host}:{port}: Address already in use", out.stderr)

    def test_an_address_of_somebody_else_is_one_clear_line_and_exits_with_1(self):
        out = self.run_it("--listen", "192.0.2.1:8080")  # TEST-NET-1 of RFC 5737
        self.assertEqual(out.returncode, 1)
        self.assertEqual(out.stderr.count("\n"), 1, out.stderr)
        self.assertRegex(out.stderr, "cannot listen on 192.0.2.1:8080: Cannot assign requested address")

    def test_ipv6_is_spoken(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            self.skipTest("this machine has no IPv6")
        with Server(listen="[::1]:0") as s:
            s.address = (s.address[0].strip("[]"), s.address[1])
            self.assertEqual(s.ask("POST", body=b"six").body, b"six")


if __name__ == "__main__":
    unittest.main(verbosity=2)
