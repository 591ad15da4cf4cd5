"""The HTTP rows: start a server, load it with wrk for some seconds, and count the CPU time of all its processes; or let many
connections idle, and look what they cost.

    wrk -t1 -cN  ──POST, 64 bytes──▶ front ──▶ worker processes ──▶ front ──▶ wrk

Server and wrk share the machine's CPUs without pinning, as a service and its callers on one box do.
"""
import contextlib
import re
import resource
import socket
import time

from .processes import Failure, cpu_seconds, private_bytes, output_of, running, text_of

IDLE_CONNECTIONS = 10_000
WARM_UP_SECONDS = 1
MEASURED_SECONDS = 3
WORKERS = 2
START_SECONDS = 10


def measure(row, peer, root, build):
    """One measurement of `peer`: {metric: value}."""
    if row.id == "http_idle_rss":
        return measure_idle(peer, root, build)
    connections = int(row.id.removeprefix("http_c"))
    port = free_port()
    command, directory = server(peer, port, root, build)
    log_path = build / f"http_{peer}.log"
    with open(log_path, "w") as log, running(command, cwd=directory, output=log) as process:
        wait_until_listening(process, port, log_path)
        load(port, root, connections, WARM_UP_SECONDS)
        before = cpu_seconds(process.pid)
        figures = load(port, root, connections, MEASURED_SECONDS)
        used = cpu_seconds(process.pid) - before
        if process.poll() is not None:
            raise Failure(f"{peer}: the server ended under load, see {log_path}")
    figures["cpu_us_per_req"] = used * 1e6 / figures.pop("requests")
    return figures


def measure_idle(peer, root, build):
    """Private memory of all server processes, for each connection that has had one answer and says nothing any more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = free_port()
    command, directory = server(peer, port, root, build)
    log_path = build / f"http_{peer}.log"
    with open(log_path, "w") as log, running(command, cwd=directory, output=log) as process, contextlib.ExitStack() as open_ones:
        wait_until_listening(process, port, log_path)
        ask(open_ones, port)
        before = private_bytes(process.pid)
        for _ in range(IDLE_CONNECTIONS):
            ask(open_ones, port)
        return {"bytes": (settled_bytes(process.pid) - before) / IDLE_CONNECTIONS}


def settled_bytes(root):
    """Memory once it has stopped changing: a server may give some back when a connection has been silent for a while."""
    give_up = time.monotonic() + START_SECONDS
    last, now = None, private_bytes(root)
    while last != now and time.monotonic() < give_up:
        time.sleep(1)
        last, now = now, private_bytes(root)
    return now


def ask(open_ones, port):
    """One request on a connection that stays open."""
    client = open_ones.enter_context(socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS))
    client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n" + b"x" * 64)
    answer = client.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise Failure(f"a connection that was to idle got {answer[:60]}")


def server(peer, port, root, build):
    """The command that runs the server of `peer` in the foreground, and the directory to run it in."""
    if peer == "plait":
        return [build / "bin/plait-intake", "--listen", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--handler",
                "echo", "--admin", "off"], build
    if peer == "beast_bipc":
        return [build / "bin/compare/http_beast_bipc", str(port), str(WORKERS)], build
    if peer == "epoll_ring":
        return [build / "bin/compare/http_epoll_ring", str(port), str(WORKERS)], build
    if peer == "nginx":
        prefix = build / "nginx"
        prefix.mkdir(exist_ok=True)
        template = (root / "bench/compare/http/nginx.conf").read_text()
        (prefix / "nginx.conf").write_text(template.replace("PORT", str(port)))
        return ["/usr/sbin/nginx", "-p", prefix, "-c", prefix / "nginx.conf", "-e", "stderr"], prefix
    if peer == "go":
        return [build / "bin/compare/http_go", str(port)], build
    if peer == "nginx_gunicorn":
        prefix = build / "nginx_gunicorn"
        prefix.mkdir(exist_ok=True)
        template = (root / "bench/compare/http/nginx_gunicorn.conf").read_text()
        (prefix / "nginx.conf").write_text(template.replace("PORT", str(port)))
        return ["/bin/sh", "-c", '/usr/bin/gunicorn --workers "$1" --bind unix:gunicorn.sock --pythonpath "$2" --log-level error echo:app & '
                'exec /usr/sbin/nginx -p . -c "$PWD/nginx.conf" -e stderr', "sh", str(WORKERS), root / "bench/compare/http"], prefix
    raise Failure(f"http: no server known for {peer}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until_listening(process, port, log_path):
    """Returns once the server answers; what is behind a proxy starts later than that."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise Failure(f"{text_of(process.args)}: ended at start\n{log_path.read_text().strip()}")
        with contextlib.suppress(ConnectionRefusedError):
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                probe.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if probe.recv(100).startswith(b"HTTP/1.1 200 "):
                    return
        time.sleep(0.02)
    raise Failure(f"{text_of(process.args)}: does not listen after {START_SECONDS} s, see {log_path}")


def load(port, root, connections, seconds):
    """Runs wrk; returns requests, rps, p50_us, p99_us. An error of any request fails the run."""
    text = output_of(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                      root / "bench/compare/http/echo.lua", f"http://127.0.0.1:{port}/"], seconds=seconds + 30)
    if "Socket errors" in text or "Non-2xx" in text:
        raise Failure(f"wrk saw errors\n{text.strip()}")
    try:
        return {
            "requests": int(re.search(r"(\d+) requests in", text)[1]),
            "rps": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50_us": microseconds(re.search(r"(?m)^\s+50%\s+(\S+)", text)[1]),
            "p99_us": microseconds(re.search(r"(?m)^\s+99%\s+(\S+)", text)[1]),
        }
    except TypeError:
        raise Failure(f"wrk printed something unknown\n{text.strip()}") from None


def microseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6}[unit]
