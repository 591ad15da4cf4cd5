# Copyright 2026 the plait authors. Boost Software License 1.0
"""Requests that wait for a worker: how long they may, who is turned away, who is next, and those that are fetched later."""

import os
import signal
import socket
import tempfile
import threading
import unittest

from intake_server import PATIENCE, Server
from intake_upstream_server import Upstream, answer


class Case(unittest.TestCase):
    """One worker, which passes requests on to an upstream that answers /gate only when the gate opens."""

    def serve(self, *flags):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.audit = os.path.join(folder.name, "audit")
        self.gate = threading.Event()
        self.up = Upstream(self.reply)
        self.addCleanup(self.up.__exit__)
        self.server = Server("--workers", "1", "--handler", self.up.handler, "--audit", self.audit, *flags)
        self.addCleanup(self.server.__exit__)
        self.addCleanup(self.gate.set)
        return self.server

    def reply(self, request):
        if request.target == "/gate":
            self.gate.wait(PATIENCE)
        return answer(request.target.encode())

    def request(self, method="GET", target="/", body=b"", **headers):
        """A client that waits for its answer."""
        c = self.server.client()
        self.addCleanup(c.close)
        c.request(method, target, body, **headers)
        return c

    def hold_the_worker(self):
        c = self.request(target="/gate")
        self.up.wait_for_requests(1)
        return c

    def wait_in_line(self, *args, **headers):
        """A request that has come in behind the others."""
        before = self.server.metric("requests_in_flight")
        c = self.request(*args, **headers)
        self.server.wait_for_metric("requests_in_flight", before + 1)
        return c

    def begun(self):
        """The targets that a worker has begun with, in their order."""
        with open(self.audit) as f:
            return [line.split()[1] for line in f]


class Deadline(Case):
    def test_a_request_that_waits_for_too_long_is_504_and_never_begun(self):
        s = self.serve("--deadline", "2s")
        first = self.hold_the_worker()
        late = s.ask("POST", "/late")
        self.assertEqual(late.status, 504)
        self.assertNotIn("X-Worker-Pid", late.headers)
        self.gate.set()
        self.assertEqual(first.answer().body, b"/gate")
        self.assertEqual(s.ask(target="/after").body, b"/after")
        self.assertEqual(self.begun(), ["/gate", "/after"])
        self.assertEqual(s.metric('work_total{end="too_late"}'), 1)


class Leaving(Case):
    def test_a_request_whose_client_has_left_is_never_begun_and_counted(self):
        s = self.serve()
        first = self.hold_the_worker()
        self.wait_in_line("POST", "/left").close()
        s.wait_for_metric('work_total{end="client_left"}', 1)
        s.wait_for_metric("requests_in_flight", 1)
        self.gate.set()
        self.assertEqual(first.answer().body, b"/gate")
        self.assertEqual(s.ask(target="/after").body, b"/after")
        self.assertEqual(self.begun(), ["/gate", "/after"])

    def test_a_client_that_only_says_no_more_gets_its_answer(self):
        s = self.serve()
        self.hold_the_worker()
        half = self.wait_in_line(target="/half")
        half.socket.shutdown(socket.SHUT_WR)
        # One that leaves later than it says no more is noticed no earlier.
        self.wait_in_line(target="/left").close()
        s.wait_for_metric('work_total{end="client_left"}', 1)
        self.gate.set()
        got = half.answer()
        self.assertEqual((got.status, got.body), (200, b"/half"))
        self.assertTrue(half.is_closed())
        self.assertEqual(self.begun(), ["/gate", "/half"])

    def test_a_request_that_a_worker_has_begun_is_ended_though_its_client_has_left(self):
        s = self.serve()
        self.hold_the_worker().close()
        self.gate.set()
        self.assertEqual(s.ask(target="/after").body, b"/after")
        s.wait_for_metric('work_total{end="answered"}', 2)


class Overload(Case):
    def test_the_newest_is_turned_away_if_nothing_else_is_said(self):
        s = self.serve("--queue-capacity", "1")
        self.hold_the_worker()
        old = self.wait_in_line(target="/old")
        self.assertEqual(s.ask(target="/new").status, 503)
        self.gate.set()
        self.assertEqual(old.answer().body, b"/old")

    def test_drop_oldest_turns_away_the_one_that_has_waited_longest(self):
        self.serve("--queue-capacity", "2", "--overload", "drop-oldest")
        self.hold_the_worker()
        oldest = self.wait_in_line(target="/oldest")
        older = self.wait_in_line(target="/older")
        new = self.request(target="/new")
        got = oldest.answer()
        self.assertEqual((got.status, got.headers["Retry-After"]), (503, "1"))
        self.gate.set()
        self.assertEqual((older.answer().body, new.answer().body), (b"/older", b"/new"))
        self.assertEqual(self.begun(), ["/gate", "/older", "/new"])
        self.assertEqual(self.server.metric('work_total{end="crowded_out"}'), 1)

    def test_priority_turns_away_the_least_urgent_and_serves_the_most_urgent_first(self):
        s = self.serve("--queue-capacity", "3", "--overload", "priority")
        self.hold_the_worker()
        low = self.wait_in_line(target="/low", Priority="u=6")
        usual = self.wait_in_line(target="/usual")
        second = self.wait_in_line(target="/second", Priority="i, u=3")
        self.assertEqual(s.ask(target="/lowest", Priority="u=7").status, 503)
        self.assertEqual(s.ask(target="/as-low", Priority="u=6").status, 503)  # as urgent, but later
        high = self.request(target="/high", Priority="u=0;x=1")
        self.assertEqual(low.answer().status, 503)
        s.wait_for_metric("requests_in_flight", 4)
        self.gate.set()
        self.assertEqual([c.answer().body for c in (high, usual, second)], [b"/high", b"/usual", b"/second"])
        self.assertEqual(self.begun(), ["/gate", "/high", "/usual", "/second"])


class Deferred(Case):
    def defer(self, target="/gate", **headers):
        """Where its answer will be."""
        got = self.server.ask("POST", target, b"x", Prefer="respond-async", **headers)
        self.assertEqual((got.status, got.headers["Preference-Applied"]), (202, "respond-async"))
        return got.headers["Location"]

    def fetch(self, place):
        while (got := self.server.ask(target=place)).status == 202:
            self.assertEqual(got.headers["Retry-After"], "1")
        return got

    def test_it_is_202_until_its_answer_is_there_and_that_can_be_fetched_until_it_is_deleted(self):
        s = self.serve()
        place = self.defer()
        self.up.wait_for_requests(1)
        self.assertEqual(s.ask(target=place).status, 202)
        self.assertEqual(s.metric("deferred"), 1)
        self.gate.set()
        for _ in range(2):
            got = self.fetch(place)
            self.assertEqual((got.status, got.body), (200, b"/gate"))
        self.assertEqual(s.ask("HEAD", place).headers["Content-Length"], "5")
        self.assertEqual(s.ask("POST", place).status, 405)
        self.assertEqual(s.ask("DELETE", place).status, 204)
        self.assertEqual(s.ask(target=place).status, 404)
        self.assertEqual(s.metric("deferred"), 0)
        self.assertEqual(self.begun(), ["/gate"])

    def test_of_a_wrong_id_there_is_nothing(self):
        s = self.serve()
        place = self.defer("/")
        for wrong in (place[:-1], place[:-1] + ("0" if place[-1] != "0" else "1"), place + "/", place + "?"):
            self.assertEqual(s.ask(target=wrong).status, 404, wrong)
            self.assertEqual(s.ask("DELETE", wrong).status, 404, wrong)
        self.assertEqual(self.fetch(place).status, 200)

    def test_one_that_is_deleted_under_way_leaves_nothing(self):
        s = self.serve()
        place = self.defer()
        self.up.wait_for_requests(1)
        self.assertEqual(s.ask("DELETE", place).status, 204)
        self.gate.set()
        s.wait_for_metric("requests_in_flight", 0)
        self.assertEqual(s.ask(target=place).status, 404)
        self.assertEqual(s.metric("deferred"), 0)

    def test_one_too_many_is_503_until_there_is_a_place(self):
        s = self.serve("--async-capacity", "1")
        place = self.defer()
        got = s.ask("POST", "/second", Prefer="respond-async")
        self.assertEqual((got.status, got.headers["Retry-After"]), (503, "1"))
        self.gate.set()
        self.fetch(place)
        self.assertEqual(s.ask("DELETE", place).status, 204)
        self.assertEqual(self.fetch(self.defer("/third")).body, b"/third")
        self.assertEqual(self.begun(), ["/gate", "/third"])

    def test_without_room_for_any_the_preference_is_ignored(self):
        s = self.serve("--async-capacity", "0")
        got = s.ask("POST", "/now", Prefer="respond-async, wait=10")
        self.assertEqual((got.status, got.body), (200, b"/now"))
        self.assertNotIn("Preference-Applied", got.headers)

    def test_what_became_of_one_without_an_answer_is_told(self):
        s = self.serve("--deadline", "2s")
        first = self.hold_the_worker()
        got = self.fetch(self.defer("/late"))
        self.assertEqual(got.status, 504)
        self.assertIn(b"within the deadline", got.body)
        self.gate.set()
        first.answer()
        self.assertEqual(self.begun(), ["/gate"])

    def test_those_under_way_are_done_when_the_server_drains(self):
        s = self.serve()
        self.defer()
        self.up.wait_for_requests(1)
        self.defer("/second")
        s.wait_for_metric("requests_in_flight", 2)
        s.signal(signal.SIGTERM)
        s.wait_for_log("no new connections, 2 requests in flight")
        self.gate.set()
        self.assertEqual(s.wait(), 0)
        s.wait_for_log("2 answered by workers")
        s.wait_for_log("2 answers (respond-async) were not fetched, and are lost")
        self.assertEqual(self.begun(), ["/gate", "/second"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
