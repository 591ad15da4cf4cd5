"""Child processes that cannot be left behind: each runs in a session of its own, and `running` ends all of it."""
import contextlib
import ctypes
import os
import signal
import subprocess


class Failure(Exception):
    """A measurement that did not come about. The message says what was run and what it said."""


@contextlib.contextmanager
def running(command, *, one_cpu=False, cwd=None, output=subprocess.PIPE):
    """Runs `command` for the length of the with statement, then kills whatever is left of its session. `one_cpu` keeps
    it on the last CPU: interrupts mostly go to the first."""
    if one_cpu:
        command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    try:
        process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   text=True, start_new_session=True)
    except OSError as error:
        raise Failure(f"{text_of(command)}: {error.strerror}") from None
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-process.pid, 0)  # the orphans of the session
        if process.stdout:
            process.stdout.close()


def adopt_orphans():
    """Makes this process the one that gets, and reaps, its descendants' orphans."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise Failure("prctl(PR_SET_CHILD_SUBREAPER) failed")


def text_of(command):
    """A command as one would type it, for messages."""
    return " ".join(map(str, command))


def output_of(command, *, one_cpu=False, seconds=120):
    """What `command` printed. It must end with status 0 within `seconds`."""
    with running(command, one_cpu=one_cpu) as process:
        try:
            text, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{text_of(command)}: did not end within {seconds} s") from None
    if process.returncode != 0:
        raise Failure(f"{text_of(command)}: ended with status {process.returncode}\n{text.strip()}")
    return text


def tree(root):
    """The process `root` and everything that descends from it."""
    children = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            parent = int(_stat(entry)[1])
            children.setdefault(parent, []).append(int(entry))
    found, unvisited = [], [root]
    while unvisited:
        pid = unvisited.pop()
        found.append(pid)
        unvisited += children.get(pid, [])
    return found


def cpu_seconds(root):
    """User and system time that the process `root` and its descendants have used so far."""
    ticks = 0
    for pid in tree(root):
        try:
            fields = _stat(pid)
        except OSError:
            raise Failure(f"process {pid} ended while its CPU time was counted") from None
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def private_bytes(root):
    """Memory that the process `root` and its descendants have to themselves: private and not of a file."""
    total = 0
    for pid in tree(root):
        with open(f"/proc/{pid}/status") as f:
            total += next(int(line.split()[1]) * 1024 for line in f if line.startswith("RssAnon:"))
    return total


def _stat(pid):
    """/proc/PID/stat from the state on: the name before it may hold blanks and parentheses."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()
