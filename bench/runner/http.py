"""The HTTP row: starts a server, loads it with wrk for some seconds, and counts the CPU time of all its processes.

    wrk -t1 -c64 ──POST, 64 bytes──▶ front ──▶ worker processes ──▶ front ──▶ wrk

Server and wrk share the machine's CPUs without pinning, as a service and its callers on one box do.
"""
import contextlib
import re
import socket
import time

from .processes import Failure, cpu_seconds, output_of, running, text_of

CONNECTIONS = 64
WARM_UP_SECONDS = 1
MEASURED_SECONDS = 3
WORKERS = 2
START_SECONDS = 10


def measure(peer, root, build):
    """One measurement of `peer`: {metric: value}."""
    port = free_port()
    command, directory = server(peer, port, root, build)
    log_path = build / f"http_{peer}.log"
    with open(log_path, "w") as log, running(command, cwd=directory, output=log) as process:
        wait_until_listening(process, port, log_path)
        load(port, root, WARM_UP_SECONDS)
        before = cpu_seconds(process.pid)
        figures = load(port, root, MEASURED_SECONDS)
        used = cpu_seconds(process.pid) - before
        if process.poll() is not None:
            raise Failure(f"{peer}: the server ended under load, see {log_path}")
    figures["cpu_us_per_req"] = used * 1e6 / figures.pop("requests")
    return figures


def server(peer, port, root, build):
    """The command that runs the server of `peer` in the foreground, and the directory to run it in."""
    if peer == "plait":
        return [build / "bin/plait-intake", "--listen", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--handler",
                "echo"], build
    if peer == "beast_bipc":
        return [build / "bin/compare/http_beast_bipc", str(port), str(WORKERS)], build
    if peer == "nginx":
        prefix = build / "nginx"
        prefix.mkdir(exist_ok=True)
        template = (root / "bench/compare/http/nginx.conf").read_text()
        (prefix / "nginx.conf").write_text(template.replace("PORT", str(port)))
        return ["/usr/sbin/nginx", "-p", prefix, "-c", prefix / "nginx.conf", "-e", "stderr"], prefix
    raise Failure(f"http: no server known for {peer}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until_listening(process, port, log_path):
    """Returns once the port accepts a connection."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise Failure(f"{text_of(process.args)}: ended at start\n{log_path.read_text().strip()}")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise Failure(f"{text_of(process.args)}: does not listen after {START_SECONDS} s, see {log_path}")


def load(port, root, seconds):
    """Runs wrk; returns requests, rps, p50_us, p99_us. An error of any request fails the run."""
    text = output_of(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s",
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
