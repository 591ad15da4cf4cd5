"""The results: reading and writing results.json, the table on the terminal, and the Markdown table of the README."""
import json
import statistics

from . import machine
from .plan import LIMITS, PEER_NAMES, PLAIT, ROWS


def results_of(row, values):
    """The entries of results.json for one row; `values` is {(peer, metric): [figures]}."""
    entries = []
    for metric in row.metrics:
        for peer in row.peers:
            figures = values[peer, metric.name]
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


def lines_of(entries):
    """(row, metric, plait's entry or None, [all entries]) for each metric of each row that `entries` holds."""
    for row in ROWS:
        for metric in row.metrics:
            found = [e for e in entries if e["id"] == row.id and e["metric"] == metric.name]
            if found:
                ours = next((e for e in found if e["peer"] == PLAIT), None)
                yield row, metric, ours, found


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


def table(entries):
    """The table for the terminal."""
    text = []
    for row, metric, ours, found in lines_of(entries):
        text.append(f"\n{row.title}  [{row.id} {metric.name}, {'less' if metric.lower_is_better else 'more'} is better]")
        for entry in found:
            unit = metric.unit
            spread = f"{figure(entry['min'], unit)} – {figure(entry['max'], unit)}"
            against = ""
            if ours and entry is not ours:
                against = f"plait is {digits(advantage(metric, ours, entry))} × as good"
            text.append(f"  {name(entry['peer']):30} {figure(entry['median'], unit):>20}   {spread:40} {against}".rstrip())
    return "\n".join(text)


def name(peer):
    return PEER_NAMES[peer] + (" (limit)" if peer in LIMITS else "")


def markdown(entries):
    """The table for the project's README: medians, and in parentheses how many times better plait is."""
    text = ["| what | plait | beside it, in the same run (plait is … × as good) |", "|---|---|---|"]
    for row, metric, ours, found in lines_of(entries):
        what = row.title if len(row.metrics) == 1 else f"{row.title}: {HTTP_WORDS[metric.name]}"
        peers = [f"{name(e['peer'])} {figure(e['median'], metric.unit)}"
                 + (f" ({digits(advantage(metric, ours, e))} ×)" if ours else "") for e in found if e is not ours]
        figure_of_plait = f"**{figure(ours['median'], metric.unit)}**" if ours else "not measured"
        text.append(f"| {what} | {figure_of_plait} | {' · '.join(peers)} |")
    return "\n".join(text) + f"\n\nMedians, measured in one run on {machine.description()}."


HTTP_WORDS = {"rps": "throughput", "p50_us": "median latency", "p99_us": "99th percentile",
              "cpu_us_per_req": "CPU time of all server processes a request"}
