"""What a program of a comparison says: lines of `RESULT ROW METRIC VALUE UNIT`."""


def results_in(text, row_id):
    """{metric: value} of one row."""
    figures = {}
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "RESULT" and rest[0] == row_id:
            figures[rest[1]] = float(rest[2])
    return figures
