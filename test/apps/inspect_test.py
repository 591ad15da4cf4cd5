# Copyright 2026 the plait authors. Boost Software License 1.0
"""The `plait` command as its users meet it: the real program, looking at real processes and at damaged memory."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import tempfile
import unittest

import msgpack

PLAIT = os.environ["PLAIT"]
SCENE = os.environ["PLAIT_INSPECT_SCENE"]

# Nothing here takes nearly as long: it bounds a test that would otherwise hang.
PATIENCE = 60


def plait(*words):
    return subprocess.run([PLAIT, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE)


def told(*words):
    """What it says as JSON."""
    out = plait(*words, "--json")
    assert out.returncode == 0, out
    return json.loads(out.stdout)


class Participant:
    """A process in a segment: the maker of one, or one who enters that of `maker`."""

    def __init__(self, maker=None, name=None):
        words, fds = [SCENE, *([name] if name else [])], []
        if maker:
            fds = [os.open(f"/proc/{maker.pid}/fd/{fd}", os.O_RDWR) for fd in (maker.memory, maker.liveness)]
            words += [str(fd) for fd in fds]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=fds)
        for fd in fds:
            os.close(fd)
        self.pid = self.process.pid
        self.memory, self.liveness, self.index = map(int, self.process.stdout.readline().split())
        self.inode = os.stat(f"/proc/{self.pid}/fd/{self.memory}").st_ino
        self.segment = f"memfd:{self.inode}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdin.close()
        self.process.stdout.close()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer == "done\n", answer

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)


@contextlib.contextmanager
def copy_of(participant, *damages):
    """A segment's bytes in a file that this process holds, with (offset, format, value) overwritten; its name."""
    with open(f"/proc/{participant.pid}/fd/{participant.memory}", "rb") as f:
        content = bytearray(f.read())
    for offset, form, value in damages:
        struct.pack_into(form, content, offset, value)
    memory = os.memfd_create("plait-segment")
    liveness = os.open(f"/proc/{participant.pid}/fd/{participant.liveness}", os.O_RDONLY)
    try:
        os.write(memory, content)
        yield f"memfd:{os.stat(memory).st_ino}"
    finally:
        os.close(memory)
        os.close(liveness)


class Listing(unittest.TestCase):
    def test_a_segment_is_found_through_the_process_that_holds_it(self):
        with Participant() as p:
            p.tell("queue orders 10")
            line = next(l for l in plait("ls").stdout.splitlines() if l.startswith(p.segment + " "))
            self.assertRegex(line, rf"^{p.segment}  1 MiB +[\d.]+ KiB +1 alive +orders +{p.pid}$")

    def test_as_json_it_tells_the_same(self):
        with Participant() as p:
            p.tell("queue orders 10")
            one = next(s for s in told("ls")["segments"] if s["segment"] == p.segment)
            self.assertEqual((one["bytes"], one["held_by"], one["readable"]), (1 << 20, [p.pid], True))
            self.assertEqual([(o["name"], o["type"]) for o in one["objects"]], [("orders", "queue")])

    def test_a_process_that_holds_the_memory_only_is_listed_as_its_holder(self):
        with Participant() as p, copy_of(p) as copy:
            one = next(s for s in told("ls")["segments"] if s["segment"] == copy)
            self.assertEqual(one["held_by"], [os.getpid()])

    def test_one_that_cannot_be_read_is_listed_with_the_reason(self):
        with Participant() as p, copy_of(p, (8, "<I", 99)) as copy:
            out = plait("ls")
            self.assertEqual(out.returncode, 0)
            self.assertRegex(out.stdout, rf"(?m)^{copy}: refused: it has layout version 99, this program knows \d+$")
            self.assertRegex(out.stdout, rf"(?m)^{p.segment} .* 1 alive")


class Names(unittest.TestCase):
    """Segments that have a name, or are a file."""

    def setUp(self):
        self.name = f"inspect-test.{os.getpid()}"
        self.addCleanup(plait, "rm", self.name, "--force")

    def test_a_named_segment_is_listed_by_its_name_with_its_participants(self):
        with Participant(name=self.name) as p:
            p.tell("queue orders 10")
            one = next(s for s in told("ls")["segments"] if s["segment"] == self.name)
            self.assertEqual((one["held_by"], one["participants"][0]["state"]), ([p.pid], "alive"))
            p.tell("put orders hello")
            self.assertEqual(told("queue", self.name, "orders", "--peek", 1)["next"][0]["text"], "hello")

    def test_one_that_nobody_holds_is_listed_with_its_dead(self):
        with Participant(name=self.name) as p:
            p.tell("queue orders 10")
            p.tell("put orders hello")
        one = next(s for s in told("ls")["segments"] if s["segment"] == self.name)
        self.assertEqual((one["held_by"], [x["state"] for x in one["participants"]]), ([], ["dead"]))
        self.assertEqual(told("queue", self.name, "orders")["waiting"], 1)
        out = plait("queue", self.name, "orders", "--drain", "--json")
        self.assertEqual(json.loads(out.stdout)["text"], "hello")

    def test_rm_refuses_while_somebody_lives_in_it_and_says_who(self):
        with Participant(name=self.name) as p:
            out = plait("rm", self.name)
            self.assertEqual((out.returncode, out.stdout), (1, ""))
            self.assertIn(f"{self.name} is in use by process {p.pid}; --force", out.stderr)
            self.assertTrue(os.path.exists(f"/dev/shm/plait.{self.name}"))

    def test_rm_removes_what_nobody_lives_in(self):
        with Participant(name=self.name):
            pass
        out = plait("rm", self.name)
        self.assertEqual((out.returncode, out.stdout), (0, f"{self.name} removed\n"))
        self.assertEqual([f for f in os.listdir("/dev/shm") if self.name in f], [])
        self.assertEqual(plait("rm", self.name).returncode, 1)

    def test_rm_with_force_leaves_those_who_are_in_in(self):
        with Participant(name=self.name) as p:
            p.tell("queue orders 10")
            self.assertEqual(plait("rm", self.name, "--force").returncode, 0)
            p.tell("put orders x")
            q = told("queue", f"removed:{p.inode}", "orders")
            self.assertEqual(q["waiting"], 1)
            self.assertEqual(told("ps", f"pid:{p.pid}")["segments"][0]["participants"][0]["state"], "alive")

    def test_rm_removes_what_is_no_segment_with_force_alone(self):
        path = f"/dev/shm/plait.{self.name}"
        with open(path, "w") as f:
            f.write("something else")
        out = plait("rm", self.name)
        self.assertEqual(out.returncode, 1)
        self.assertIn("no segment of this program", out.stderr)
        self.assertTrue(os.path.exists(path))
        self.assertEqual(plait("rm", self.name, "--force").returncode, 0)
        self.assertFalse(os.path.exists(path))

    def test_an_anonymous_segment_cannot_be_removed(self):
        with Participant() as p:
            out = plait("rm", p.segment, "--force")
            self.assertEqual(out.returncode, 1)
            self.assertIn("has no name that could be removed", out.stderr)

    def test_a_file_is_looked_at_by_its_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/jobs"
            with Participant(name=path) as p:
                p.tell("queue orders 10")
                p.tell("put orders hello")
                self.assertEqual(told("ps", path)["segments"][0]["participants"][0]["process"]["pid"], p.pid)
            self.assertEqual(told("queue", path, "orders", "--peek", 1)["next"][0]["text"], "hello")
            self.assertEqual(plait("rm", path).returncode, 0)
            self.assertFalse(os.path.exists(path))


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
            q.process.kill()
            q.process.wait(PATIENCE)
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
            q.process.kill()
            q.process.wait(PATIENCE)
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


class Queues(unittest.TestCase):
    def setUp(self):
        self.p = self.enterContext(Participant())
        self.p.tell("queue orders 10")

    def test_messages_are_counted_by_state(self):
        for _ in range(3):
            self.p.tell("put orders x")
        self.p.tell("receive orders")
        self.p.tell("prepare orders 5")
        q = told("queue", self.p.segment, "orders")
        self.assertEqual((q["waiting"], q["leased"], q["loaned"], q["capacity"]), (2, 1, 1, 10))
        out = plait("queue", self.p.segment, "orders").stdout
        self.assertRegex(out, rf"^orders: FIFO, open, in {self.p.segment}\n")
        self.assertRegex(out, r"(?m)^  waiting +2 of 10$")
        self.assertRegex(out, r"(?m)^  leased +1  \(1 by participant 0\)$")

    def test_a_closed_queue_is_said_to_be_closed(self):
        self.p.tell("close orders")
        self.assertIs(told("queue", self.p.segment, "orders")["closed"], True)

    def test_who_waits_for_a_message_is_seen(self):
        self.assertIs(told("queue", self.p.segment, "orders")["waiting_to_take"]["threads"], False)
        self.p.tell("wait orders")
        while not told("queue", self.p.segment, "orders")["waiting_to_take"]["threads"]:
            pass  # it is on its way
        self.assertRegex(plait("queue", self.p.segment, "orders").stdout, r"(?m)^  waiting to take +threads$")

    def test_peek_shows_the_next_messages_and_takes_none(self):
        for text in ("first", "second", "third"):
            self.p.tell(f"put orders {text}")
        for _ in range(2):
            q = told("queue", self.p.segment, "orders", "--peek", 2)
            self.assertEqual([m["text"] for m in q["next"]], ["first", "second"])
            self.assertEqual(q["waiting"], 3)
        self.assertIn("    00000000  66 69 72 73 74                                    |first|\n",
                      plait("queue", self.p.segment, "orders", "--peek", 1).stdout)

    def test_peek_shows_the_beginning_of_a_long_message(self):
        self.p.tell("put orders " + "x" * 1000)
        q = told("queue", self.p.segment, "orders", "--peek", 1, "--bytes", 10)
        self.assertEqual((q["next"][0]["bytes"], q["next"][0]["text"]), (1000, "x" * 10))
        self.assertIn("… and 990 B more", plait("queue", self.p.segment, "orders", "--peek", 1, "--bytes", 10).stdout)

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
        self.p.tell("put orders x")
        self.p.tell("receive orders")
        self.p.tell("release")
        q = told("queue", self.p.segment, "orders", "--peek", 1)
        self.assertEqual((q["next"][0]["returned"], q["next"][0]["deliveries"]), (True, 1))

    def test_it_works_while_every_participant_is_stopped(self):
        self.p.tell("put orders x")
        self.p.stop()
        self.assertEqual(told("queue", self.p.segment, "orders", "--peek", 1)["next"][0]["text"], "x")

    def test_looking_does_not_enter_the_segment(self):
        self.p.tell("put orders x")
        told("queue", self.p.segment, "orders", "--peek", 1)
        found = told("ps", self.p.segment)["segments"][0]["participants"]
        self.assertEqual([(x["index"], x["incarnation"]) for x in found], [(0, 1)])
        told("ls")
        with Participant(self.p) as next_one:
            found = told("ps", self.p.segment)["segments"][0]["participants"]
            self.assertEqual((next_one.index, found[1]["incarnation"]), (1, 1))

    def test_drain_prints_every_message_and_leaves_the_queue_empty(self):
        for text in ("first", "second"):
            self.p.tell(f"put orders {text}")
        out = plait("queue", self.p.segment, "orders", "--drain", "--json")
        self.assertEqual([json.loads(l)["text"] for l in out.stdout.splitlines()], ["first", "second"])
        q = told("queue", self.p.segment, "orders")
        self.assertEqual((q["waiting"], q["leased"]), (0, 0))

    def test_what_drain_cannot_print_stays_in_the_queue(self):
        self.p.tell("put orders x")
        with open("/dev/full", "w") as full:
            out = subprocess.run([PLAIT, "queue", self.p.segment, "orders", "--drain"], stdout=full,
                                 stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual(out.returncode, 1)
        self.assertIn("cannot be printed and goes back", out.stderr)
        self.assertEqual(told("queue", self.p.segment, "orders")["waiting"], 1)

    def test_nothing_in_a_message_reaches_the_terminal_as_a_command(self):
        self.p.tell("put orders \x1b[2Jhello\x07")
        out = plait("queue", self.p.segment, "orders", "--peek", 1)
        self.assertNotRegex(out.stdout, r"[\x00-\x09\x0b-\x1f]")
        self.assertNotIn("text", told("queue", self.p.segment, "orders", "--peek", 1)["next"][0])


class Leases(unittest.TestCase):
    def setUp(self):
        self.p = self.enterContext(Participant())
        self.p.tell("queue orders 10 1")  # whatever comes back is a dead letter

    def look(self, *words):
        return told("queue", self.p.segment, "orders", *words)

    def die_one(self, text):
        self.p.tell(f"put orders {text}")
        self.p.tell("receive orders")
        self.p.tell("reject")

    def test_dead_letters_are_shown_with_the_reason_and_their_last_holder(self):
        self.die_one("bad duck")
        q = self.look("--dead")
        self.assertEqual((q["dead"], q["waiting"], q["leased"]), (1, 0, 0))
        letter = q["dead_letters"][0]
        self.assertEqual((letter["text"], letter["why"], letter["last_holder_pid"], letter["deliveries"]),
                         ("bad duck", "rejected", self.p.pid, 1))
        out = plait("queue", self.p.segment, "orders", "--dead").stdout
        self.assertRegex(out, r"(?m)^  dead letters +1  \(after 1 delivery\)$")
        self.assertIn(f"#1  8 B, rejected, held last by process {self.p.pid}, delivered 1 time\n", out)

    def test_replay_puts_the_dead_letters_back(self):
        self.die_one("bad duck")
        self.assertEqual(plait("queue", self.p.segment, "orders", "--replay").stdout, "1 message replayed\n")
        q = self.look("--peek", 1)
        self.assertEqual((q["dead"], q["next"][0]["text"], q["next"][0]["deliveries"]), (0, "bad duck", 0))

    def test_drop_throws_the_dead_letters_away(self):
        self.die_one("bad duck")
        self.assertEqual(told("queue", self.p.segment, "orders", "--drop"), {"dropped": 1})
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
        out = plait("queue", self.p.segment, "orders", "--evict", 4000)
        self.assertEqual((out.returncode, out.stdout), (1, ""))

    def test_the_limit_of_a_lease_is_told(self):
        self.p.tell("put orders x")
        self.p.tell("receive_for orders 864000")
        q = self.look()
        self.assertEqual(q["leased"], 1)
        self.assertLessEqual(q["holdings"][0]["next_limit_seconds"], 864001)
        self.assertGreater(q["holdings"][0]["next_limit_seconds"], 0)
        self.assertRegex(plait("ps", self.p.segment).stdout, r"orders: 1 lease \(limit in (9|10) d\)")


class Damage(unittest.TestCase):
    """Bytes of a segment, copied and changed: looking tells what is wrong, and entering is refused."""

    def setUp(self):
        self.p = self.enterContext(Participant())
        self.p.tell("queue orders 10")
        for text in ("first", "second"):
            self.p.tell(f"put orders {text}")
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


class CommandLine(unittest.TestCase):
    def test_help_teaches_with_examples(self):
        out = plait("--help")
        self.assertEqual((out.returncode, out.stderr), (0, ""))
        self.assertIn("plait queue kitchen orders", out.stdout)
        for command in ("ls", "ps", "queue"):
            self.assertIn("--json", plait(command, "--help").stdout)

    def test_it_knows_the_commands_of_its_guide(self):
        commands = re.findall(r"(?m)^\$ plait ([^|>\n]*)", pathlib.Path(os.environ["PLAIT_GUIDE"]).read_text())
        self.assertGreater(len(commands), 5)
        for command in commands:
            out = plait(*command.split(), "--help")
            self.assertEqual((out.returncode, out.stderr), (0, ""), command)

    def test_a_malformed_command_line_exits_with_2(self):
        for words in ((), ("nonsense",), ("queue",), ("queue", "memfd:1", "q", "--peek", "many"),
                      ("queue", "memfd:1", "q", "--drain", "--peek", "1"), ("queue", "memfd:1", "q", "--drain", "--replay"),
                      ("queue", "memfd:1", "q", "--evict")):
            out = plait(*words)
            self.assertEqual((out.returncode, out.stdout), (2, ""), words)
            self.assertEqual(out.stderr.count("\n"), 1, out.stderr)

    def test_a_segment_that_does_not_exist_exits_with_1(self):
        for name in ("memfd:1", "nobody-s"):
            out = plait("ps", name)
            self.assertEqual(out.returncode, 1)
            self.assertIn(f"plait: there is no segment '{name}'", out.stderr)

    def test_a_name_of_another_form_says_what_a_name_is(self):
        self.assertIn("memfd:INODE", plait("ps", "what: is this").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
