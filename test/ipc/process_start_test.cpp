// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The start methods, and what a child finds around it.
#include "support/fork_server.hpp"
#include "support/pipe.hpp"
#include "support/start_methods.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/semaphore.hpp>
#include <plait/runtime/subprocess.hpp>
#include <plait/runtime/thread.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace ipc = plait::ipc;
using ipc::start_method;
using plait::errc;
using plait::detail::unique_fd;
using plait::test::read_byte;
using plait::test::server_of_this_process;
using plait::test::write_byte;

namespace {

ipc::process_options by(start_method method) { return {.method = method}; }

int exit_code_of(ipc::process p) {
    p.start();
    p.join();
    return p.exit_code().value();
}
int stay(unique_fd until_closed, int result) {
    read_byte(until_closed);
    return result;
}
std::string all_of(unique_fd& from) {
    std::string text;
    while (auto c = read_byte(from))
        text += *c;
    return text;
}
auto refused(errc code, const std::string& naming) {
    return [=](const plait::error& e) {
        BOOST_TEST(std::string(e.what()).find(naming) != std::string::npos, e.what());
        return e.code() == code;
    };
}

/// A mutex that the kernel passes on when its owner dies.
class robust_lock {
public:
    explicit robust_lock(int memory)
        : at_(static_cast<pthread_mutex_t*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0))) {}
    void make() {
        pthread_mutexattr_t attributes;
        ::pthread_mutexattr_init(&attributes);
        ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        ::pthread_mutex_init(at_, &attributes);
    }
    int lock() { return ::pthread_mutex_lock(at_); }

private:
    pthread_mutex_t* at_;
};

// Made by a static initialiser: in a child of the fork server, a copy of the server's.
struct object_of_the_program {
    ~object_of_the_program() {
        if (tells) static_cast<void>(::write(STDERR_FILENO, "x", 1) == 1);
    }
    bool tells = false;
} of_the_program;

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_start)

BOOST_AUTO_TEST_CASE(a_child_of_the_fork_server_runs_its_own_exit_functions_and_not_the_ends_of_the_server_s_objects) {
    plait::test::pipe news;
    auto options = by(start_method::forkserver);
    options.err = plait::subprocess::to(news.writer.get());
    BOOST_TEST(exit_code_of(ipc::process{options, [] {
                                             of_the_program.tells = true;
                                             std::atexit(
                                                 [] { static_cast<void>(::write(STDERR_FILENO, "o", 1) == 1); });
                                             std::exit(4);
                                         }}) == 4);
    news.writer.reset();
    BOOST_TEST(all_of(news.reader) == "o");
}

BOOST_DATA_TEST_CASE(what_a_child_has_printed_comes_out_when_it_ends, test::start_methods) {
    plait::test::pipe out;
    auto options = by(sample);
    options.out = plait::subprocess::to(out.writer.get());
    exit_code_of(ipc::process{options, [] {
                                  std::ios_base::sync_with_stdio(false);
                                  std::cout << "by cout, ";
                                  std::printf("by printf");
                              }});
    out.writer.reset();
    BOOST_TEST(all_of(out.reader) == "by cout, by printf");
}

// The smaller ones go with the request to the fork server, the larger ones as a file.
BOOST_AUTO_TEST_CASE(arguments_of_any_size_reach_a_child_of_the_fork_server) {
    for (std::size_t bytes : {0U, 16'000U, 16'200U, 16'250U, 16'300U, 16'384U, 20'000U, 1'000'000U}) {
        std::string text(bytes, 'x');
        for (std::size_t i = 0; i < bytes; ++i)
            text[i] = static_cast<char>('a' + i % 23);
        BOOST_TEST(
            exit_code_of(ipc::process{
                by(start_method::forkserver),
                [](const std::string& arrived, std::size_t size) {
                    for (std::size_t i = 0; i < arrived.size(); ++i)
                        if (arrived[i] != static_cast<char>('a' + i % 23)) return 1;
                    return arrived.size() == size ? 0 : 2;
                },
                text, bytes}) == 0);
    }
}

// conformance B 16: the fork server is killed: its children go on and their ends are known; the next start makes another
BOOST_AUTO_TEST_CASE(a_killed_fork_server_changes_nothing_about_its_children_and_is_replaced) {
    plait::test::pipe door;
    ipc::process first{by(start_method::forkserver), plait::fn<&stay>, std::move(door.reader), 5};
    first.start();
    const pid_t server = server_of_this_process();
    BOOST_REQUIRE(server != 0);
    ::kill(server, SIGKILL);
    BOOST_TEST(exit_code_of(ipc::process{by(start_method::forkserver), [] { return 6; }}) == 6);
    BOOST_TEST(server_of_this_process() != server);
    BOOST_TEST(first.is_alive());
    door.writer.reset();
    first.join();
    BOOST_TEST(first.exit_code().value() == 5);
}

BOOST_AUTO_TEST_CASE(a_fork_server_that_is_killed_again_and_again_loses_no_child) {
    exit_code_of(ipc::process{by(start_method::forkserver), [] {}});
    constexpr int rounds = 300;
    plait::counting_semaphore go(0), gone(0);
    unique_fd server; // passed between the two threads by the semaphores
    plait::thread killer([&] {
        for (int i = 0; i < rounds; ++i) {
            go.acquire(); // now it is being asked for a child
            if (server) plait::detail::send_signal_through(server.get(), SIGKILL);
            gone.release();
        }
    });
    int killed = 0;
    for (int i = 0; i < rounds; ++i) {
        ipc::process p{by(start_method::forkserver), [](int n) { return n; }, i % 100};
        const pid_t there = server_of_this_process(); // no child is there that could be taken for it
        server.reset(there == 0 ? -1 : plait::detail::open_pidfd(there));
        if (server) ++killed;
        go.release();
        p.start();
        p.join();
        BOOST_TEST(p.exit_code().value() == i % 100);
        gone.acquire();
    }
    killer.join();
    BOOST_TEST(killed > 0);
    BOOST_TEST(ipc::active_children().empty());
    BOOST_TEST(exit_code_of(ipc::process{by(start_method::forkserver), [] { return 1; }}) == 1);
}

BOOST_AUTO_TEST_CASE(a_fork_server_ends_with_its_parent) {
    plait::test::pipe news;
    ipc::process parent{
        [](unique_fd to) {
            exit_code_of(ipc::process{by(start_method::forkserver), [] {}});
            const pid_t server = server_of_this_process();
            static_cast<void>(::write(to.get(), &server, sizeof server) == sizeof server);
            for (;;)
                ::pause();
        },
        std::move(news.writer)};
    parent.start();
    pid_t server = 0;
    BOOST_REQUIRE(::read(news.reader.get(), &server, sizeof server) == sizeof server);
    const unique_fd end(plait::detail::open_pidfd(server));
    parent.kill();
    parent.join();
    pollfd ended{end.get(), POLLIN, 0};
    BOOST_TEST(::poll(&ended, 1, -1) == 1);
}

BOOST_DATA_TEST_CASE(what_a_killed_child_had_locked_is_passed_on, test::start_methods) {
    unique_fd memory(::memfd_create("plait-test", MFD_CLOEXEC));
    BOOST_REQUIRE(::ftruncate(memory.get(), 4096) == 0);
    robust_lock lock(memory.get());
    lock.make();
    ipc::process p{
        by(sample),
        [](unique_fd shared) {
            robust_lock mine(shared.get());
            if (mine.lock() == 0) ::raise(SIGKILL);
        },
        unique_fd(::dup(memory.get()))};
    BOOST_TEST(exit_code_of(p) == -SIGKILL);
    BOOST_TEST(lock.lock() == EOWNERDEAD);
}

BOOST_DATA_TEST_CASE(a_child_has_one_thread_of_its_own_number, test::start_methods) {
    BOOST_TEST(exit_code_of(ipc::process{by(sample), [] {
                                             pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
                                             if (::gettid() != ::getpid() || ::pthread_mutex_lock(&checked) != 0)
                                                 return 1;
                                             if (checked.__data.__owner != ::gettid())
                                                 return 2; // what the C library takes it for
                                             return ::raise(0);
                                         }}) == 0);
}

BOOST_AUTO_TEST_CASE(a_fork_beside_another_thread_is_refused_and_names_it) {
    plait::event end;
    plait::thread other({.name = "chef"}, [&] { end.wait(); });
    ipc::process p{by(start_method::fork), [] {}};
    BOOST_CHECK_EXCEPTION(
        p.start(), plait::error, [](const plait::error& e) { return e.code() == errc::resource_deadlock_would_occur; });
    end.set();
    other.join();
#ifndef __SANITIZE_THREAD__
    p.start(); // it can be started when the thread has gone
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
#endif
}

BOOST_DATA_TEST_CASE(what_the_parent_does_about_a_signal_is_its_own_affair, test::start_methods) {
    const auto before = ::signal(SIGTERM, [](int) {});
    ipc::process handled{by(sample), [] {
                             for (;;)
                                 ::pause();
                         }};
    handled.start();
    handled.terminate();
    handled.join();
    BOOST_TEST(handled.exit_code().value() == -SIGTERM);
    ::signal(SIGTERM, before);
}

BOOST_AUTO_TEST_CASE(a_fork_on_a_loop_is_refused) {
    boost::asio::io_context context;
    plait::loop home(context);
    bool refused_there = false;
    boost::asio::post(context, [&] {
        ipc::process p{by(start_method::fork), [] {}};
        BOOST_CHECK_EXCEPTION(
            p.start(), plait::error, [](const plait::error& e) { return e.code() == errc::would_block_loop; });
        refused_there = true;
        home.stop();
    });
    context.run();
    BOOST_TEST(refused_there);
}

#ifndef __SANITIZE_THREAD__
BOOST_AUTO_TEST_CASE(a_forked_child_runs_no_destructors_or_exit_functions_of_its_parent_s) {
    plait::test::pipe news;
    static int to = -1;
    to = news.writer.get();
    struct local {
        ~local() { static_cast<void>(::write(to, "x", 1) == 1); }
    };
    {
        const local of_the_parent;
        std::atexit([] {
            if (ipc::parent_process()) static_cast<void>(::write(STDERR_FILENO, "x", 1) == 1);
        });
        auto options = by(start_method::fork);
        options.err = plait::subprocess::to(news.writer.get());
        BOOST_TEST(exit_code_of(ipc::process{options, [] {
                                                 std::atexit([] {
                                                     static_cast<void>(::write(STDERR_FILENO, "o", 1) == 1);
                                                 }); // its own
                                                 return 4;
                                             }}) == 4);
        news.writer.reset(::dup(news.writer.get())); // not what the local writes to
        to = -1;
    }
    news.writer.reset();
    BOOST_TEST(all_of(news.reader) == "o");
}

BOOST_AUTO_TEST_CASE(handles_of_siblings_are_closed_in_a_forked_child) {
    plait::test::pipe door;
    ipc::process sibling{plait::fn<&stay>, std::move(door.reader), 0};
    sibling.start();
    static ipc::process* seen = nullptr;
    seen = &sibling;
    BOOST_TEST(exit_code_of(ipc::process{by(start_method::fork), [] {
                                             try {
                                                 seen->join();
                                             } catch (const plait::error& e) {
                                                 return e.code() == errc::no_state && ipc::active_children().empty()
                                                            ? 0
                                                            : 1;
                                             }
                                             return 2;
                                         }}) == 0);
    door.writer.reset();
    sibling.join();
}
#endif

BOOST_DATA_TEST_CASE(a_child_finds_the_environment_that_it_was_given, test::start_methods) {
    ::setenv("PLAIT_TEST_OLD", "old", 1);
    ::setenv("PLAIT_TEST_REPLACED", "old", 1);
    auto added = by(sample);
    added.extra_environment = {{"PLAIT_TEST_REPLACED", "new"}, {"PLAIT_TEST_ADDED", "a=b"}};
    BOOST_TEST(exit_code_of(ipc::process{added, [] {
                                             auto value = [](const char* name) {
                                                 return std::string(std::getenv(name) ? std::getenv(name) : "-");
                                             };
                                             return value("PLAIT_TEST_OLD") == "old" &&
                                                            value("PLAIT_TEST_REPLACED") == "new" &&
                                                            value("PLAIT_TEST_ADDED") == "a=b" &&
                                                            value("PLAIT_CHILD") == "-"
                                                        ? 0
                                                        : 1;
                                         }}) == 0);
    auto whole = by(sample);
    whole.environment = std::map<std::string, std::string>{{"ONLY", "this"}};
    BOOST_TEST(exit_code_of(ipc::process{whole, [] {
                                             return environ[0] != nullptr && std::string(environ[0]) == "ONLY=this" &&
                                                            environ[1] == nullptr
                                                        ? 0
                                                        : 1;
                                         }}) == 0);
}

BOOST_DATA_TEST_CASE(a_child_runs_in_the_directory_that_it_was_given, test::start_methods) {
    auto options = by(sample);
    options.directory = "/proc";
    BOOST_TEST(
        exit_code_of(ipc::process{options, [] { return std::filesystem::current_path() == "/proc" ? 0 : 1; }}) == 0);
    options.directory = "/no/such/directory";
    ipc::process nowhere{options, [] {}};
    BOOST_CHECK_EXCEPTION(nowhere.start(), boost::system::system_error, [](const auto& e) {
        return e.code() == boost::system::errc::no_such_file_or_directory &&
               std::string(e.what()).find("process_options::directory") != std::string::npos;
    });
}

BOOST_DATA_TEST_CASE(a_child_has_the_standard_streams_that_it_was_given, test::start_methods) {
    plait::test::pipe in, out;
    write_byte(in.writer, 'i');
    auto options = by(sample);
    options.in = plait::subprocess::to(in.reader.get());
    options.out = plait::subprocess::to(out.writer.get());
    options.err = plait::subprocess::to_out;
    BOOST_TEST(exit_code_of(ipc::process{options, [] {
                                             char c = 0;
                                             if (::read(STDIN_FILENO, &c, 1) != 1 || c != 'i') return 1;
                                             return ::write(STDOUT_FILENO, "o", 1) == 1 &&
                                                            ::write(STDERR_FILENO, "e", 1) == 1
                                                        ? 0
                                                        : 2;
                                         }}) == 0);
    out.writer.reset();
    BOOST_TEST(all_of(out.reader) == "oe");
    auto silent = by(sample);
    silent.in = silent.out = silent.err = plait::subprocess::null;
    BOOST_TEST(exit_code_of(ipc::process{silent, [] {
                                             char c = 0;
                                             return ::read(STDIN_FILENO, &c, 1) == 0 &&
                                                            ::write(STDOUT_FILENO, "o", 1) == 1
                                                        ? 0
                                                        : 1;
                                         }}) == 0);
}

BOOST_DATA_TEST_CASE(a_child_is_bound_by_the_limits_that_it_was_given, test::start_methods) {
    auto options = by(sample);
    options.limits.open_files = 20;
    options.limits.core_size = 0;
    options.limits.cpu_time = std::chrono::seconds(100);
    BOOST_TEST(exit_code_of(ipc::process{options, [] {
                                             rlimit files{}, core{}, time{};
                                             ::getrlimit(RLIMIT_NOFILE, &files);
                                             ::getrlimit(RLIMIT_CORE, &core);
                                             ::getrlimit(RLIMIT_CPU, &time);
                                             if (files.rlim_cur != 20 || files.rlim_max != 20 || core.rlim_max != 0)
                                                 return 1;
                                             return time.rlim_cur == 100 && time.rlim_max == 101 ? 0 : 2;
                                         }}) == 0);
    auto small_files = by(sample);
    small_files.limits.file_size = 4096;
    BOOST_TEST(exit_code_of(ipc::process{small_files, [] {
                                             const unique_fd file(::memfd_create("plait-test", MFD_CLOEXEC));
                                             static_cast<void>(::ftruncate(file.get(), 4097) == 0);
                                         }}) == -SIGXFSZ);
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused_by_name) {
    auto refuses = [](const ipc::process_options& options, const std::string& naming) {
        BOOST_CHECK_EXCEPTION(ipc::process(options, [] {}), plait::error, refused(errc::invalid_argument, naming));
    };
    using namespace std::string_literals;
    refuses({.name = "a\0b"s}, "process_options::name");
    refuses({.daemon = true, .detached = true}, "process_options::detached");
    refuses({.directory = "a\0b"s}, "process_options::directory");
    refuses(
        {.environment = std::map<std::string, std::string>{{"a=b", std::string()}}}, "process_options::environment");
    refuses({.extra_environment = {{std::string(), std::string()}}}, "process_options::extra_environment");
    refuses({.in = plait::subprocess::pipe}, "process_options::in");
    refuses({.out = plait::subprocess::to_out}, "process_options::out");
    refuses({.err = plait::subprocess::to(-2)}, "process_options::err");
    refuses({.limits = {.cpu_time = std::chrono::seconds(0)}}, "process_options::limits.cpu_time");

    ipc::process closed{{.out = plait::subprocess::to(900)}, [] {}};
    BOOST_CHECK_EXCEPTION(closed.start(), plait::error, refused(errc::invalid_argument, "process_options::out"));
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    ipc::process greedy{{.limits = {.open_files = files.rlim_max + 1}}, [] {}};
    BOOST_CHECK_EXCEPTION(
        greedy.start(), plait::error, refused(errc::invalid_argument, "process_options::limits.open_files"));
}

BOOST_DATA_TEST_CASE(too_many_descriptors_for_a_server_are_refused, test::clean_start_methods) {
    std::vector<unique_fd> many;
    for (int i = 0; i < 241; ++i)
        many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ipc::process p{
        by(sample), [](const std::vector<unique_fd>& all) { return static_cast<int>(all.size() % 100); },
        std::move(many)};
    if (sample == start_method::forkserver) {
        BOOST_CHECK_EXCEPTION(p.start(), plait::error, refused(errc::invalid_argument, "241 descriptors"));
    } else {
        BOOST_TEST(exit_code_of(p) == 41);
    }
}

// conformance A: an orphan is adopted
BOOST_DATA_TEST_CASE(a_detached_child_outlives_its_parent_in_a_session_of_its_own, test::start_methods) {
    plait::test::pipe news, gate;
    ipc::process parent{
        by(sample),
        [](unique_fd to, unique_fd until_closed, start_method method) {
            ipc::process child{
                {.detached = true, .method = method},
                [](unique_fd out, unique_fd in) {
                    read_byte(in);
                    write_byte(out, ::getsid(0) == ::getpid() ? 'l' : 'x');
                },
                std::move(to),
                std::move(until_closed)};
            child.start();
        },
        std::move(news.writer), std::move(gate.reader), sample};
    BOOST_TEST(exit_code_of(parent) == 0); // did not wait for it
    gate.writer.reset();
    BOOST_TEST(read_byte(news.reader).value() == 'l');
    BOOST_TEST(!read_byte(news.reader).has_value());
}

BOOST_DATA_TEST_CASE(a_handler_learns_of_the_end, test::start_methods) {
    plait::test::pipe door;
    boost::asio::io_context context;
    int code = -1;
    {
        ipc::process p{by(sample), plait::fn<&stay>, std::move(door.reader), 9};
        BOOST_CHECK_EXCEPTION(
            p.async_join([](boost::system::error_code, int) {}), plait::error,
            refused(errc::process_not_started, "was not started"));
        p.start();
        p.async_join(boost::asio::bind_executor(context, [&](boost::system::error_code ec, int c) {
            BOOST_TEST(!ec);
            code = c;
        }));
    } // the handle may go
    door.writer.reset();
    context.run();
    BOOST_TEST(code == 9);
}

BOOST_AUTO_TEST_CASE(who_waits_as_a_handler_is_told_why_the_function_was_not_called) {
    ipc::process p{by(start_method::spawn), [](const std::vector<unique_fd>&) {}, std::vector<unique_fd>{}};
    auto end = p.sentinel();
    p.start();
    BOOST_TEST(p.async_join(boost::asio::use_future).get() == 0);
    BOOST_TEST(end.get() == 0);
}

BOOST_AUTO_TEST_CASE(the_sentinel_of_a_process_that_is_never_started_breaks) {
    plait::shared_future<int> end;
    {
        ipc::process p{[] {}};
        end = p.sentinel();
    }
    BOOST_CHECK_EXCEPTION(end.get(), plait::error, refused(errc::broken_promise, ""));
}

// conformance A: daemonize
BOOST_AUTO_TEST_CASE(a_daemonized_program_leads_a_session_and_the_one_that_was_started_ends) {
    auto done = plait::subprocess::run({PLAIT_TEST_DAEMONIZED, "word"}, {.capture = true});
    BOOST_TEST(done.exit_code == 0);
    BOOST_TEST(
        done.out == "leads: 1, terminal: 0, directory: /, input: 0, marker: 0, argument: word, parent before: some\n");
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_come_to_daemonize_again_stays) {
    auto done = plait::subprocess::run({PLAIT_TEST_DAEMONIZED, "twice_different"}, {.capture = true});
    BOOST_TEST(done.exit_code == 3);
    BOOST_TEST(done.out.starts_with("stays: daemonize(): the program, started anew, ended"), done.out);
}

BOOST_AUTO_TEST_SUITE_END()
