# Copyright 2026 the plait authors. Boost Software License 1.0
"""Real processes for the tests of the `plait` command to look at, and copies of their memory to be damaged."""

import contextlib
import json
import os
import signal
import struct
import subprocess
import unittest

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
        self.die()
        self.process.stdin.close()
        self.process.stdout.close()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer == "done\n", answer

    def die(self):
        self.process.kill()
        self.process.wait(PATIENCE)

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


class OrdersTest(unittest.TestCase):
    """With a process that has a queue `orders` in a segment of its own."""

    options = "10"  # its capacity; how often a message may be delivered

    def setUp(self):
        self.p = self.enterContext(Participant())
        self.p.tell(f"queue orders {self.options}")

    def put(self, *texts):
        for text in texts:
            self.p.tell(f"put orders {text}")

    def command(self, *words):
        return plait("queue", self.p.segment, "orders", *words)

    def look(self, *words):
        return told("queue", self.p.segment, "orders", *words)
