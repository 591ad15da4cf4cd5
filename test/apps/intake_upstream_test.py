# Copyright 2026 the plait authors. Boost Software License 1.0
"""plait-intake before another HTTP server: what it passes on in both directions, and what its clients see of a bad upstream."""

import os
import signal
import socket
import tempfile
import threading
import unittest

from intake_server import Server
from intake_upstream_server import Upstream, answer


def fine(_):
    return answer(b"fine")


def closed_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Case(unittest.TestCase):
    def upstream(self, reply=fine, path=None):
        up = Upstream(reply, path)
        self.addCleanup(up.__exit__)
        return up

    def front(self, handler, *flags, **popen):
        server = Server("--workers", "1", "--handler", handler, *flags, **popen)
        self.addCleanup(server.__exit__)
        return server

    def pair(self, reply=fine, *flags, prefix=""):
        up = self.upstream(reply)
        return up, self.front(up.handler + prefix, *flags)


class Requests(Case):
    def test_method_target_body_and_fields_are_passed_on(self):
        up, front = self.pair()
        got = front.ask("PATCH", "/a%20b?c=d&e", b"\x00\xff body", X_Custom="1", Cookie="a=b; c=d", Authorization="Basic eA==")
        self.assertEqual((got.status, got.body), (200, b"fine"))
        (seen,) = up.requests
        self.assertEqual((seen.method, seen.target, seen.version), ("PATCH", "/a%20b?c=d&e", "HTTP/1.1"))
        self.assertEqual(seen.body, b"\x00\xff body")
        for name, value in (("X-Custom", "1"), ("Cookie", "a=b; c=d"), ("Authorization", "Basic eA=="), ("Content-Length", "7")):
            self.assertEqual(seen.one(name), value)

    def test_fields_of_the_connection_stay_there_with_those_that_it_names(self):
        up, front = self.pair()
        with front.client() as c:
            c.send(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop ,\r\nconnection: x-other\r\nX-Hop: 1\r\n"
                   b"x-OTHER: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X-T\r\n"
                   b"Upgrade: h2c\r\nHTTP2-Settings: AA\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nX-Stays: 3\r\n\r\n"
                   b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
            self.assertEqual(c.answer().status, 200)
        (seen,) = up.requests
        self.assertEqual(seen.body, b"hello")
        names = sorted(name.lower() for name, _ in seen.fields)
        self.assertEqual(names, ["content-length", "host", "via", "x-forwarded-for", "x-request-id", "x-stays"])

    def test_the_host_is_the_client_s(self):
        up, front = self.pair()
        front.ask(Host="shop.example:81")
        with front.client() as c:
            c.send(b"GET http://other.example?q HTTP/1.1\r\nHost: shop.example\r\n\r\n")
            c.answer()
            c.send(b"GET / HTTP/1.0\r\n\r\n")
            c.answer()
        self.assertEqual([r.one("Host") for r in up.requests], ["shop.example:81", "other.example", f"127.0.0.1:{up.port}"])
        self.assertEqual(up.requests[1].target, "/?q")

    def test_it_says_who_asked_which_request_it_is_and_who_passed_it_on(self):
        up, front = self.pair()
        got = front.ask(X_Request_Id="mine", Via="1.0 edge", X_Forwarded_For="192.0.2.1")
        (seen,) = up.requests
        self.assertEqual(seen.one("X-Request-Id"), got.headers["X-Request-Id"])
        self.assertEqual(seen.all("Via"), ["1.0 edge", "1.1 plait-intake"])
        self.assertEqual(seen.one("X-Forwarded-For"), "192.0.2.1, 127.0.0.1")

    def test_a_prefix_stands_before_the_target(self):
        up, front = self.pair(fine, prefix="/v2/")
        front.ask(target="/a?b")
        front.ask(target="/")
        self.assertEqual([r.target for r in up.requests], ["/v2/a?b", "/v2/"])

    def test_a_unix_socket_is_an_upstream_too(self):
        with tempfile.TemporaryDirectory() as folder:
            up = self.upstream(fine, os.path.join(folder, "s"))
            for handler in (up.handler, up.handler.replace(":", ":unix:", 1)):
                self.assertEqual(self.front(handler).ask().body, b"fine")
            self.assertEqual(up.requests[0].one("Host"), "test")

    def test_a_deferred_request_is_passed_on_too(self):
        up, front = self.pair()
        place = front.ask("HEAD", Prefer="respond-async").headers["Location"]
        while (got := front.ask(target=place)).status == 202:
            pass
        self.assertEqual((got.status, got.body, got.headers["Content-Length"]), (200, b"", "0"))
        self.assertEqual(up.requests[0].one("X-Forwarded-For"), "127.0.0.1")


class Answers(Case):
    def test_status_fields_and_body_come_back(self):
        _, front = self.pair(lambda _: answer(b"\x00\xff", "404 Nowhere", "Content-Type: image/x", "X-A: 1", "Server: up"))
        got = front.ask()
        self.assertEqual((got.status, got.body), (404, b"\x00\xff"))
        for name, value in (("Content-Type", "image/x"), ("X-A", "1"), ("Server", "up")):
            self.assertEqual(got.headers[name], value)

    def test_of_several_cookies_each_has_its_line(self):
        _, front = self.pair(lambda _: answer(b"", "200 OK", "Set-Cookie: a=1", "Set-Cookie: b=2"))
        with front.client() as c:
            c.request()
            lines = []
            while (line := c.stream.readline()) != b"\r\n":
                lines.append(line)
        self.assertEqual([l for l in lines if l.startswith(b"Set-Cookie")], [b"Set-Cookie: a=1\r\n", b"Set-Cookie: b=2\r\n"])

    def test_fields_of_the_connection_and_of_the_front_do_not_come_back(self):
        _, front = self.pair(lambda _: answer(
            b"x", "200 OK", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Trailer: X", "Upgrade: h2c",
            "Date: Thu, 01 Jan 1970 00:00:00 GMT", "X-Request-Id: theirs", "X-Worker-Pid: 1"))
        got = front.ask()
        self.assertEqual(got.body, b"x")
        for name in ("Connection", "X-Hop", "Keep-Alive", "Trailer", "Upgrade"):
            self.assertNotIn(name, got.headers)
        self.assertNotIn("1970", got.headers["Date"])
        self.assertNotEqual(got.headers["X-Request-Id"], "theirs")
        self.assertNotEqual(got.headers["X-Worker-Pid"], "1")

    def test_bodies_of_every_framing_are_passed_on(self):
        replies = iter([
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-T: 1\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"])
        _, front = self.pair(lambda _: next(replies))
        for _ in range(2):
            got = front.ask()
            self.assertEqual((got.status, got.body, got.headers["Content-Length"]), (200, b"hello", "5"))
            self.assertNotIn("Link", got.headers)

    def test_a_body_until_the_end_of_the_connection_is_passed_on(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            front = self.front(f"upstream:http://127.0.0.1:{listening.getsockname()[1]}")
            with front.client() as c:
                c.request()
                upstream, _ = listening.accept()
                with upstream:
                    upstream.recv(65536)
                    upstream.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello")
                self.assertEqual(c.answer().body, b"hello")

    def test_an_answer_without_a_body_has_none_and_the_connection_goes_on(self):
        def reply(r):
            if r.method == "HEAD":
                return b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked" if r.target == "/c" else b"Content-Length: 7") + b"\r\n\r\n"
            if r.target == "/204":
                return b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"
            if r.target == "/304":
                return b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 7\r\n\r\n"
            return answer(b"seven b")

        up, front = self.pair(reply)
        with front.client() as c:
            c.request("HEAD")
            self.assertEqual(c.answer("HEAD").headers["Content-Length"], "7")
            c.request("HEAD", "/c")
            self.assertNotIn("Content-Length", c.answer("HEAD").headers)
            c.request("GET", "/204")
            got = c.answer()
            self.assertEqual((got.status, got.headers["X-A"]), (204, "1"))
            self.assertNotIn("Content-Length", got.headers)
            c.request("GET", "/304")
            got = c.answer()
            self.assertEqual((got.status, got.headers["ETag"]), (304, '"a"'))
            c.request()
            self.assertEqual(c.answer().body, b"seven b")
        self.assertEqual(len(up.requests), 5)

    def test_an_answer_beyond_max_answer_is_502_and_the_next_is_passed_on(self):
        def reply(r):
            if r.target == "/chunks":
                return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + 4096 * b"x" + b"\r\n0\r\n\r\n"
            return answer(int(r.target[1:]) * b"x")

        _, front = self.pair(reply, "--max-answer", "1KiB")
        for target in ("/1025", "/chunks"):
            got = front.ask(target=target)
            self.assertEqual(got.status, 502)
            self.assertIn(b"at most 1024 bytes are passed on (max-answer)", got.body)
        self.assertEqual(front.ask(target="/1024").body, 1024 * b"x")


class Connections(Case):
    def test_it_is_kept_for_the_next_requests(self):
        up, front = self.pair()
        with front.client() as c:
            for _ in range(20):
                c.request("POST", body=b"x")
                self.assertEqual(c.answer().status, 200)
        # A machine that stands still for seconds makes it another one: it was idle for too long then.
        self.assertLess(up.connections, 20)

    def test_one_that_the_upstream_has_closed_while_it_was_idle_is_no_error(self):
        up, front = self.pair()
        for method in ("GET", "POST") * 3:
            self.assertEqual(front.ask(method, body=b"x").status, 200)
            up.close_connections()
        self.assertEqual((up.connections, len(up.requests)), (6, 6))

    def test_an_upstream_that_wants_it_closed_gets_another(self):
        up, front = self.pair(lambda _: answer(b"x", "200 OK", "Connection: close"))
        for _ in range(3):
            self.assertEqual(front.ask().status, 200)
        self.assertEqual(up.connections, 3)

    def lose(self, *flags, **headers):
        """An upstream that closes the connection instead of an answer, but for each one's first request. How often it saw the
        second, and what its client got."""
        up, front = self.pair(lambda r: answer(b"x") if r.target == "/first" else None, *flags)
        self.assertEqual(front.ask(target="/first").status, 200)
        method = headers.pop("method", "GET")
        got = front.ask(method, "/second", b"x", **headers)
        self.assertEqual(got.status, 502)
        self.assertIn(b"closed", got.body)
        return sum(r.target == "/second" for r in up.requests)

    # A kept connection that ends after a request may be one that was idle for too long: then the request is sent again.
    def test_what_may_be_retried_is_sent_again(self):
        self.assertEqual(self.lose(), 2)
        self.assertEqual(self.lose(method="POST", Idempotency_Key="k"), 2)
        self.assertEqual(self.lose("--retry", "always", method="POST"), 2)

    def test_what_may_not_be_retried_is_sent_once(self):
        self.assertEqual(self.lose(method="POST"), 1)
        self.assertEqual(self.lose("--retry", "never"), 1)


class Failures(Case):
    def test_an_upstream_that_is_away_is_502_with_the_cause_and_no_worker_dies(self):
        with tempfile.TemporaryDirectory() as folder:
            for handler, cause in ((f"upstream:http://127.0.0.1:{closed_port()}", b"onnection refused"),
                                   (f"upstream:{folder}/s", b"No such file")):
                with self.subTest(handler=handler):
                    front = self.front(handler)
                    pids = set()
                    for method in ("GET", "POST"):
                        got = front.ask(method)
                        self.assertEqual(got.status, 502)
                        self.assertIn(cause, got.body)
                        pids.add(got.headers["X-Worker-Pid"])
                    self.assertEqual(len(pids), 1)
                    self.assertEqual(front.metric('work_total{end="unanswered"}'), 2)
                    self.assertEqual(front.metric("workers_died_total"), 0)

    def test_one_that_comes_back_is_used_at_once(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            front = self.front("upstream:" + path)
            self.assertEqual(front.ask().status, 502)
            self.upstream(fine, path)
            self.assertEqual(front.ask().status, 200)

    def test_the_log_has_the_cause_once_a_second_at_most_and_counts_the_others(self):
        front = self.front(f"upstream:http://127.0.0.1:{closed_port()}")
        asked = 0
        with front.client() as c:
            while not any("had no answer since" in line for line in front.log):
                c.request()
                self.assertEqual(c.answer().status, 502)
                asked += 1
        front.wait_for_log("more requests had no answer since the last line")
        self.assertEqual(front.drain(), 0)
        lines = [line for line in front.log if "onnection refused" in line]
        unsaid = sum(int(line.split("; ")[-1].split(" ")[0]) for line in lines if "more requests" in line)
        self.assertGreater(unsaid, 0)
        self.assertLessEqual(len(lines) + unsaid, asked)

    def test_a_broken_answer_is_502_with_what_is_wrong_with_it(self):
        broken = {
            "/garbage": (b"hello\r\n\r\n", b"not"),
            "/folded": (b"HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n", b""),
            "/lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", b"contradictory"),
            "/both": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"contradictory"),
            "/chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", b""),
            "/switch": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"protocol"),
            "/status": (b"HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", b"799"),
        }
        _, front = self.pair(lambda r: broken[r.target][0] if r.target in broken else answer(b"fine"))
        for target, (_, why) in broken.items():
            with self.subTest(target=target):
                got = front.ask(target=target)
                self.assertEqual(got.status, 502, got)
                self.assertIn(why, got.body)
                self.assertEqual(front.ask().body, b"fine")
        self.assertEqual(front.metric("workers_died_total"), 0)

    def test_an_answer_that_ends_in_the_middle_is_502_and_never_half_of_it(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            front = self.front(f"upstream:http://127.0.0.1:{listening.getsockname()[1]}")
            for cut in (b"HTTP/1.1 200 OK\r\nContent-Len", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"):
                with front.client() as c:
                    c.request()
                    upstream, _ = listening.accept()
                    with upstream:
                        upstream.recv(65536)
                        upstream.sendall(cut)
                    got = c.answer()
                    self.assertEqual(got.status, 502)
                    self.assertIn(b"ended", got.body)

    def test_a_slow_upstream_is_504_before_the_worker_would_be_killed(self):
        go_on = threading.Event()
        _, front = self.pair(lambda r: answer(b"x") if r.target == "/" else go_on.wait() and None, "--work-time", "1s")
        self.addCleanup(go_on.set)  # the first to be cleaned up
        pid = front.ask().headers["X-Worker-Pid"]
        got = front.ask(target="/slow")
        self.assertEqual((got.status, got.headers["X-Worker-Pid"]), (504, pid))
        self.assertEqual(front.ask().headers["X-Worker-Pid"], pid)
        self.assertEqual(front.metric('work_total{end="worker_hung"}'), 0)
        self.assertEqual(front.metric("workers_died_total"), 0)

    def test_a_worker_that_is_killed_has_its_request_given_to_another(self):
        go_on = threading.Event()
        up, front = self.pair(lambda r: answer(b"x") if go_on.is_set() else go_on.wait() and None)
        self.addCleanup(go_on.set)
        with front.client() as c:
            c.request()
            up.wait_for_requests(1)
            (pid,) = front.workers()
            os.kill(pid, signal.SIGKILL)
            go_on.set()
            self.assertEqual(c.answer().status, 200)
        self.assertEqual(front.metric("requests_retried_total"), 1)


class Settings(Case):
    def test_another_work_time_makes_other_workers(self):
        with tempfile.TemporaryDirectory() as folder:
            up = self.upstream()
            file = os.path.join(folder, "c.toml")

            def write(time):
                with open(file, "w") as f:
                    f.write(f'handler = "{up.handler}"\nworkers = 1\nwork-time = "{time}"\nadmin = "127.0.0.1:0"\n')

            write("5s")
            front = Server("--config", file)
            self.addCleanup(front.__exit__)
            pid = front.ask().headers["X-Worker-Pid"]
            write("7s")
            front.signal(signal.SIGHUP)
            front.wait_for_log("the new settings hold")
            self.assertNotEqual(front.ask().headers["X-Worker-Pid"], pid)


if __name__ == "__main__":
    unittest.main(verbosity=2)
