# Copyright 2026 the plait authors. Boost Software License 1.0
"""`plait queue` as its users meet it: looking at the queues of real processes, and at damaged memory."""

import datetime
import json
import struct
import subprocess
import unittest

import msgpack

from inspect_participant import copy_of, OrdersTest, Participant, PATIENCE, PLAIT, plait, told


class Queues(OrdersTest):
    def test_messages_are_counted_by_state(self):
        self.put("x", "x", "x")
        self.p.tell("receive orders")
        self.p.tell("prepare orders 5")
        q = self.look()
        self.assertEqual((q["waiting"], q["leased"], q["loaned"], q["capacity"]), (2, 1, 1, 10))
        out = self.command().stdout
        self.assertRegex(out, rf"^orders: FIFO, open, in {self.p.segment}\n")
        self.assertRegex(out, r"(?m)^  waiting +2 of 10$")
        self.assertRegex(out, r"(?m)^  leased +1  \(1 by participant 0\)$")

    def test_a_closed_queue_is_said_to_be_closed(self):
        self.p.tell("close orders")
        self.assertIs(self.look()["closed"], True)

    def test_who_waits_for_a_message_is_seen(self):
        self.assertIs(self.look()["waiting_to_take"]["threads"], False)
        self.p.tell("wait orders")
        while not self.look()["waiting_to_take"]["threads"]:
            pass  # it is on its way
        self.assertRegex(self.command().stdout, r"(?m)^  waiting to take +threads$")

    def test_peek_shows_the_next_messages_and_takes_none(self):
        self.put("first", "second", "third")
        for _ in range(2):
            q = self.look("--peek", 2)
            self.assertEqual([m["text"] for m in q["next"]], ["first", "second"])
            self.assertEqual(q["waiting"], 3)
        self.assertIn("    00000000  66 69 72 73 74                                    |first|\n",
                      self.command("--peek", 1).stdout)

    def test_peek_shows_the_beginning_of_a_long_message(self):
        self.put("x" * 1000)
        q = self.look("--peek", 1, "--bytes", 10)
        self.assertEqual((q["next"][0]["bytes"], q["next"][0]["text"]), (1000, "x" * 10))
        self.assertIn("… and 990 B more", self.command("--peek", 1, "--bytes", 10).stdout)

    def peek_at(self, content):
        """A message of these bytes, as text and as JSON."""
        self.p.tell("put_hex orders " + content.hex())
        words = ("queue", self.p.segment, "orders", "--peek", 1)
        shown = plait(*words).stdout, told(*words)["next"][0]
        self.p.tell("receive orders")
        return shown

    def test_messagepack_is_shown_as_the_value_it_is(self):
        for value, expected in (
                ({"dish": "duck", "for": [1, -2, 300, -40000, 2**64 - 1], 7: None},
                 '{"dish": "duck", "for": [1, -2, 300, -40000, 18446744073709551615], 7: nil}'),
                ([True, False, 0.5, b"\x01\xff", "say \"ö\"\n"], '[true, false, 0.5, h\'01ff\', "say \\"ö\\"\\x0a"]'),
                ([datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)], "[2026-01-31T12:00:00Z]"),
                (["x" * 1000], '["' + "x" * 1000 + '"]'),
                (list(range(20)), str(list(range(20)))),
                ({str(i): i for i in range(20)}, str({str(i): i for i in range(20)}).replace("'", '"'))):
            text, as_json = self.peek_at(msgpack.packb(value, datetime=True))
            self.assertIn(f"    MessagePack  {expected}\n", text)
            self.assertEqual(as_json["msgpack"], expected)

    def test_what_is_no_messagepack_is_not_shown_as_any(self):
        for content in (b"x", b"just text", b"\x92\x01", b"\x01\x02", b"\xc1", b"\xdf\xff\xff\xff\xff", b"\x91" * 1000,
                        b"\xd4\x05\x00"):
            text, as_json = self.peek_at(content)
            self.assertNotIn("MessagePack", text)
            self.assertNotIn("msgpack", as_json)

    def test_a_message_that_came_back_says_so(self):
        self.put("x")
        self.p.tell("receive orders")
        self.p.tell("release")
        q = self.look("--peek", 1)
        self.assertEqual((q["next"][0]["returned"], q["next"][0]["deliveries"]), (True, 1))

    def test_it_works_while_every_participant_is_stopped(self):
        self.put("x")
        self.p.stop()
        self.assertEqual(self.look("--peek", 1)["next"][0]["text"], "x")

    def test_looking_does_not_enter_the_segment(self):
        self.put("x")
        self.look("--peek", 1)
        found = told("ps", self.p.segment)["segments"][0]["participants"]
        self.assertEqual([(x["index"], x["incarnation"]) for x in found], [(0, 1)])
        told("ls")
        with Participant(self.p) as next_one:
            found = told("ps", self.p.segment)["segments"][0]["participants"]
            self.assertEqual((next_one.index, found[1]["incarnation"]), (1, 1))

    def test_drain_prints_every_message_and_leaves_the_queue_empty(self):
        self.put("first", "second")
        out = self.command("--drain", "--json")
        self.assertEqual([json.loads(l)["text"] for l in out.stdout.splitlines()], ["first", "second"])
        q = self.look()
        self.assertEqual((q["waiting"], q["leased"]), (0, 0))

    def test_what_drain_cannot_print_stays_in_the_queue(self):
        self.put("x")
        with open("/dev/full", "w") as full:
            out = subprocess.run([PLAIT, "queue", self.p.segment, "orders", "--drain"], stdout=full,
                                 stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual(out.returncode, 1)
        self.assertIn("cannot be printed and goes back", out.stderr)
        self.assertEqual(self.look()["waiting"], 1)

    def test_nothing_in_a_message_reaches_the_terminal_as_a_command(self):
        self.put("\x1b[2Jhello\x07")
        out = self.command("--peek", 1)
        self.assertNotRegex(out.stdout, r"[\x00-\x09\x0b-\x1f]")
        self.assertNotIn("text", self.look("--peek", 1)["next"][0])


class Leases(OrdersTest):
    options = "10 1"  # whatever comes back is a dead letter

    def die_one(self, text):
        self.put(text)
        self.p.tell("receive orders")
        self.p.tell("reject")

    def test_dead_letters_are_shown_with_the_reason_and_their_last_holder(self):
        self.die_one("bad duck")
        q = self.look("--dead")
        self.assertEqual((q["dead"], q["waiting"], q["leased"]), (1, 0, 0))
        letter = q["dead_letters"][0]
        self.assertEqual((letter["text"], letter["why"], letter["last_holder_pid"], letter["deliveries"]),
                         ("bad duck", "rejected", self.p.pid, 1))
        out = self.command("--dead").stdout
        self.assertRegex(out, r"(?m)^  dead letters +1  \(after 1 delivery\)$")
        self.assertIn(f"#1  8 B, rejected, held last by process {self.p.pid}, delivered 1 time\n", out)

    def test_replay_puts_the_dead_letters_back(self):
        self.die_one("bad duck")
        self.assertEqual(self.command("--replay").stdout, "1 message replayed\n")
        q = self.look("--peek", 1)
        self.assertEqual((q["dead"], q["next"][0]["text"], q["next"][0]["deliveries"]), (0, "bad duck", 0))

    def test_replay_says_as_json_how_many(self):
        self.assertEqual(self.look("--replay"), {"replayed": 0})
        self.die_one("bad duck")
        self.die_one("bad corn")
        self.assertEqual(self.look("--replay"), {"replayed": 2})
        q = self.look("--peek", 2)
        self.assertEqual((q["dead"], sorted(m["text"] for m in q["next"])), (0, ["bad corn", "bad duck"]))

    def test_drop_throws_the_dead_letters_away(self):
        self.die_one("bad duck")
        self.assertEqual(self.look("--drop"), {"dropped": 1})
        q = self.look()
        self.assertEqual((q["dead"], q["waiting"]), (0, 0))

    def test_evict_takes_the_messages_of_a_stopped_participant(self):
        with Participant(self.p) as q:
            self.p.tell("queue jobs 10")
            for _ in range(2):
                self.p.tell("put jobs x")
                q.tell("receive jobs")
            q.stop()
            self.assertEqual(told("queue", self.p.segment, "jobs", "--evict", q.index), {"evicted": 2})
            found = told("queue", self.p.segment, "jobs")
            self.assertEqual((found["waiting"], found["leased"]), (2, 0))

    def test_evicting_an_index_that_there_is_not_is_refused(self):
        out = self.command("--evict", 4000)
        self.assertEqual((out.returncode, out.stdout), (1, ""))

    def test_the_limit_of_a_lease_is_told(self):
        self.put("x")
        self.p.tell("receive_for orders 864000")
        q = self.look()
        self.assertEqual(q["leased"], 1)
        self.assertLessEqual(q["holdings"][0]["next_limit_seconds"], 864001)
        self.assertGreater(q["holdings"][0]["next_limit_seconds"], 0)
        self.assertRegex(plait("ps", self.p.segment).stdout, r"orders: 1 lease \(limit in (9|10) d\)")


class Damage(OrdersTest):
    """Bytes of a segment, copied and changed: looking tells what is wrong, and entering is refused."""

    def setUp(self):
        super().setUp()
        self.put("first", "second")
        with open(f"/proc/{self.p.pid}/fd/{self.p.memory}", "rb") as f:
            content = f.read()
        self.entry = self.find_entry(content, content.index(b"orders\0"))
        self.queue = struct.unpack_from("<Q", content, self.entry + 8)[0]

    @staticmethod
    def find_entry(content, name):
        """An entry is on a cache line: type, length of the name, offset, bytes, layout, name."""
        entry = name - 32
        assert struct.unpack_from("<II", content, entry) == (1, len("orders")), content[entry:entry + 64]
        return entry

    def refused(self, *damages):
        """How looking at the queue, and draining it, fail."""
        with copy_of(self.p, *damages) as copy:
            drained = plait("queue", copy, "orders", "--drain")
            self.assertEqual((drained.returncode, drained.stdout), (1, ""))
            return plait("queue", copy, "orders")

    def test_foreign_memory_is_refused(self):
        out = self.refused((0, "<Q", 0))
        self.assertEqual(out.returncode, 1)
        self.assertIn("does not begin with the mark of a segment", out.stderr)

    def test_another_layout_version_is_refused_by_number(self):
        out = self.refused((8, "<I", 77))
        self.assertEqual(out.returncode, 1)
        self.assertRegex(out.stderr, r"layout version 77, this program knows \d+")

    def test_an_object_outside_the_segment_is_refused(self):
        out = self.refused((self.entry + 8, "<Q", 1 << 40))
        self.assertEqual(out.returncode, 1)
        self.assertIn("'orders' is damaged: it is said to have", out.stderr)

    def test_a_queue_of_impossible_geometry_is_refused(self):
        out = self.refused((self.queue + 4, "<I", 1 << 30))
        self.assertEqual(out.returncode, 1)
        self.assertIn("orders: refused: the memory of a queue is damaged: number of cells", out.stdout)

    def test_a_queue_that_does_not_exist_is_refused(self):
        out = plait("queue", self.p.segment, "nothing")
        self.assertEqual((out.returncode, out.stderr), (1, "plait: the segment has no object 'nothing'\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
