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
SECONDS = 3 if SHORT else 10
KILL_EVERY = 0.2


class Storm(unittest.TestCase):
    def storm(self, server, *wrk_flags):
        """wrk for SECONDS, with a worker killed every KILL_EVERY seconds; its report, and the number of kills."""
        host, port = server.address
        wrk = subprocess.Popen(
            ["wrk", "-t1", "-c64", f"-d{SECONDS}s", "--latency", *wrk_flags, f"http://{host}:{port}/"],
            stdout=subprocess.PIPE, text=True)
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
        return report, len(killed)

    def test_every_request_is_answered_200_and_the_memory_comes_back(self):
        with Server("--handler", "echo", "--retry", "always") as s:
            front = s.process.pid
            report, kills = self.storm(s)
            self.assertGreater(kills, SECONDS / KILL_EVERY / 2)
            self.assertNotIn("Non-2xx", report)
            self.assertNotIn("Socket errors", report)
            self.assertGreater(int(re.search(r"(\d+) requests in", report)[1]), 1000, report)
            self.assertEqual(s.process.pid, front)
            self.assertEqual(s.ask("POST", body=b"after the storm").body, b"after the storm")
            self.assertEqual(s.drain(), 0, s.log)
            self.assertIn("all memory of the queues is free", s.wait_for_log("memory"))
            died = int(re.search(r"(\d+) workers died", s.wait_for_log("drained"))[1])
            self.assertEqual(died, kills)


if __name__ == "__main__":
    unittest.main(verbosity=2)
