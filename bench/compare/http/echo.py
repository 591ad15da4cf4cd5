# Copyright 2026 the plait authors. Boost Software License 1.0
"""The handler behind gunicorn."""


def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(body)))])
    return [body]
