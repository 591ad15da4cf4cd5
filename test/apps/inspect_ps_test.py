# Copyright 2026 the plait authors. Boost Software License 1.0
"""`plait ps` as its users meet it: looking at real processes, alive, stopped and dead."""

import os
import struct
import unittest

from inspect_participant import copy_of, Participant, plait, SCENE, told


class Participants(unittest.TestCase):
    def census(self, which):
        return told("ps", which)["segments"][0]

    def test_the_living_are_alive_and_named_by_the_kernel(self):
        with Participant() as p, Participant(p) as q:
            found = self.census(p.segment)["participants"]
            self.assertEqual([(x["index"], x["state"], x["process"]["pid"]) for x in found],
                             [(0, "alive", p.pid), (1, "alive", q.pid)])
            self.assertTrue(found[0]["process"]["command"].startswith(SCENE), found)

    def test_a_stopped_one_is_alive_and_said_to_be_stopped(self):
        with Participant() as p, Participant(p) as q:
            q.stop()
            found = self.census(p.segment)["participants"][1]
            self.assertEqual((found["state"], found["process"]["stopped"]), ("alive", True))
            self.assertRegex(plait("ps", p.segment).stdout, rf"(?m)^1 +{q.pid} +stopped ")

    def test_a_killed_one_is_dead_until_somebody_sweeps(self):
        with Participant() as p, Participant(p) as q:
            p.stop()  # nobody is left who could sweep
            q.die()
            found = self.census(p.segment)["participants"][1]
            self.assertEqual((found["state"], found["pid_hint"]), ("dead", q.pid))
            self.assertNotIn("process", found)
            out = plait("ps", p.segment).stdout
            self.assertRegex(out, rf"(?m)^1 +{q.pid}\? +dead +- ")
            self.assertIn("another process may have that number by now", out)

    def test_what_they_hold_is_told_by_queue(self):
        with Participant() as p, Participant(p) as q:
            p.tell("queue orders 10")
            p.tell("queue done 10")
            for _ in range(3):
                p.tell("put orders x")
            for _ in range(2):
                q.tell("receive orders")
            q.tell("prepare done 100")
            found = self.census(p.segment)["participants"]
            self.assertEqual(found[0]["holds"], {})
            self.assertEqual(found[1]["holds"]["orders"]["leases"], 2)
            self.assertEqual(found[1]["holds"]["done"]["loans"], 1)
            self.assertIn("orders: 2 leases; done: 1 loan", plait("ps", p.segment).stdout)

    def test_what_a_dead_one_held_is_told_too(self):
        with Participant() as p, Participant(p) as q:
            p.tell("queue orders 10")
            p.tell("put orders x")
            q.tell("receive orders")
            p.stop()
            q.die()
            self.assertRegex(plait("ps", p.segment).stdout, r"(?m) dead +- +orders: 1 lease ")

    def test_a_segment_can_be_named_by_a_process(self):
        with Participant() as p:
            self.assertEqual(self.census(f"pid:{p.pid}")["segment"], p.segment)

    def test_without_the_liveness_file_nobody_can_tell_who_is_alive(self):
        with Participant() as p:
            inode = os.stat(f"/proc/{p.pid}/fd/{p.liveness}").st_ino
            with open(f"/proc/{p.pid}/fd/{p.memory}", "rb") as f:
                at = f.read(4096).index(struct.pack("<Q", inode))
            with copy_of(p, (at, "<Q", inode + 1_000_000)) as copy:
                found = self.census(copy)
                self.assertEqual(found["participants"][0]["state"], "unknown")
                self.assertIn("who is alive cannot be told", found["problems"][0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
