# Copyright 2026 the plait authors. Boost Software License 1.0
"""The Python side of codec_python_test.cpp, and a model for a bridge.

Reads the messages of a plait queue from standard input, one after the other, and says what is not as expected. Answers
each with the same value, as Python writes it, behind its length: four bytes, big-endian.
"""
import sys

import msgpack
from msgpack import Timestamp

multimap = [(7, 1), (7, 2)]  # no dict can hold it
everything = [
    True, -100, 0xFFFFFFFFFFFFFFFE, 2, 0.25, -1.5e300, "Grüße", b"\x00\xff", b"\x01\x02\x03\x04",
    [[1, -2], [70000, 1 << 30]], [1, 2, 65535], ["first", "second"], [True, False], [False, True],
    {"one": 1, "two": 2}, {-1: "minus one"}, [3, 5], ["only"], multimap,
    "something", [3, [5, 6]], [1, "one"], [2, "two", True], -250, Timestamp(1700000000, 123456789), 42_000_000_000,
]

expected = [
    True,
    -(1 << 63),
    (1 << 64) - 1,
    1.5,
    "text with\x00zero",
    bytes(range(256)),
    [1, 2, 3],
    list(range(70000)),
    {"a": [1], "b": []},
    None,
    "there",
    [0, None],
    [2, "two"],
    ["root", [["leaf", []]]],
    Timestamp(0, 0),
    Timestamp(-1, 999999999),
    Timestamp(1 << 34, 0),
    everything,
]


def dict_unless_lossy(pairs):
    return dict(pairs) if len(dict(pairs)) == len(pairs) else pairs


def pack(value):
    if value is multimap:
        return msgpack.Packer().pack_map_pairs(value)
    if isinstance(value, list):
        return msgpack.Packer().pack_array_header(len(value)) + b"".join(pack(each) for each in value)
    return msgpack.packb(value)


messages = msgpack.Unpacker(sys.stdin.buffer, object_pairs_hook=dict_unless_lossy, strict_map_key=False)
count = 0
for got in messages:
    if count == len(expected):
        sys.exit(f"expected {len(expected)} messages, and no more than that")
    wanted = expected[count]
    if type(got) is not type(wanted) or got != wanted:
        sys.exit(f"message {count}: expected {wanted!r:.500}, got {got!r:.500}")
    answer = pack(wanted)
    sys.stdout.buffer.write(len(answer).to_bytes(4, "big") + answer)
    count += 1
if count != len(expected):
    sys.exit(f"expected {len(expected)} messages, got {count}")
