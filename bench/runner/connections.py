"""The row of many connections: a client opens them all at once to a server that takes its time to answer.

    connections_PEER, the last CPU ──10,000 questions──▶ connections_server, the first CPU

The ideal is what the server's delay and the connections themselves cost: the delay, plus the time that plain callbacks need
for the same connections to a server that answers at once, measured right before.
"""
from .processes import output_of, running
from .results import announced_port, results_in

DELAY_MS = 300
IDEAL = "asio_callbacks"


def measure(row, peer, build):
    """One measurement of `peer`: {metric: value}."""
    ideal_ms = DELAY_MS + open_all(row, IDEAL, build, delay_ms=0)["ms"]
    figures = open_all(row, peer, build, delay_ms=DELAY_MS)
    figures["ratio_to_ideal"] = figures["ms"] / ideal_ms
    return figures


def open_all(row, peer, build, delay_ms):
    programs = build / "bin/compare"
    with running([programs / "connections_server", str(delay_ms)]) as server:
        client = [programs / f"connections_{peer}", row.id, str(announced_port(server))]
        return results_in(output_of(client, one_cpu=True, seconds=60), row.id)
