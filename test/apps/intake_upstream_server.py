# Copyright 2026 the plait authors. Boost Software License 1.0
"""An HTTP server as bare as sockets, for plait-intake to pass requests on to: a test sees and says every byte."""

import socket
import threading

from intake_server import PATIENCE


class Received:
    """A request as it came."""

    def __init__(self, connection, line, fields, body):
        self.connection = connection  # the how manieth
        self.method, self.target, self.version = line.split(" ")
        self.fields = fields  # pairs, in their order
        self.body = body

    def all(self, name):
        return [value for n, value in self.fields if n.lower() == name.lower()]

    def one(self, name):
        (value,) = self.all(name)
        return value


def answer(body=b"", status="200 OK", *lines):
    """The bytes of an answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Upstream:
    """`with Upstream(lambda request: answer(b"x")) as up:`. What `reply` returns is sent; `None` closes the connection.

    `reply` runs in a thread of its connection."""

    def __init__(self, reply, path=None):
        self.reply = reply
        self.requests = []
        self.connections = 0
        self._sockets = []
        self._changed = threading.Condition()
        if path:
            self._listening = socket.socket(socket.AF_UNIX)
            self._listening.bind(path)
            self._listening.listen()
            self.handler = "upstream:" + path
        else:
            self._listening = socket.create_server(("127.0.0.1", 0))
            self.port = self._listening.getsockname()[1]
            self.handler = f"upstream:http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self._listening.close()
        self.close_connections()

    def close_connections(self):
        """Ends those that there are, and waits until they have ended."""
        with self._changed:
            for s in self._sockets:
                s.shutdown(socket.SHUT_RDWR)
            assert self._changed.wait_for(lambda: not self._sockets, PATIENCE)

    def wait_for_requests(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, PATIENCE), self.requests

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._changed:
                self.connections += 1
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        try:
            with connection.makefile("rb") as stream:
                while request := self._read(stream, number):
                    with self._changed:
                        self.requests.append(request)
                        self._changed.notify_all()
                    data = self.reply(request)
                    if data is None:
                        return
                    connection.sendall(data)
        except OSError:
            pass  # the other end has closed it
        finally:
            with self._changed:
                self._sockets.remove(connection)
                connection.close()
                self._changed.notify_all()

    @staticmethod
    def _read(stream, number):
        line = stream.readline()
        if not line:
            return None
        fields = []
        while (field := stream.readline()) != b"\r\n":
            fields.append(tuple(field.decode("latin-1").rstrip("\r\n").split(": ", 1)))
        request = Received(number, line.decode().rstrip("\r\n"), fields, b"")
        request.body = stream.read(int((request.all("Content-Length") or ["0"])[0]))
        return request
