# Copyright 2026 the plait authors. Boost Software License 1.0
"""A program behind plait-intake that does, well or badly, what the targets of its requests say."""

import json
import os
import signal
import sys

kept = []


def say(o):
    print(json.dumps(o), flush=True)


for line in sys.stdin:
    request = json.loads(line)
    what, _, argument = request["target"][1:].partition("?")
    if what == "echo":
        say({"headers": {"Content-Type": "application/json"}, "body": line})
    elif what == "pid":
        say({"body": str(os.getpid())})
    elif what == "headers":
        say({"status": 418, "headers": [["Content-Type", "text/x-tea"], ["Set-Cookie", "a=1"], ["X-A", "1"]], "body": "tea"})
    elif what == "binary":
        say({"body_base64": request["body_base64"]})
    elif what == "raw":
        print(argument, flush=True)
    elif what == "twice":
        print(json.dumps({"body": "one"}) + "\n" + json.dumps({"body": "two"}), flush=True)
    elif what == "flood":
        while True:
            sys.stdout.write("x" * 65536)
    elif what == "large":
        say({"body": int(argument) * "x"})
    elif what == "hang":
        print(f"hangs: {os.getpid()}", file=sys.stderr, flush=True)
        while True:
            signal.pause()
    elif what == "exit":
        sys.exit(int(argument))
    elif what == "exit-once":
        if not os.path.exists(argument):
            open(argument, "w").close()
            sys.exit(3)
        say({"body": "at last"})
    elif what == "last":
        say({"body": str(os.getpid())})
        sys.exit(4)
    elif what == "leak":
        kept.append(bytearray(os.urandom(1)) * (512 << 20))
        say({"body": str(os.getpid())})
    elif what == "complain":
        print("a line\nand another", file=sys.stderr, flush=True)
        say({})
