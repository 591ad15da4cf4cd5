"""The echo rows: starts a server, and the load that is the same for all of them.

    echo_load, the first CPU ──messages──▶ echo_PEER, the last CPU ──the same──▶ echo_load

The load measures both: the messages that come back, and the CPU time that the server uses.
"""
from .processes import Failure, output_of, running, text_of
from .results import results_in


def measure(row, peer, build):
    """One measurement of `peer`: {metric: value}."""
    programs = build / "bin/compare"
    with running([programs / f"echo_{peer}"], one_cpu=True) as server:
        load = [programs / "echo_load", row.id, str(announced_port(server)), str(server.pid)]
        return results_in(output_of(load, seconds=30), row.id)


def announced_port(server):
    """The port that a server that was just started says it listens on."""
    line = server.stdout.readline()
    word, _, port = line.partition(" ")
    if word != "LISTENING":
        raise Failure(f"{text_of(server.args)}: says {line.strip()!r} instead of a port to connect to")
    return int(port)
