# Copyright 2026 the plait authors. Boost Software License 1.0
"""The handlers that docs/guide/intake.md shows: they are the examples, to the letter, and they answer as it says."""

import os
import re
import sys
import unittest

from intake_server import Server

GUIDE = os.environ["PLAIT_GUIDE"]
EXAMPLES = os.environ["PLAIT_EXAMPLES"]


class Guide(unittest.TestCase):
    def test_the_page_quotes_the_examples_to_the_letter(self):
        with open(GUIDE) as f:
            page = f.read()
        quotations = re.findall(r"```(?:python|cpp)\n(?:#|//) examples/(\S+)\n(.*?)```\n", page, re.S)
        self.assertEqual([name for name, _ in quotations], ["intake_answer.py", "intake_program.cpp", "intake_library.cpp"])
        for name, text in quotations:
            with open(os.path.join(EXAMPLES, name)) as f:
                example = f.read()
            code = example[re.search(r"^(#include|import) ", example, re.M).start():]
            self.assertEqual(text, code, name)

    def test_the_program_answers(self):
        program = os.path.join(EXAMPLES, "intake_answer.py")
        with Server("--workers", "1", "--handler", f"program:'{sys.executable}' '{program}'") as s:
            self.assertEqual(s.ask().body, b"<p>GET /, my visit 1\n")
            answer = s.ask("POST", "/x", b"hello")
            self.assertEqual((answer.status, answer.body), (200, b"<p>POST /x, my visit 2\n"))
            self.assertEqual(answer.headers["Content-Type"], "text/html")

    def test_the_function_answers(self):
        with Server("--workers", "1", program=os.environ["PLAIT_INTAKE_PROGRAM"]) as s:
            self.assertEqual(s.ask("POST", body=b"abc").body, b"cba\n")

    def test_the_shared_object_answers(self):
        with Server("--workers", "1", "--handler", "library:" + os.environ["PLAIT_INTAKE_LIBRARY"]) as s:
            self.assertEqual(s.ask(User_Agent="Ann").body, b"hello, Ann\n")
            self.assertEqual(s.ask().body, b"hello, stranger\n")
            answer = s.ask("POST", body=b"x")
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
