# Copyright 2026 the plait authors. Boost Software License 1.0
"""plait-intake as its operators meet it: the admin door, quarantine, reload, signals, service managers, limits."""

import collections
import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest

from intake_server import PATIENCE, PROGRAM, Client, Server


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def test_health_and_readiness_are_200(self):
        for target, body in (("/healthz", b"alive\n"), ("/readyz", b"ready\n")):
            answer = self.server.operate(target)
            self.assertEqual((answer.status, answer.body), (200, body))

    def test_metrics_count_what_was_done(self):
        before = self.server.metric('work_total{end="answered"}')
        for _ in range(3):
            self.server.ask("POST", body=b"x")
        self.assertEqual(self.server.metric('work_total{end="answered"}'), before + 3)
        self.assertEqual(self.server.metric("waiting_seconds_count"), before + 3)
        self.assertEqual(self.server.metric("workers"), 2)
        self.assertEqual(self.server.metric("queue_bytes"), 0)

    def test_what_operators_ask_does_not_count_among_the_answers_to_clients(self):
        self.server.ask("POST", body=b"x")
        before = self.server.metric('answers_total{status="200"}')
        for target in ("/healthz", "/readyz", "/"):
            self.server.operate(target)
        self.assertEqual(self.server.metric('answers_total{status="200"}'), before)
        self.server.ask("POST", body=b"x")
        self.assertEqual(self.server.metric('answers_total{status="200"}'), before + 1)

    def test_every_answer_to_an_operator_has_an_id_of_its_own(self):
        ids = {self.server.operate("/healthz").headers["X-Request-Id"] for _ in range(5)}
        ids.add(self.server.ask().headers["X-Request-Id"])
        self.assertEqual(len(ids), 6)

    def test_metrics_are_the_text_that_prometheus_reads(self):
        answer = self.server.operate("/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        types = {}
        for line in answer.body.decode().splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                types[name] = kind
            elif not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                float(value)
                name = name.split("{")[0]
                family = name if name in types else name.rsplit("_", 1)[0]
                self.assertIn(family, types, line)

    def test_people_get_a_page(self):
        answer = self.server.operate("/")
        self.assertTrue(answer.headers["Content-Type"].startswith("text/html"))
        self.assertIn(b"workers", answer.body)

    def test_what_is_not_there_is_404_and_what_cannot_be_written_405(self):
        self.assertEqual(self.server.operate("/x").status, 404)
        self.assertEqual(self.server.operate("/quarantine/x").status, 404)
        self.assertEqual(self.server.operate("/metrics", "DELETE").status, 405)

    def test_a_page_of_somebody_else_does_not_come_in(self):
        self.assertEqual(self.server.operate("/healthz", Host="evil.example").status, 421)
        self.assertEqual(self.server.operate("/quarantine/x/replay", "POST", Origin="http://evil.example").status, 403)

    def test_clients_find_none_of_it(self):
        self.assertEqual(self.server.ask("POST", "/metrics", b"x").body, b"x")


class Quarantine(unittest.TestCase):
    def setUp(self):
        self.server = Server("--workers", "1", "--handler", "program:" + self.killer(), "--quarantine-after", "2")
        self.addCleanup(self.server.__exit__)

    @staticmethod
    def killer():
        """A program that a request for /kill kills, unless the file that it names is there."""
        return ("python3 -uc 'import json,os,signal,sys\n"
                "for line in sys.stdin:\n"
                "    target = json.loads(line)[\"target\"]\n"
                "    if target.startswith(\"/kill\") and not os.path.exists(target[5:]):\n"
                "        os.kill(os.getpid(), signal.SIGSEGV)\n"
                "    print(json.dumps({\"body\": \"ok\"}))'")

    def poison(self, target="/kill"):
        answer = self.server.ask("PUT", target, b"evil")
        self.assertEqual(answer.status, 502, answer)
        self.assertIn(b"was killed by SIGSEGV", answer.body)
        return answer.headers["X-Request-Id"]

    def test_a_request_that_kills_workers_is_set_aside_and_others_are_answered(self):
        identity = self.poison()
        self.assertEqual(self.server.ask().body, b"ok")
        (listed,) = json.loads(self.server.operate("/quarantine").body)
        self.assertEqual((listed["id"], listed["method"], listed["target"]), (identity, "PUT", "/kill"))
        self.assertTrue(self.server.operate(f"/quarantine/{identity}").body.endswith(b"\r\n\r\nevil"))
        self.server.wait_for_log(f"request {identity} is set aside")

    def test_it_can_be_deleted(self):
        identity = self.poison()
        self.assertEqual(self.server.operate(f"/quarantine/{identity}", "DELETE").status, 204)
        self.assertEqual(json.loads(self.server.operate("/quarantine").body), [])

    def test_it_can_be_replayed_and_stays_as_long_as_it_kills(self):
        with tempfile.TemporaryDirectory() as folder:
            cure = os.path.join(folder, "cure")
            identity = self.poison("/kill" + cure)
            self.assertEqual(self.server.operate(f"/quarantine/{identity}/replay", "POST").status, 502)
            self.assertEqual(len(json.loads(self.server.operate("/quarantine").body)), 1)
            with open(cure, "w"):
                pass
            answer = self.server.operate(f"/quarantine/{identity}/replay", "POST")
            self.assertEqual((answer.status, answer.body), (200, b"ok"))
            self.assertEqual(json.loads(self.server.operate("/quarantine").body), [])


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "intake.toml")
        self.write('handler = "echo"', "workers = 1")
        self.server = Server("--config", self.file, "--admin", "127.0.0.1:0")
        self.addCleanup(self.server.__exit__)

    def write(self, *lines):
        with open(self.file, "w") as f:
            f.write("\n".join(lines) + "\n")

    def reload(self, expected):
        self.server.signal(signal.SIGHUP)
        return self.server.wait_for_log(expected)

    def test_another_handler_takes_over_and_the_requests_of_the_old_one_are_answered(self):
        self.write('handler = "sleep:300"', "workers = 1")
        self.reload("the new settings hold")
        with self.server.client() as c:
            c.request("POST", body=b"slow")
            while self.server.metric("requests_in_flight") != 1:
                pass
            self.server.log.clear()
            self.write('handler = "hash"', "workers = 1")
            self.reload("the new settings hold")
            self.assertEqual(len(self.server.ask("POST", body=b"x").body), 64)
            answer = c.answer()
            self.assertEqual((answer.status, answer.body), (200, b""))
        self.server.wait_for_log("the workers of the old settings have ended")

    def test_what_needs_no_other_workers_keeps_them(self):
        pid = self.server.ask().headers["X-Worker-Pid"]
        self.write('handler = "echo"', "workers = 1", 'deadline = "5s"', "max-connections = 100")
        self.reload("the new settings hold")
        self.assertEqual(self.server.ask().headers["X-Worker-Pid"], pid)

    def test_a_file_that_is_wrong_changes_nothing(self):
        self.write("workers = 0")
        self.reload(":1: workers: '0' is not a number from 1 to 1024")
        self.server.wait_for_log("the old settings go on")
        self.assertEqual(self.server.ask("POST", body=b"x").body, b"x")

    def test_a_handler_that_cannot_start_changes_nothing(self):
        self.write("handler = \"program:sh -c 'echo sorry >&2; exit 7'\"")
        line = self.reload("the old settings go on: ")
        self.assertIn("sorry", line)
        self.assertIn("ended with exit code 7", line)
        self.assertEqual(self.server.ask("POST", body=b"x").body, b"x")

    def test_another_address_changes_nothing(self):
        self.write('front-cpus = "0"')
        self.reload("listen, admin and front-cpus can only be changed by a new start")


class Signals(unittest.TestCase):
    def test_ttin_and_ttou_add_and_remove_a_worker(self):
        with Server("--workers", "1") as s:
            s.signal(signal.SIGTTIN)
            s.wait_for_metric("workers", 2)
            s.signal(signal.SIGTTOU)
            s.wait_for_metric("workers", 1)
            s.signal(signal.SIGTTOU)  # the last one stays
            s.wait_for_log("at most 1 workers")
            self.assertEqual(s.ask("POST", body=b"x").body, b"x")

    def test_a_draining_server_is_not_ready_and_says_so_to_operators(self):
        with Server("--handler", "sleep:1000") as s, s.client() as c:
            c.request()
            while s.metric("requests_in_flight") != 1:
                pass
            s.signal(signal.SIGTERM)
            s.wait_for_log("no new connections")
            answer = s.operate("/readyz")
            self.assertEqual((answer.status, answer.body), (503, b"draining\n"))
            self.assertEqual(c.answer().status, 200)
            self.assertEqual(s.wait(), 0)

    def test_what_takes_longer_than_drain_time_is_given_up(self):
        with Server("--handler", "sleep:3600000", "--workers", "1", "--drain-time", "100ms") as s:
            clients = [s.client() for _ in range(3)]
            for c in clients:
                c.request()
            while s.metric("requests_in_flight") != 3:
                pass
            s.signal(signal.SIGTERM)
            self.assertEqual(sorted(c.answer().status for c in clients), [502, 503, 503])
            self.assertEqual(s.wait(), 0)
            for c in clients:
                c.close()


class ServiceManager(unittest.TestCase):
    def test_a_socket_that_was_passed_is_used(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            # The process id is known only after the fork: a shell sets it.
            script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --admin off 3<&%d' % listening.fileno()
            process = subprocess.Popen(["/bin/sh", "-c", script, PROGRAM], pass_fds=[listening.fileno()],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                address = listening.getsockname()
                self.assertEqual(process.stdout.readline(), f"plait-intake listens on {address[0]}:{address[1]}\n")
                with Client(address) as c:
                    c.request("POST", body=b"x")
                    self.assertEqual(c.answer().body, b"x")
            finally:
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)
                process.stdout.close()

    def test_the_manager_is_told_of_start_reload_and_stop(self):
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = os.path.join(folder, "notify")
            manager.bind(path)
            manager.settimeout(PATIENCE)
            with Server(env={**os.environ, "NOTIFY_SOCKET": path}) as s:
                self.assertEqual(manager.recv(100), b"READY=1")
                s.signal(signal.SIGHUP)
                self.assertTrue(manager.recv(100).startswith(b"RELOADING=1"))
                self.assertEqual(manager.recv(100), b"READY=1")
                s.signal(signal.SIGTERM)
                self.assertEqual(manager.recv(100), b"STOPPING=1")
                self.assertEqual(s.wait(), 0)


class Limits(unittest.TestCase):
    def test_a_connection_too_many_gets_503_and_the_others_go_on(self):
        for flag in ("--max-connections", "--max-connections-per-address"):
            with self.subTest(flag=flag), Server(flag, "1") as s, s.client() as first:
                first.request()
                self.assertEqual(first.answer().status, 200)
                with s.client() as second:
                    self.assertEqual(second.answer().status, 503)
                    self.assertTrue(second.is_closed())
                first.request()
                self.assertEqual(first.answer().status, 200)

    def test_the_last_request_of_a_connection_is_told(self):
        with Server("--max-requests-per-connection", "2") as s, s.client() as c:
            c.request()
            self.assertNotIn("Connection", c.answer().headers)
            c.request()
            self.assertEqual(c.answer().headers["Connection"], "close")
            self.assertTrue(c.is_closed())

    def test_a_worker_that_has_answered_enough_is_replaced_without_loss(self):
        with Server("--workers", "1", "--max-requests-per-worker", "3") as s:
            pids = [s.ask("POST", body=b"x").headers["X-Worker-Pid"] for _ in range(12)]
            self.assertLessEqual(max(collections.Counter(pids).values()), 3)
            self.assertEqual(s.metric("workers_died_total"), 0)


class Check(unittest.TestCase):
    def run_it(self, *flags):
        return subprocess.run([PROGRAM, *flags], capture_output=True, text=True, timeout=PATIENCE)

    def test_check_says_whether_the_settings_are_right(self):
        out = self.run_it("check", "--workers", "3")
        self.assertEqual((out.returncode, out.stdout), (0, "the settings are right\n"))
        out = self.run_it("check", "--config", "/nonexistent")
        self.assertEqual(out.returncode, 2)
        self.assertIn("/nonexistent: No such file", out.stderr)

    def test_config_prints_a_file_that_check_finds_right(self):
        printed = self.run_it("config", "--workers", "7").stdout
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as f:
            f.write(printed)
            f.flush()
            self.assertEqual(self.run_it("check", "--config", f.name).returncode, 0)
        self.assertIn("workers = 7\n", printed)

    def test_a_handler_that_ends_at_start_is_told_with_its_own_words_and_exits_with_1(self):
        out = self.run_it("--listen", "127.0.0.1:0", "--admin", "off", "--handler", "program:sh -c 'echo no license >&2; exit 3'")
        self.assertEqual(out.returncode, 1)
        self.assertIn("ended with exit code 3 at its start: no license", out.stderr)

    def test_a_library_that_is_none_is_told_and_exits_with_1(self):
        out = self.run_it("--listen", "127.0.0.1:0", "--admin", "off", "--handler", "library:/nonexistent.so")
        self.assertEqual(out.returncode, 1)
        self.assertIn("/nonexistent.so", out.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
