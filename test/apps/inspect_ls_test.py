# Copyright 2026 the plait authors. Boost Software License 1.0
"""`plait ls` and `plait rm`, and the command line of all, as their users meet them."""

import json
import os
import pathlib
import re
import tempfile
import unittest

from inspect_participant import copy_of, Participant, plait, told


class Listing(unittest.TestCase):
    def test_a_segment_is_found_through_the_process_that_holds_it(self):
        with Participant() as p:
            p.tell("queue orders 10")
            line = next(l for l in plait("ls").stdout.splitlines() if l.startswith(p.segment + " "))
            self.assertRegex(line, rf"^{p.segment} +1 MiB +[\d.]+ KiB +1 alive +orders +{p.pid}$")

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

    def test_rm_says_as_json_what_it_removed(self):
        for words in ([], ["--force"]):
            with Participant(name=self.name):
                pass
            self.assertEqual(told("rm", self.name, *words), {"removed": self.name})
            self.assertFalse(os.path.exists(f"/dev/shm/plait.{self.name}"))

    def test_what_rm_refuses_is_no_json(self):
        with Participant(name=self.name):
            out = plait("rm", self.name, "--json")
            self.assertEqual((out.returncode, out.stdout), (1, ""))
            self.assertIn("is in use by", out.stderr)

    def test_rm_with_force_as_json_removes_what_somebody_lives_in(self):
        with Participant(name=self.name) as p:
            self.assertEqual(told("rm", self.name, "--force"), {"removed": self.name})
            self.assertEqual(told("ps", f"pid:{p.pid}")["segments"][0]["participants"][0]["state"], "alive")

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
