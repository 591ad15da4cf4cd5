# Copyright 2026 the plait authors. Boost Software License 1.0
"""Workers are killed while requests pour in: every request is answered, and the memory comes back."""

import os
import random
import re
import signal
import subprocess
import threading
import unittest

from intake_server import PATIENCE, Server

SHORT = bool(os.environ.get("PLAIT_TEST_SHORT"))
SECONDS = 4 if SHORT else 10
KILL_EVERY = 0.2


class Storm(unittest.TestCase):
    def storm(self, server, seconds):
        """wrk for so long, with a worker killed every KILL_EVERY seconds; its report, and the number of kills."""
        host, port = server.address
        wrk = subprocess.Popen(
            ["wrk", "-t1", "-c64", f"-d{seconds}s", f"http://{host}:{port}/"], stdout=subprocess.PIPE, text=True)
        over = threading.Event()
        killed = set()

        def kill():
            while not over.wait(KILL_EVERY):
                alive = [w for w in server.workers() if w not in killed]
                if alive:
                    victim = random.choice(alive)
                    os.kill(victim, signal.SIGKILL)
                    killed.add(victim)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            report, _ = wrk.communicate(timeout=PATIENCE)
        finally:
            over.set()
            killer.join()
        self.assertGreater(len(killed), seconds / KILL_EVERY / 2)
        self.assertGreater(int(re.search(r"(\d+) requests in", report)[1]), 100, report)
        self.assertNotIn("Socket errors", report)  # no connection lost, and nobody waited longer than two seconds
        return report, len(killed)

    def ends_well(self, server, kills):
        """The same front still answers, drains, counts the deaths, and has all its memory back."""
        self.assertEqual(server.ask("POST", body=b"after the storm").status, 200)
        self.assertEqual(server.drain(), 0, server.log)
        self.assertRegex(server.wait_for_log("memory"), "all memory of the queues is free, [1-9]")
        died = int(re.search(r"(\d+) workers died", server.wait_for_log("drained"))[1])
        self.assertEqual(died, kills)

    def test_every_request_is_answered_200_if_it_may_be_retried(self):
        for handler, seconds in (("echo", SECONDS), ("sleep:1", SECONDS / 2)):
            with self.subTest(handler=handler), Server("--handler", handler, "--retry", "always") as s:
                report, kills = self.storm(s, int(seconds))
                self.assertNotIn("Non-2xx", report)
                self.ends_well(s, kills)

    def test_a_kill_costs_at_most_one_request_if_none_may_be_retried(self):
        with Server("--handler", "sleep:1", "--retry", "never") as s:
            report, kills = self.storm(s, int(SECONDS / 2))
            failed = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
            self.assertTrue(failed, "a worker that sleeps in its handler was killed, and nobody was told")
            self.assertLessEqual(int(failed[1]), kills)
            self.ends_well(s, kills)


if __name__ == "__main__":
    unittest.main(verbosity=2)
