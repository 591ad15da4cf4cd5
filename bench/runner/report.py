"""The results: reading and writing results.json, the table on the terminal, and the Markdown table of the README."""
import json
import statistics

from . import machine
from .plan import LIMITS, PEER_NAMES, PLAIT, ROWS

NOT_MEASURED = "not measured"


def results_of(row, values):
    """The entries of results.json for one row; `values` is {(peer, metric): [figures]}, without the peers that failed."""
    entries = []
    for metric in row.metrics:
        for peer in row.peers:
            figures = values.get((peer, metric.name))
            if not figures:
                continue
            entries.append({"id": row.id, "peer": peer, "metric": metric.name, "unit": metric.unit,
                            "median": statistics.median(figures), "min": min(figures), "max": max(figures),
                            "n": len(figures)})
    return entries


def load(path):
    return json.loads(path.read_text()) if path.exists() else []


def save(path, entries, measured):
    """Writes `entries` in place of whatever the file holds of the rows `measured`, those that failed included, and keeps
    the other rows, so that one row can be measured again."""
    order = {row.id: place for place, row in enumerate(ROWS)}
    kept = [entry for entry in load(path) if entry["id"] not in measured]
    everything = sorted(kept + entries, key=lambda entry: order.get(entry["id"], len(order)))
    path.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in everything) + "\n]\n")


def lines_of(entries, rows):
    """(row, metric, plait's entry or None, {peer: its entry or None}) for each metric of each of `rows`."""
    for row in rows:
        for metric in row.metrics:
            of_peer = {e["peer"]: e for e in entries if e["id"] == row.id and e["metric"] == metric.name}
            yield row, metric, of_peer.get(PLAIT), {peer: of_peer.get(peer) for peer in row.peers}


def advantage(metric, ours, theirs):
    """How many times better than the peer plait is; below 1 it is worse."""
    ratio = theirs["median"] / ours["median"]
    return ratio if metric.lower_is_better else 1 / ratio


def figure(value, unit):
    """A value as people write it: three significant digits, and a unit that fits its size."""
    if value >= 1e6:
        return f"{digits(value / 1e6)} M {unit}"
    return f"{digits(value)} {'µs' if unit == 'us' else unit}"


def digits(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(entries, rows):
    """The table of `rows` for the terminal."""
    text = []
    for row, metric, ours, peers in lines_of(entries, rows):
        text.append(f"\n{row.title}  [{row.id} {metric.name}, {'less' if metric.lower_is_better else 'more'} is better]")
        for peer, entry in peers.items():
            text.append(f"  {name(peer):30} {columns(metric, ours, entry)}".rstrip())
    return "\n".join(text)


def columns(metric, ours, entry):
    """What the terminal's table says of one peer: median, span, and how plait stands against it."""
    if not entry:
        return f"{NOT_MEASURED:>20}"
    span = f"{figure(entry['min'], metric.unit)} – {figure(entry['max'], metric.unit)}"
    against = f"plait is {digits(advantage(metric, ours, entry))} × as good" if ours and entry is not ours else ""
    return f"{figure(entry['median'], metric.unit):>20}   {span:40} {against}"


def name(peer):
    return PEER_NAMES[peer] + (" (limit)" if peer in LIMITS else "")


def markdown(entries):
    """The table for the project's README: medians, and in parentheses how many times better plait is."""
    text = ["| what | plait | beside it, in the same run (plait is … × as good) |", "|---|---|---|"]
    for row, metric, ours, peers in lines_of(entries, ROWS):
        what = row.title if len(row.metrics) == 1 else f"{row.title}: {METRIC_WORDS[metric.name]}"
        beside = [cell(metric, ours, peer, entry) for peer, entry in peers.items() if peer != PLAIT]
        figure_of_plait = f"**{figure(ours['median'], metric.unit)}**" if ours else NOT_MEASURED
        text.append(f"| {what} | {figure_of_plait} | {' · '.join(beside)} |")
    return "\n".join(text) + f"\n\nMedians, measured in one run on {machine.description()}."


def cell(metric, ours, peer, entry):
    """What the README's table says of one peer."""
    if not entry:
        return f"{name(peer)} {NOT_MEASURED}"
    against = f" ({digits(advantage(metric, ours, entry))} ×)" if ours else ""
    return f"{name(peer)} {figure(entry['median'], metric.unit)}{against}"


METRIC_WORDS = {"rps": "throughput", "p50_us": "median latency", "p99_us": "99th percentile",
                "cpu_us_per_req": "CPU time of all server processes a request", "msgs_per_s": "throughput",
                "cpu_us_per_msg": "CPU time of the server a message", "ms": "time", "ratio_to_ideal": "time",
                "bytes": "memory of the client a connection", "ns": "median", "p99_ns": "99th percentile",
                "p50_ms": "median", "p99_ms": "99th percentile", "ready_p50_ms": "median of the second",
                "ready_p99_ms": "99th percentile of the second"}
