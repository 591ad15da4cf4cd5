"""What is measured: one Row for each line of the table, in the order of the table."""
from dataclasses import dataclass

PLAIT = "plait"
RAW = "raw"

PEER_NAMES = {
    PLAIT: "plait",
    "plait_parent_first": "plait, parent first",
    "plait_await": "plait::await on Asio's socket",
    RAW: "Boost.Context alone",
    "boost_fiber": "Boost.Fiber",
    "asio_spawn": "asio::spawn",
    "asio_awaitable": "asio::awaitable",
    "asio_callbacks": "Asio callbacks",
    "asio_channel": "asio channel",
    "moodycamel": "moodycamel's blocking queue",
    "go": "Go",
    "asio_thread_pool": "asio::thread_pool",
    "tbb": "oneTBB",
    "futex": "two futex wakes",
    "std_mutex": "std::mutex",
    "asio_timer": "asio::steady_timer",
    "ring": "plain ring",
    "bipc_mq": "Boost message_queue",
    "pipe": "pipe",
    "socketpair": "socketpair",
    "redis_pipelined": "Redis, pipelined",
    "eventfd_epoll": "eventfd and epoll",
    "python": "Python",
    "python_pool": "Python's multiprocessing.Pool",
    "nginx": "nginx, a constant",
    "epoll_ring": "bare epoll and rings",
    "beast_bipc": "Beast + message_queue",
    "nginx_gunicorn": "nginx + gunicorn",
    "posix_spawn": "bare posix_spawn",
    "fork": "bare fork",
}

# A peer that promises less than plait, shown as the limit and not as a competitor.
LIMITS = {RAW, "ring", "nginx", "epoll_ring", "posix_spawn", "fork"}


@dataclass(frozen=True)
class Metric:
    """One figure of a row. `unit` is what the programs report it in."""
    name: str
    unit: str
    lower_is_better: bool = True


@dataclass(frozen=True)
class Row:
    """One comparison. Its programs are build/bench/bin/compare/PROGRAM_PEER. `one_cpu`: they are kept on one CPU; the
    others place their threads and processes themselves. `times` limits how often the row is repeated."""
    id: str
    title: str
    program: str
    peers: tuple[str, ...]
    metrics: tuple[Metric, ...]
    one_cpu: bool = False
    times: int | None = None


NS = (Metric("ns", "ns"),)
BYTES = (Metric("bytes", "bytes"),)
MS = (Metric("ms", "ms"),)
TASKS = (Metric("tasks_per_s", "tasks/s", lower_is_better=False),)
RATE = (Metric("msgs_per_s", "msgs/s", lower_is_better=False),)
ECHO = (Metric("msgs_per_s", "msgs/s", lower_is_better=False), Metric("cpu_us_per_msg", "us"))
OPENING = (Metric("ms", "ms"), Metric("ratio_to_ideal", "× ideal"), Metric("bytes", "bytes"))
GIGABYTES = (Metric("GB_per_s", "GB/s", lower_is_better=False),)
TRIP = (Metric("ns", "ns"), Metric("p99_ns", "ns"))
WAITING = (Metric("p50_ms", "ms"), Metric("p99_ms", "ms"))
RECOVERY = (*WAITING, Metric("ready_p50_ms", "ms"), Metric("ready_p99_ms", "ms"))
HTTP = (Metric("rps", "requests/s", lower_is_better=False), Metric("p50_us", "us"), Metric("p99_us", "us"),
        Metric("cpu_us_per_req", "us"))

SWITCHERS = (PLAIT, RAW, "boost_fiber", "asio_spawn", "asio_awaitable", "go")
ECHOERS = (PLAIT, "plait_await", "asio_callbacks", "asio_awaitable", "asio_spawn", "boost_fiber", "go")
QUEUES = (PLAIT, "ring", "bipc_mq", "pipe", "socketpair", "python", "redis_pipelined")
SERVERS = (PLAIT, "nginx", "epoll_ring", "beast_bipc", "go", "nginx_gunicorn")
TRIPPERS = (PLAIT, "ring", "bipc_mq", "pipe", "futex", "python")

ROWS = (
    Row("yield2", "yield between 2 coroutines", "yield", SWITCHERS, NS, one_cpu=True),
    Row("yield1000", "yield among 1,000 coroutines", "yield", SWITCHERS, NS, one_cpu=True),
    Row("spawn_join", "spawn and join a coroutine", "spawn_join",
        (PLAIT, "boost_fiber", "asio_spawn", "asio_awaitable", "go"), NS, one_cpu=True),
    Row("skynet", "skynet: a tree of 1,000,000 coroutines", "skynet",
        (PLAIT, "plait_parent_first", "boost_fiber", "asio_awaitable", "go"), MS, one_cpu=True, times=3),
    Row("idle_rss", "memory of a sleeping coroutine, 100,000 of them", "idle",
        (PLAIT, "boost_fiber", "asio_spawn", "go"), BYTES, one_cpu=True, times=3),
    Row("idle_rss_1m", "memory of a sleeping coroutine, 1,000,000 of them", "idle", (PLAIT, "go"), BYTES,
        one_cpu=True, times=3),
    Row("chan_loop", "a number through a queue, one thread", "channel",
        (PLAIT, "boost_fiber", "asio_channel", "go"), NS, one_cpu=True),
    Row("chan_threads", "a number through a queue, two threads", "channel",
        (PLAIT, "boost_fiber", "asio_channel", "moodycamel", "go"), NS),
    Row("mutex_uncontended", "lock and unlock a free mutex", "mutex", (PLAIT, "std_mutex"), NS, one_cpu=True),
    Row("timers", "arm and cancel a timeout among 10,000", "timers", (PLAIT, "asio_timer"), NS, one_cpu=True),
    Row("pool_empty", "an empty task from outside to a pool of 2", "pool",
        (PLAIT, "asio_thread_pool", "tbb", "go", "python"), TASKS),
    Row("pool_fib", "fork-join fib(27) on 2 threads", "pool", (PLAIT, "tbb", "go"), MS),
    Row("pool_one", "submit one task and wait for it", "pool",
        (PLAIT, "futex", "asio_thread_pool", "go", "python"), NS),
    *(Row(f"echo_tcp_{size}_c{connections}", f"TCP echo, {words}, {connections:,} connection{'s' if connections > 1 else ''}",
          "echo", ECHOERS, ECHO, times=3)
      for size, words in (("64", "64 bytes"), ("4k", "4 KiB")) for connections in (1, 64, 1000)),
    Row("connections_10k", "10,000 connections to a server that answers after 300 ms", "connections",
        (PLAIT, "asio_callbacks", "asio_awaitable", "go"), OPENING, times=3),
    Row("xq64_1x1", "64 bytes to another process, 1 to 1", "cross_process", QUEUES, RATE),
    Row("xq64_batch_1x1", "64 bytes to another process, 64 at a time", "cross_process", (PLAIT,), RATE),
    Row("xq64_2x2", "64 bytes to another process, 2 to 2", "cross_process", QUEUES, RATE),
    Row("xq1k_1x1", "1 KiB to another process, 1 to 1", "cross_process", QUEUES, RATE),
    Row("xq64k_1x1", "64 KiB to another process, written and read in place", "cross_process", (PLAIT, "ring"), GIGABYTES),
    Row("xrtt_busy", "to another process and back, both busy", "cross_process", TRIPPERS, TRIP),
    Row("xrtt_sleep", "to another process and back, both asleep before", "cross_process", TRIPPERS, TRIP),
    Row("xrtt_loops", "to another process and back, between event loops", "cross_process", (PLAIT, "eventfd_epoll"), TRIP),
    Row("xrtt_one_core", "to another process and back, both on one CPU", "cross_process", TRIPPERS, TRIP),
    Row("ppool_chunk1", "map of 100,000 trivial tasks by 2 processes, one at a time", "process_pool",
        (PLAIT, "python", "python_pool"), TASKS, times=3),
    Row("ppool_chunk100", "map of 100,000 trivial tasks by 2 processes, by the hundred", "process_pool",
        (PLAIT, "python", "python_pool"), TASKS, times=3),
    Row("ppool_rtt", "submit one task to 2 processes and wait for it", "process_pool", (PLAIT, "python", "python_pool"), NS,
        times=3),
    Row("ppool_idle", "the same, everybody asleep before", "process_pool", (PLAIT,), NS, times=3),
    Row("recovery", "a worker of a pool is killed: its task has failed; another has run a task", "process_pool", (PLAIT,),
        RECOVERY, times=3),
    Row("xrecovery", "a wait that a killed peer should have ended", "recovery", (PLAIT,), WAITING, times=3),
    Row("proc_start", "start and join 500 processes, loaded anew", "process_start", (PLAIT, "posix_spawn", "python"), MS,
        times=5),
    *(Row(f"proc_{name}", f"start and join 500 processes, {words}", "process_start", (PLAIT, "fork", "python"), MS, times=5)
      for name, words in (("forkserver", "forkserver"), ("forkserver_large", "forkserver, from a process of 512 MiB"))),
    *(Row(f"http_c{connections}", f"HTTP echo through 2 worker processes, {connections:,} connections", "http", SERVERS, HTTP)
      for connections in (64, 1000)),
    Row("http_idle_rss", "memory of an idle keep-alive connection, 10,000 of them", "http", (PLAIT, "nginx", "go"), BYTES, times=3),
)
