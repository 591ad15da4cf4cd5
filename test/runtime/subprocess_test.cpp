// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"
#include "support/pipe.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/subprocess.hpp>
#include <plait/runtime/thread.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> shell(std::string script) { return {"/bin/sh", "-c", std::move(script)}; }

std::ptrdiff_t open_descriptors() {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

/// The test leaves as many descriptors as it found, and no child, ended or not.
struct leaves_nothing {
    leaves_nothing() {
        static_cast<void>(subprocess::run({"true"})); // what is made once is there
        before = open_descriptors();
    }
    ~leaves_nothing() {
        BOOST_TEST(open_descriptors() == before);
        siginfo_t any;
        BOOST_TEST(::waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) == -1);
        BOOST_TEST(errno == ECHILD);
    }
    std::ptrdiff_t before;
};

std::string big(std::size_t bytes) {
    std::string data(bytes, 'x');
    for (std::size_t i = 0; i < bytes; i += 61)
        data[i] = static_cast<char>('a' + i % 26);
    return data;
}

} // namespace

BOOST_AUTO_TEST_SUITE(subprocess_suite)

BOOST_AUTO_TEST_CASE(a_command_runs_and_tells_its_exit_code) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        std::vector<int> codes(5);
        for (std::size_t i = 0; i < codes.size(); ++i)
            party([&, i] { codes[i] = subprocess::run(shell("exit " + std::to_string(i))).exit_code; });
        party.join();
        BOOST_TEST(codes == (std::vector{0, 1, 2, 3, 4}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_command_that_a_signal_ended_has_its_negative_number) {
    leaves_nothing check;
    BOOST_TEST(subprocess::run(shell("kill -TERM $$")).exit_code == -SIGTERM);
    subprocess::popen p({"sleep", "1000"});
    BOOST_TEST(!p.try_wait().has_value());
    p.terminate();
    BOOST_TEST(p.wait() == -SIGTERM);
    p.terminate(); // it has ended: no effect
    BOOST_TEST((p.try_wait() == -SIGTERM));
}

BOOST_AUTO_TEST_CASE(input_goes_in_and_output_and_errors_come_out) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        subprocess::completed c;
        party([&] { c = subprocess::run(shell("tr a-z A-Z; echo oops >&2"), {.input = "hello\n", .capture = true}); });
        party.join();
        BOOST_TEST(c.exit_code == 0);
        BOOST_TEST(c.out == "HELLO\n");
        BOOST_TEST(c.err == "oops\n");
    });
}

BOOST_AUTO_TEST_CASE(full_pipes_in_both_directions_stop_nobody) {
    leaves_nothing check;
    const std::string data = big(3'000'000);
    test::for_every_kind([&](test::parties& party) {
        std::vector<subprocess::completed> results(3);
        for (auto& result : results)
            party([&] { result = subprocess::run(shell("tee /dev/stderr"), {.input = data, .capture = true}); });
        party.join();
        for (auto& result : results) {
            BOOST_TEST((result.out == data));
            BOOST_TEST((result.err == data));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_conversation_goes_line_by_line) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        std::vector<std::string> answers;
        int code = -1;
        party([&] {
            subprocess::popen p(
                shell("while read a b; do echo $((a + b)); done; exit 3"),
                {.in = subprocess::pipe, .out = subprocess::pipe});
            for (const char* question : {"1 2\n", "30 4\n", "100 -1\n"}) {
                p.in().write(question);
                answers.push_back(p.out().read_line().value());
            }
            p.in().close();
            if (!p.out().read_line()) code = p.wait();
        });
        party.join();
        BOOST_TEST(answers == (std::vector<std::string>{"3", "34", "99"}), boost::test_tools::per_element());
        BOOST_TEST(code == 3);
    });
}

BOOST_AUTO_TEST_CASE(several_may_wait_for_one_child) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        subprocess::popen p({"cat"}, {.in = subprocess::pipe});
        std::atomic<int> sum{0};
        for (int i = 0; i < 4; ++i)
            party([&] { sum += 1 + p.wait(); });
        party([&] { p.in().close(); });
        party.join();
        BOOST_TEST(sum == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_can_wait_for_the_end) {
    leaves_nothing check;
    boost::asio::io_context context;
    std::optional<int> code;
    subprocess::popen p(shell("exit 7"));
    p.async_wait(boost::asio::bind_executor(context, [&](boost::system::error_code ec, int c) { code = ec ? -1 : c; }));
    context.run();
    BOOST_TEST((code == 7));
}

BOOST_AUTO_TEST_CASE(a_timed_wait_gives_up_and_leaves_the_child) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        subprocess::popen p({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
        boost::system::error_code waited, read, negative;
        party([&] {
            waited = test::code_of([&] { p.wait_for(duration(1)); });
            read = test::code_of([&] { static_cast<void>(p.out().read_line_for(duration(1))); });
            negative = test::code_of([&] { p.wait_for(duration(-1)); });
        });
        party.join();
        BOOST_TEST((waited == errc::timed_out));
        BOOST_TEST((read == errc::timed_out));
        BOOST_TEST((negative == errc::invalid_argument));
        BOOST_TEST(!p.try_wait().has_value());
    });
}

BOOST_AUTO_TEST_CASE(what_a_timed_out_communicate_has_read_and_not_written_is_not_lost) {
    leaves_nothing check;
    const std::string data = big(300'000);
    subprocess::popen p(
        {"/bin/sh", "-c", "echo begun; read line; cat"},
        {.in = subprocess::pipe, .out = subprocess::pipe, .err = subprocess::null});
    BOOST_TEST(p.out().read_line().value() == "begun");
    // More than the pipes hold, to a child that the first line alone lets go on.
    p.send_signal(SIGSTOP);
    BOOST_CHECK_THROW(p.communicate_for(std::chrono::milliseconds(1), "line\n" + data), timeout_error);
    p.send_signal(SIGCONT);
    subprocess::output o = p.communicate();
    BOOST_TEST((o.out == data));
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_command_that_takes_too_long_is_killed_and_what_it_wrote_is_told) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        std::string out;
        party([&] {
            // The program stops itself once it has written, so it cannot be late.
            for (duration patience = std::chrono::milliseconds(20); out.empty(); patience *= 2)
                try {
                    static_cast<void>(
                        subprocess::run(shell("echo so far; exec sleep 1000"), {.capture = true, .timeout = patience}));
                } catch (const subprocess::timeout_expired& e) {
                    out = e.out;
                }
        });
        party.join();
        BOOST_TEST(out == "so far\n");
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_kills_its_command) {
    leaves_nothing check;
    run([] {
        test::pipe alive;
        auto running = spawn([&] {
            static_cast<void>(
                subprocess::run({"sleep", "1000"}, {.child = {.out = subprocess::to(alive.writer.get())}}));
        });
        yield(); // it waits for the end now
        running.cancel();
        running.wait();
        alive.writer.reset();
        BOOST_TEST(!test::read_byte(alive.reader).has_value()); // nobody has the other end any more
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_leaves_the_child) {
    leaves_nothing check;
    run([] {
        subprocess::popen p({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
        auto waiting = spawn([&] { p.wait(); });
        auto reading = spawn([&] { static_cast<void>(p.out().read_all()); });
        yield();
        waiting.cancel();
        reading.cancel();
        waiting.wait();
        reading.wait();
        BOOST_TEST(!p.try_wait().has_value());
        p.in().write("still there\n");
        BOOST_TEST(p.out().read_line().value() == "still there");
    });
}

BOOST_AUTO_TEST_CASE(an_exit_code_can_be_checked) {
    leaves_nothing check;
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(subprocess::run(shell("echo why; exit 4"), {.capture = true, .check = true})),
        subprocess::command_failed, [](const subprocess::command_failed& e) {
            return e.code() == errc::command_failed && e.result.exit_code == 4 && e.result.out == "why\n" &&
                   std::string_view(e.what()).find("exit code 4") != std::string_view::npos;
        });
    BOOST_TEST(subprocess::run({"true"}, {.check = true}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_named_at_once) {
    leaves_nothing check;
    auto names = [](const char* what) {
        return [what](const boost::system::system_error& e) {
            return e.code() == boost::system::errc::no_such_file_or_directory &&
                   std::string_view(e.what()).find(what) != std::string_view::npos;
        };
    };
    BOOST_CHECK_EXCEPTION(
        subprocess::popen({"no-such-program"}), boost::system::system_error, names("no-such-program"));
    BOOST_CHECK_EXCEPTION(
        subprocess::popen({"true"}, {.directory = "/no/such/directory"}), boost::system::system_error,
        names("/no/such/directory"));
    BOOST_TEST((test::code_of([] { subprocess::popen({"/etc/passwd"}); }) == boost::system::errc::permission_denied));
    BOOST_TEST((test::code_of([] {
                    subprocess::popen({"true"}, {.directory = "/etc/passwd"});
                }) == boost::system::errc::not_a_directory));
}

BOOST_AUTO_TEST_CASE(bad_options_are_refused) {
    using namespace std::string_literals;
    auto refused = [](std::vector<std::string> arguments, const subprocess::popen_options& options = {}) {
        return test::code_of([&] { subprocess::popen(arguments, options); }) == errc::invalid_argument;
    };
    BOOST_TEST(refused({}));
    BOOST_TEST(refused({"a\0b"s}));
    BOOST_TEST(refused({"true"}, {.directory = "a\0b"s}));
    BOOST_TEST(refused({"true"}, {.extra_environment = {{"a=b", "c"}}}));
    BOOST_TEST(refused({"true"}, {.extra_environment = {{"", "c"}}}));
    BOOST_TEST(refused({"true"}, {.in = subprocess::to_out}));
    BOOST_TEST(refused({"true"}, {.out = subprocess::to(-1)}));
    BOOST_TEST((test::code_of([] {
                    static_cast<void>(subprocess::run({"true"}, {.timeout = duration(-1)}));
                }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(the_environment_is_extended_or_replaced) {
    leaves_nothing check;
    ::setenv("PLAIT_TEST_INHERITED", "yes", 1);
    auto print = shell("echo $PLAIT_TEST_INHERITED,$PLAIT_TEST_ADDED");
    auto out = [&](const subprocess::popen_options& options) {
        return subprocess::run(print, {.capture = true, .child = options}).out;
    };
    BOOST_TEST(out({}) == "yes,\n");
    BOOST_TEST(out({.extra_environment = {{"PLAIT_TEST_ADDED", "too"}}}) == "yes,too\n");
    BOOST_TEST(out({.extra_environment = {{"PLAIT_TEST_INHERITED", "no"}}}) == "no,\n");
    std::map<std::string, std::string> only{{"PLAIT_TEST_ADDED", "alone"}};
    BOOST_TEST(out({.environment = only}) == ",alone\n");
    BOOST_TEST(out({.environment = only, .extra_environment = {{"PLAIT_TEST_ADDED", "b"}}}) == ",b\n");
    ::unsetenv("PLAIT_TEST_INHERITED");
}

BOOST_AUTO_TEST_CASE(the_directory_is_the_child_s_own) {
    leaves_nothing check;
    BOOST_TEST(subprocess::run({"pwd"}, {.capture = true, .child = {.directory = "/"}}).out == "/\n");
    BOOST_TEST(fs::current_path() != "/");
}

BOOST_AUTO_TEST_CASE(streams_go_where_they_are_sent) {
    leaves_nothing check;
    auto both = shell("echo out; echo err >&2");
    BOOST_TEST(subprocess::run(both, {.capture = true, .child = {.err = subprocess::to_out}}).out == "out\nerr\n");
    auto c = subprocess::run(both, {.capture = true, .child = {.out = subprocess::null}});
    BOOST_TEST(c.out.empty());
    BOOST_TEST(c.err == "err\n");
    test::pipe own;
    static_cast<void>(subprocess::run(
        both, {.child = {.out = subprocess::to(own.writer.get()), .err = subprocess::to(own.writer.get())}}));
    own.writer.reset();
    pipe_reader reader(std::move(own.reader), "own pipe");
    BOOST_TEST(reader.read_all() == "out\nerr\n");
    BOOST_TEST(subprocess::run({"cat"}, {.capture = true, .child = {.in = subprocess::null}}).out.empty());
}

BOOST_AUTO_TEST_CASE(streams_can_be_exchanged) {
    leaves_nothing check;
    // Descriptor 2 becomes 1 and 1 becomes 2: a source lies where another one goes.
    auto c = subprocess::run(shell("exec 3>&1 4>&2; /bin/sh -c 'echo out; echo err >&2' 1>&4 2>&3"), {.capture = true});
    BOOST_TEST(c.out == "err\n");
    subprocess::popen p(shell("exit 0"), {.out = subprocess::to(2), .err = subprocess::to(1)});
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_child_has_the_three_streams_and_no_other_descriptor) {
    leaves_nothing check;
    test::pipe leaky; // as another library would: not closed on exec
    const int inheritable = ::dup(leaky.reader.get());
    auto c = subprocess::run({"ls", "/proc/self/fd"}, {.input = "", .capture = true});
    ::close(inheritable);
    BOOST_TEST(c.out == "0\n1\n2\n3\n"); // 3 is the directory that ls reads
}

BOOST_AUTO_TEST_CASE(a_child_starts_with_no_signal_blocked_or_ignored_that_matters) {
    leaves_nothing check;
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    auto c = subprocess::run({"grep", "SigBlk", "/proc/self/status"}, {.capture = true});
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    BOOST_TEST(c.out.find("0000000000000000") != std::string::npos, c.out);
}

BOOST_AUTO_TEST_CASE(a_new_session_is_led_by_the_child) {
    leaves_nothing check;
    subprocess::popen p({"sleep", "1000"}, {.new_session = true});
    BOOST_TEST(::getsid(p.pid()) == p.pid());
    subprocess::popen q({"sleep", "1000"});
    BOOST_TEST(::getsid(q.pid()) == ::getsid(0));
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_read_its_input_is_no_error) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        int code = -1;
        boost::system::error_code written;
        party([&] {
            code = subprocess::run(shell("exec <&-; exit 5"), {.input = big(1'000'000)}).exit_code;
            subprocess::popen p({"true"}, {.in = subprocess::pipe});
            p.wait();
            written = test::code_of([&] { p.in().write("anybody?"); }); // and no SIGPIPE
        });
        party.join();
        BOOST_TEST(code == 5);
        BOOST_TEST((written == boost::system::errc::broken_pipe));
    });
}

BOOST_AUTO_TEST_CASE(a_forgotten_child_is_killed_and_reaped) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        party([] { subprocess::popen p({"sleep", "1000"}, {.in = subprocess::pipe, .out = subprocess::pipe}); });
        party.join();
    });
}

BOOST_AUTO_TEST_CASE(a_detached_child_goes_on) {
    leaves_nothing check;
    test::pipe result;
    subprocess::popen p(shell("echo done"), {.out = subprocess::to(result.writer.get())});
    p.detach();
    BOOST_TEST((test::code_of([&] { p.wait(); }) == errc::no_state));
    result.writer.reset();
    pipe_reader reader(std::move(result.reader), "result");
    BOOST_TEST(reader.read_all() == "done\n");
    siginfo_t any; // it is reaped by itself, soon
    while (::waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) == 0)
        std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(a_moved_child_stays_the_same_and_an_assigned_one_replaces_another) {
    leaves_nothing check;
    subprocess::popen p(shell("exit 1"));
    subprocess::popen q = std::move(p);
    BOOST_TEST(q.wait() == 1);
    q = subprocess::popen(shell("exit 2"));
    BOOST_TEST(q.wait() == 2);
}

BOOST_AUTO_TEST_CASE(children_of_others_are_left_alone) {
    const pid_t mine = ::fork();
    if (mine == 0) ::_exit(9);
    static_cast<void>(subprocess::run({"true"}));
    int status = 0;
    BOOST_TEST(::waitpid(mine, &status, 0) == mine);
    BOOST_TEST(WEXITSTATUS(status) == 9);
}

BOOST_AUTO_TEST_CASE(a_hundred_children_at_once_each_have_their_own_exit_code) {
    leaves_nothing check;
    test::for_every_kind([](test::parties& party) {
        std::atomic<int> right{0};
        for (int i = 0; i < 25; ++i)
            party([&, i] {
                if (subprocess::run(shell("exit " + std::to_string(i))).exit_code == i) ++right;
            });
        party.join();
        BOOST_TEST(right == 25);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_in_a_handler_on_the_loop_s_thread_is_refused) {
    leaves_nothing check;
    run([] {
        subprocess::popen p({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
        std::optional<boost::system::error_code> waited, read;
        event done;
        boost::asio::post(loop::current()->context(), [&] {
            waited = test::code_of([&] { p.wait(); });
            read = test::code_of([&] { static_cast<void>(p.out().read_all()); });
            done.set();
        });
        done.wait();
        BOOST_TEST((waited == errc::would_block_loop));
        BOOST_TEST((read == errc::would_block_loop));
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pipe_stream_suite)

BOOST_AUTO_TEST_CASE(lines_are_found_wherever_they_were_cut) {
    test::for_every_kind([](test::parties& party) {
        test::pipe p;
        pipe_reader reader(std::move(p.reader), "reader");
        pipe_writer writer(std::move(p.writer), "writer");
        std::vector<std::string> lines;
        party([&] {
            while (auto line = reader.read_line())
                lines.push_back(*line);
        });
        party([&] {
            for (char c : std::string("one\n\ntwo\nlast")) {
                writer.write(std::string_view(&c, 1));
                yield();
            }
            writer.close();
        });
        party.join();
        BOOST_TEST(lines == (std::vector<std::string>{"one", "", "two", "last"}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_the_limit_is_refused_and_stays) {
    test::pipe p;
    pipe_reader reader(std::move(p.reader), "reader");
    pipe_writer writer(std::move(p.writer), "writer");
    writer.write("0123456789\n");
    BOOST_TEST((test::code_of([&] { static_cast<void>(reader.read_line(9)); }) == errc::message_too_large));
    BOOST_TEST(reader.read_line(10).value() == "0123456789");
}

BOOST_AUTO_TEST_CASE(what_a_timed_out_read_has_read_stays_in_the_stream) {
    test::pipe p;
    pipe_reader reader(std::move(p.reader), "reader");
    pipe_writer writer(std::move(p.writer), "writer");
    writer.write("half a li");
    BOOST_CHECK_THROW(static_cast<void>(reader.read_line_for(duration(1))), timeout_error);
    writer.write("ne\nand more");
    BOOST_TEST(reader.read_line().value() == "half a line");
    std::string rest(3, '\0');
    BOOST_TEST(reader.read_some(rest) == 3u);
    BOOST_TEST(rest == "and");
    BOOST_CHECK_THROW(static_cast<void>(reader.read_all_for(duration(1))), timeout_error);
    writer.close();
    BOOST_TEST(reader.read_all() == " more");
    BOOST_TEST(reader.read_some(rest) == 0u);
}

BOOST_AUTO_TEST_CASE(trying_does_not_wait) {
    test::pipe p;
    pipe_reader reader(std::move(p.reader), "reader");
    pipe_writer writer(std::move(p.writer), "writer");
    std::string buffer(10, '\0');
    BOOST_TEST(!reader.try_read_some(buffer).has_value());
    while (writer.try_write_some(buffer) != 0) // until it is full
        continue;
    BOOST_CHECK_THROW(writer.write_for(buffer, duration(1)), timeout_error);
    BOOST_TEST(reader.try_read_some(buffer).value() == 10u);
    reader.close();
    BOOST_TEST((test::code_of([&] { static_cast<void>(reader.read_all()); }) == errc::no_state));
    BOOST_TEST((test::code_of([&] { writer.write("x"); }) == boost::system::errc::broken_pipe));
}

BOOST_AUTO_TEST_CASE(a_thread_that_waits_for_a_pipe_can_be_cancelled) {
    test::pipe p;
    pipe_reader reader(std::move(p.reader), "reader");
    event waiting;
    thread t([&] {
        waiting.set();
        static_cast<void>(reader.read_line());
    });
    waiting.wait();
    t.cancel();
    BOOST_TEST((test::code_of([&] { t.join(); }) == errc::task_cancelled));
    pipe_writer writer(std::move(p.writer), "writer");
    writer.write("not taken\n");
    BOOST_TEST(reader.read_line().value() == "not taken");
}

BOOST_AUTO_TEST_CASE(a_standard_stream_that_is_closed_here_is_not_replaced_by_a_pipe_of_another) {
    leaves_nothing check;
    const int in = ::dup(0), out = ::dup(1);
    ::close(0);
    ::close(1);
    const int code = subprocess::popen(shell("[ ! -e /proc/$$/fd/1 ]"), {.in = subprocess::pipe}).wait();
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::close(in);
    ::close(out);
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
