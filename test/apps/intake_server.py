# Copyright 2026 the plait authors. Boost Software License 1.0
"""A plait-intake started for a test, and clients as bare as sockets, so that a test sees every byte."""

import os
import re
import signal
import socket
import subprocess
import threading
import time

PROGRAM = os.environ["PLAIT_INTAKE"]

# Nothing here takes nearly as long: it bounds a test that would otherwise hang.
PATIENCE = 60


class Server:
    """`with Server("--workers", "1") as s:`: listens on a free port; killed at the end if it still runs."""

    def __init__(self, *flags, listen="127.0.0.1:0", program=PROGRAM, **popen):
        admin = [] if "--config" in flags else ["--admin", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [program, "--listen", listen, *admin, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)
        self.log = []
        self._log_is_over = False
        self._logged = threading.Condition()
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.greeting = ""
        for line in self.process.stdout:
            self.greeting += line
            if line.startswith("Ctrl-C"):
                break
        found = re.match(r"plait-intake listens on (.*):(\d+)\n", self.greeting)
        if not found:
            raise AssertionError(f"it did not start: {self.greeting!r}, {self.wait()}, {self.log}")
        self.address = (found[1], int(found[2]))
        admin = re.search(r"http://(.*):(\d+)/metrics", self.greeting)
        self.admin_address = (admin[1], int(admin[2])) if admin else None

    def _read_log(self):
        for line in self.process.stderr:
            with self._logged:
                self.log.append(line)
                self._logged.notify_all()
        with self._logged:
            self._log_is_over = True
            self._logged.notify_all()

    def wait_for_log(self, text):
        """Waits until a line of the log holds `text`, and returns that line."""
        with self._logged:
            self._logged.wait_for(lambda: self._log_is_over or any(text in line for line in self.log), PATIENCE)
            for line in self.log:
                if text in line:
                    return line
        raise AssertionError(f"{text!r} is not in the log: {self.log}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def wait(self):
        """Its exit code, once it has ended and its log is complete."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end; its log: {self.log}, its workers: {self.workers()}") from None
        self._reader.join(PATIENCE)
        return code

    def workers(self):
        """The process ids of its children."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            children = f.read().split()
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            if task == str(self.process.pid):
                continue
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/children") as f:
                    children += f.read().split()
            except FileNotFoundError:
                pass
        return [int(c) for c in children]

    def signal(self, number):
        self.process.send_signal(number)

    def drain(self):
        """SIGTERM, and its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def client(self):
        return Client(self.address)

    def ask(self, method="GET", target="/", body=b"", **headers):
        """One request on a connection of its own."""
        with self.client() as c:
            c.request(method, target, body, **headers)
            return c.answer(method)

    def operate(self, target, method="GET", **headers):
        """A request at the operator's door."""
        with Client(self.admin_address) as c:
            c.request(method, target, **{"Host": "localhost", **headers})
            return c.answer(method)

    def metric(self, name):
        """The value of a line of /metrics."""
        for line in self.operate("/metrics").body.decode().splitlines():
            if line.startswith("plait_intake_" + name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"there is no {name}")

    def wait_for_metric(self, name, value):
        """Asks until the metric has the value."""
        end = time.monotonic() + PATIENCE
        while self.metric(name) != value:
            if time.monotonic() > end:
                raise AssertionError(f"{name} is {self.metric(name)}, and not {value}")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


class Client:
    def __init__(self, address):
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.settimeout(PATIENCE)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method="GET", target="/", body=b"", **headers):
        lines = [f"{method} {target} HTTP/1.1"]
        if "Host" not in headers:
            lines.append("Host: test")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def answer(self, method="GET"):
        """The next final answer; None if the server has closed the connection instead."""
        status = 100
        while 100 <= int(status) < 200:
            line = self.stream.readline()
            if not line:
                return None
            version, status, _ = line.decode().split(" ", 2)
            assert version == "HTTP/1.1", line
            headers = {}
            while (line := self.stream.readline()) != b"\r\n":
                name, value = line.decode().rstrip("\r\n").split(": ", 1)
                headers[name] = value
        body = b"" if method == "HEAD" else self.stream.read(int(headers.get("Content-Length", 0)))
        return Answer(int(status), headers, body)

    def is_closed(self):
        """True if the server closes; waits for it. False if it sends something instead."""
        return self.stream.read(1) == b""
