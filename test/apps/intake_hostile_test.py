# Copyright 2026 the plait authors. Boost Software License 1.0
"""plait-intake among clients that mean harm: slow in four ways (slowhttptest), and clients that speak no HTTP. Whatever they do, a
client that behaves is answered each time, everybody's connection ends, and the memory is free for the next."""

import os
import random
import re
import subprocess
import threading
import unittest

from intake_server import PATIENCE, Server

# A program whose answer at /big is more than a connection that nobody reads can take.
TALKATIVE = ("python3 -uc 'import json, sys\n"
             "for line in sys.stdin:\n"
             "    big = json.loads(line)[\"target\"] == \"/big\"\n"
             "    print(json.dumps({\"body\": \"x\" * (300_000 if big else 3)}))'")

GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),  # as TLS begins
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\x01\x02\r\n\r\n",
    b"GET /" + b"a" * 20_000,
    b"\r\n" * 1000,
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nonly so much",
]


class GoodClient(threading.Thread):
    """Asks, one request after the other, until it is stopped; `with` waits for its first answer."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.statuses = server, []
        self.stopping, self.answered = threading.Event(), threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                with self.server.client() as c:  # half of them on a new connection
                    for _ in range(2):
                        c.request("PUT", body=b"good")
                        answer = c.answer()
                        self.statuses.append(answer.status if answer else None)
                        self.answered.set()
        except Exception as e:  # pylint: disable=broad-except
            self.failure = e
            self.answered.set()

    def __enter__(self):
        self.start()
        self.answered.wait(PATIENCE)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join(PATIENCE)


def garbage(seed):
    """The kinds of it, and as many bytes by chance that hold no line."""
    source = random.Random(seed)
    return GARBAGE + [source.randbytes(500).replace(b"\n", b"") for _ in GARBAGE]


def talk_garbage(server, seed, failures):
    """A connection for each piece, all open at once; each must be closed by the server."""
    try:
        clients = []
        for piece in garbage(seed):
            c = server.client()
            clients.append(c)
            try:
                c.send(piece)
                c.socket.shutdown(1)  # SHUT_WR
            except OSError:
                pass  # it was refused before it had said everything
        for c in clients:
            with c:
                try:
                    while c.socket.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
    except Exception as e:  # pylint: disable=broad-except
        failures.append(e)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.server = Server("--handler", "program:" + TALKATIVE, "--header-time", "1s", "--idle-connection", "2s")
        self.addCleanup(self.server.__exit__)

    def check_good(self, client):
        self.assertFalse(client.is_alive(), "the good client waits for an answer")
        self.assertIsNone(client.failure)
        self.assertEqual(set(client.statuses), {200})

    def check_nothing_is_left(self):
        self.server.wait_for_metric("connections", 0)
        self.server.wait_for_metric("requests_in_flight", 0)
        self.server.wait_for_metric("queue_bytes", 0)
        self.assertEqual(self.server.metric("workers_died_total"), 0)
        self.assertEqual(self.server.drain(), 0)
        self.server.wait_for_log("all memory of the queues is free")

    def attack(self, *flags, target="/"):
        """slowhttptest in short form; it ends when its connections or its four seconds are over."""
        host, port = self.server.address
        with GoodClient(self.server) as good:
            out = subprocess.run(["slowhttptest", *flags, "-c", "100", "-r", "100", "-i", "1", "-l", "4",
                                  "-u", f"http://{host}:{port}{target}"], capture_output=True, text=True, timeout=PATIENCE)
        self.check_good(good)
        connections = self.server.metric("connections_total")
        self.assertGreater(connections, 100, out.stdout + out.stderr)
        return out

    def test_headers_that_come_slowly(self):
        self.attack("-H")
        self.assertGreater(self.server.metric('answers_total{status="408"}'), 0)
        self.check_nothing_is_left()

    def test_bodies_that_come_slowly(self):
        self.attack("-B")
        self.check_nothing_is_left()

    def test_header_lines_that_are_far_too_long(self):
        self.attack("-R", "-b", "3000")
        self.assertGreater(self.server.metric('answers_total{status="431"}'), 0)
        self.check_nothing_is_left()

    def test_answers_that_are_read_slowly(self):
        self.attack("-X", "-w", "256", "-y", "512", "-n", "1", "-z", "32", "-k", "3", target="/big")
        self.check_nothing_is_left()

    def test_clients_that_speak_no_http(self):
        failures = []
        with GoodClient(self.server) as good:
            memory = []
            for first in range(0, 320, 8):
                talkers = [threading.Thread(target=talk_garbage, args=(self.server, first + i, failures)) for i in range(8)]
                for t in talkers:
                    t.start()
                for t in talkers:
                    t.join(PATIENCE)
                    self.assertFalse(t.is_alive(), "a connection is not closed")
                memory.append(self.own_memory())
        self.assertEqual(failures, [])
        self.check_good(good)
        if not os.environ.get("PLAIT_SANITIZE"):  # they keep memory that was given back
            # The first rounds took what so many connections need; 4,000 more find it there.
            self.assertLess(memory[-1], memory[7] + 2 * 1024, memory)
        self.check_nothing_is_left()

    def own_memory(self):
        """Of the front, in KiB: what it does not share."""
        with open(f"/proc/{self.server.process.pid}/status") as f:
            return int(re.search(r"^RssAnon:\s+(\d+) kB", f.read(), re.M)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
