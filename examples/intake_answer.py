# Copyright 2026 the plait authors. Boost Software License 1.0
"""A handler for plait-intake: plait-intake --handler 'program:python3 examples/intake_answer.py'"""
import json, sys

visits = 0
for line in sys.stdin:  # one request a line
    request = json.loads(line)
    visits += 1
    answer = {"headers": {"Content-Type": "text/html"},
              "body": f"<p>{request['method']} {request['target']}, my visit {visits}\n"}
    print(json.dumps(answer), flush=True)  # one answer a line
