"""What the programs of a comparison say: `RESULT ROW METRIC VALUE UNIT`, and servers `LISTENING PORT`."""
from .processes import Failure, text_of


def results_in(text, row_id):
    """{metric: value} of one row."""
    figures = {}
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "RESULT" and rest[0] == row_id:
            figures[rest[1]] = float(rest[2])
    return figures


def announced_port(server):
    """The port that a server that was just started says it listens on."""
    line = server.stdout.readline()
    word, _, port = line.partition(" ")
    if word != "LISTENING":
        raise Failure(f"{text_of(server.args)}: says {line.strip()!r} instead of a port to connect to")
    return int(port)
