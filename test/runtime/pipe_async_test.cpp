// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The streams of child programs, and communicate(), with a completion token.
#include <plait/coro/run.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/pipe_stream.hpp>
#include <plait/runtime/subprocess.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// The two ends of a pipe.
struct ends {
    ends() : ends(open()) {}
    pipe_reader out;
    pipe_writer in;

private:
    static std::array<int, 2> open() {
        std::array<int, 2> fds{};
        BOOST_REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
        return fds;
    }
    explicit ends(std::array<int, 2> fds)
        : out(detail::unique_fd(fds[0]), "a pipe"), in(detail::unique_fd(fds[1]), "a pipe") {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(pipe_async_suite)

BOOST_AUTO_TEST_CASE(a_handler_is_called_when_there_is_something_to_read) {
    asio::io_context context;
    ends pipe;
    std::array<char, 10> buffer{};
    std::optional<std::size_t> count;
    pipe.out.async_read_some(buffer, asio::bind_executor(context, [&](error_code, std::size_t n) { count = n; }));
    context.poll();
    BOOST_TEST(!count.has_value());
    pipe.in.write("abc");
    context.run();
    BOOST_REQUIRE(count.has_value());
    BOOST_TEST(std::string(buffer.data(), *count) == "abc");
}

BOOST_AUTO_TEST_CASE(an_awaitable_reads_line_by_line_to_the_end) {
    asio::io_context context;
    ends pipe;
    std::vector<std::string> lines;
    bool at_end = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            while (auto line = co_await pipe.out.async_read_line(asio::use_awaitable))
                lines.push_back(*line);
            at_end = true;
        },
        asio::detached);
    context.poll();
    pipe.in.write("one\ntw");
    pipe.in.write("o\nthree");
    context.poll();
    pipe.in.close();
    context.run();
    BOOST_TEST(lines == (std::vector<std::string>{"one", "two", "three"}), boost::test_tools::per_element());
    BOOST_TEST(at_end);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_an_error_for_the_handler) {
    asio::io_context context;
    ends pipe;
    pipe.in.write("12345\n");
    error_code seen;
    pipe.out.async_read_line(
        4, asio::bind_executor(context, [&](error_code ec, const std::optional<std::string>&) { seen = ec; }));
    context.run();
    BOOST_TEST(seen == make_error_code(errc::message_too_large));
}

BOOST_AUTO_TEST_CASE(a_read_that_is_cancelled_has_taken_nothing) {
    asio::io_context context;
    asio::cancellation_signal stop;
    ends pipe;
    pipe.in.write("half a li");
    error_code seen;
    pipe.out.async_read_line(asio::bind_cancellation_slot(
        stop.slot(),
        asio::bind_executor(context, [&](error_code ec, const std::optional<std::string>&) { seen = ec; })));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(seen == asio::error::operation_aborted);
    pipe.in.write("ne\n");
    BOOST_TEST(pipe.out.read_line().value() == "half a line");
}

BOOST_AUTO_TEST_CASE(a_write_that_is_cancelled_says_how_much_it_has_written) {
    asio::io_context context;
    asio::cancellation_signal stop;
    ends pipe;
    std::string more_than_fits(1'000'000, 'x');
    error_code seen;
    std::size_t written = 0;
    pipe.in.async_write(
        more_than_fits,
        asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(context, [&](error_code ec, std::size_t n) {
                                         seen = ec;
                                         written = n;
                                     })));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(seen == asio::error::operation_aborted);
    BOOST_TEST(written > 0u);
    pipe.in.close();
    BOOST_TEST(pipe.out.read_all().size() == written);
}

BOOST_AUTO_TEST_CASE(an_awaitable_writes_all_while_another_one_reads) {
    asio::io_context context;
    ends pipe;
    std::string text(1'000'000, 'x'), got;
    std::size_t written = 0;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            written = co_await pipe.in.async_write(text, asio::use_awaitable);
            pipe.in.close();
        },
        asio::detached);
    asio::co_spawn(
        context, [&]() -> asio::awaitable<void> { got = co_await pipe.out.async_read_all(asio::use_awaitable); },
        asio::detached);
    context.run();
    BOOST_TEST(written == text.size());
    BOOST_TEST((got == text));
}

BOOST_AUTO_TEST_CASE(who_writes_to_a_pipe_that_nobody_reads_is_told) {
    asio::io_context context;
    ends pipe;
    pipe.out.close();
    error_code seen;
    pipe.in.async_write_some("x", asio::bind_executor(context, [&](error_code ec, std::size_t) { seen = ec; }));
    context.run();
    BOOST_TEST(seen == boost::system::errc::broken_pipe);
    BOOST_CHECK_EXCEPTION(pipe.out.async_read_all([](error_code, const std::string&) {}), error, [](const error& e) {
        return e.code() == errc::no_state;
    });
}

BOOST_AUTO_TEST_CASE(an_awaitable_communicates_with_a_child) {
    asio::io_context context;
    std::string text(300'000, 'x'), got;
    std::optional<int> code;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            subprocess::popen child({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
            got = (co_await child.async_communicate(text, asio::use_awaitable)).out;
            code = child.try_wait();
        },
        asio::detached);
    context.run();
    BOOST_TEST((got == text));
    BOOST_TEST(code.value() == 0);
}

BOOST_AUTO_TEST_CASE(a_communication_that_is_cancelled_can_be_taken_up_again) {
    asio::io_context context;
    asio::cancellation_signal stop;
    std::array<int, 2> input{};
    BOOST_REQUIRE(::pipe2(input.data(), O_CLOEXEC) == 0);
    detail::unique_fd its_end(input[0]), our_end(input[1]);
    subprocess::popen child({"cat"}, {.in = subprocess::to(its_end.get()), .out = subprocess::pipe});
    error_code seen;
    child.async_communicate(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](error_code ec, const subprocess::output&) { seen = ec; })));
    stop.emit(asio::cancellation_type::total); // it cannot have ended: its input is open
    context.run();
    BOOST_TEST(seen == asio::error::operation_aborted);
    BOOST_REQUIRE(::write(our_end.get(), "x", 1) == 1);
    our_end.reset();
    BOOST_TEST(child.communicate().out == "x");
}

BOOST_AUTO_TEST_SUITE_END()
