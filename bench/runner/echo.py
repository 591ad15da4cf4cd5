"""The echo rows: starts a server, and the load that is the same for all of them.

    echo_load, the first CPU ──messages──▶ echo_PEER, the last CPU ──the same──▶ echo_load

The load measures both: the messages that come back, and the CPU time that the server uses.
"""
from .processes import output_of, running
from .results import announced_port, results_in


def measure(row, peer, build):
    """One measurement of `peer`: {metric: value}."""
    programs = build / "bin/compare"
    with running([programs / f"echo_{peer}"], one_cpu=True) as server:
        load = [programs / "echo_load", row.id, str(announced_port(server)), str(server.pid)]
        return results_in(output_of(load, seconds=30), row.id)
