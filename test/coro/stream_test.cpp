// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/connection.hpp"
#include "support/fails_with.hpp"
#include "support/parties.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/stream.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using test::code_of;
using test::connection;
using test::fails_with;

namespace {

std::string read_now(stream& s) {
    std::string bytes(1024, '\0');
    bytes.resize(s.try_read_some(bytes).value_or(0));
    return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_suite)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_by_every_kind_of_party) {
    test::for_every_kind([](test::parties& start) {
        connection c;
        std::string read;
        start([&] {
            std::string piece(4, '\0');
            for (std::size_t n = 1; n != 0; n = c.far.read_some(piece))
                read.append(piece, 0, read.empty() && n == 1 ? 0 : n);
        });
        start([&] {
            c.near.write("hello ");
            c.near.write_all({"to ", "", "all"});
            c.near.close();
        });
        start.join();
        BOOST_TEST(read == "hello to all");
    });
}

BOOST_AUTO_TEST_CASE(a_reader_and_a_writer_use_one_stream_at_once) {
    test::for_every_kind([](test::parties& start) {
        connection c;
        std::size_t read = 0;
        bool intact = false;
        const std::string much(1'000'000, 'm');
        start([&] { c.near.write(much); });
        start([&] { c.far.write(much); });
        start([&] { read += c.near.read_exactly(much.size()).size(); });
        start([&] { intact = c.far.read_exactly(much.size()) == much; });
        start.join();
        BOOST_TEST(read == much.size());
        BOOST_TEST(intact);
    });
}

BOOST_AUTO_TEST_CASE(lines_end_with_a_line_feed_or_with_the_stream) {
    run([] {
        connection c;
        c.near.write("one\r\ntwo\n\n\rthree");
        c.near.close();
        std::vector<std::string> lines;
        for (std::string& line : c.far.lines())
            lines.push_back(std::move(line));
        BOOST_TEST(lines == (std::vector<std::string>{"one", "two", "", "\rthree"}), boost::test_tools::per_element());
        BOOST_TEST(!c.far.read_line().has_value());
    });
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_line_is_about_the_line_without_its_end) {
    run([] {
        connection c;
        c.near.write("abc\nabc\r\nabcd\n");
        BOOST_TEST(c.far.read_line(3).value() == "abc");
        BOOST_TEST(c.far.read_line(3).value() == "abc");
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_line(3)); }));
        BOOST_TEST(c.far.read_line(4).value() == "abcd");

        auto in_pieces = spawn([&] { return c.far.read_line(3); });
        for (const char* piece : {"abc\r", "\n", "abc\r", "d\n"}) {
            c.near.write(piece);
            sleep_for(1ms);
        }
        BOOST_TEST(in_pieces.join().value() == "abc");
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_line(3)); }));
        BOOST_TEST(c.far.read_line(5).value() == "abc\rd");
    });
}

BOOST_AUTO_TEST_CASE(a_line_that_comes_in_pieces_is_one_line) {
    run([] {
        connection c;
        auto line = spawn([&] { return c.far.read_line(); });
        for (const char* piece : {"a ", "long ", "line\nand"}) {
            c.near.write(piece);
            sleep_for(1ms);
        }
        BOOST_TEST(line.join().value() == "a long line");
        BOOST_TEST(read_now(c.far) == "and");
    });
}

BOOST_AUTO_TEST_CASE(a_line_of_many_buffers_is_one_line) {
    run([] {
        connection c;
        const std::string line(300'000, 'l');
        auto writer = spawn([&] { c.near.write_all({line, "\n", line, "\n"}); });
        BOOST_TEST((c.far.read_line() == line));
        BOOST_TEST((c.far.read_line() == line));
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(a_delimiter_that_comes_in_pieces_is_found) {
    run([] {
        connection c;
        auto head = spawn([&] { return c.far.read_until("\r\n\r\n"); });
        for (const char* piece : {"head\r\n", "\r", "\nbody"}) {
            c.near.write(piece);
            sleep_for(1ms);
        }
        BOOST_TEST(head.join() == "head\r\n\r\n");
        BOOST_TEST(c.far.read_exactly(4) == "body");
        BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(c.far.read_until("")); }));
    });
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_before_the_delimiter_says_so_and_keeps_what_came) {
    run([] {
        connection c;
        c.near.write("no end");
        c.near.close();
        BOOST_CHECK_EXCEPTION(
            static_cast<void>(c.far.read_until("end.")), incomplete_read,
            [](const incomplete_read& e) { return e.came() == 6 && e.code() == errc::incomplete_read; });
        BOOST_TEST(c.far.read_all() == "no end");
    });
}

BOOST_AUTO_TEST_CASE(read_all_reads_to_the_end_and_has_a_limit) {
    run([] {
        connection c;
        const std::string much(200'000, 'm');
        auto writer = spawn([&] {
            c.near.write(much);
            c.near.shutdown_write();
        });
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_all(1000)); }));
        BOOST_TEST((c.far.read_all() == much));
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_has_taken_nothing) {
    run([] {
        connection c;
        std::string buffer(10, '\0');
        auto line = spawn([&] { return c.far.read_line(); });
        auto check = [&](auto read) {
            auto reader = spawn([&] { read(); });
            c.near.write("ab");
            while (c.far.bytes_received() != c.near.bytes_sent())
                yield();
            reader.cancel();
            BOOST_TEST(fails_with(errc::task_cancelled, [&] { reader.join(); }));
        };
        line.cancel();
        BOOST_TEST(fails_with(errc::task_cancelled, [&] { line.join(); }));
        check([&] { static_cast<void>(c.far.read_line()); });
        check([&] { c.far.read_exactly(std::span(buffer)); });
        check([&] { static_cast<void>(c.far.read_until("#")); });
        check([&] { static_cast<void>(c.far.read_all()); });
        BOOST_TEST(read_now(c.far) == "abababab");
    });
}

BOOST_AUTO_TEST_CASE(a_read_that_times_out_has_taken_nothing) {
    run([] {
        connection c;
        std::string buffer(10, '\0');
        c.near.write("ab");
        BOOST_CHECK_THROW(static_cast<void>(c.far.read_line_for(1ms)), timeout_error);
        BOOST_CHECK_THROW(c.far.read_exactly_for(std::span(buffer), 1ms), timeout_error);
        BOOST_CHECK_THROW(static_cast<void>(c.far.read_until_for("#", 1ms)), timeout_error);
        BOOST_CHECK_THROW(timeout(1ms, [&] { return c.far.read_line(); }), timeout_error);
        c.near.write("c\n");
        BOOST_TEST(c.far.read_line().value() == "abc");
        BOOST_CHECK_THROW(c.far.read_some_for(buffer, 1ms), timeout_error);
    });
}

BOOST_AUTO_TEST_CASE(a_try_does_not_wait) {
    run([] {
        connection c;
        std::string buffer(10, '\0');
        BOOST_TEST(!c.far.try_read_some(buffer).has_value());
        c.near.write("ab");
        BOOST_TEST(c.far.try_read_some(buffer).value() == 2u);
        c.near.close();
        BOOST_TEST(c.far.try_read_some(buffer).value() == 0u);
        BOOST_TEST(fails_with(errc::invalid_argument, [&] { c.far.read_some({}); }));
    });
}

BOOST_AUTO_TEST_CASE(a_write_that_is_cut_makes_the_stream_unusable_for_writing_alone) {
    run([] {
        connection c;
        const std::string much(10'000'000, 'm');
        BOOST_CHECK_THROW(c.near.write_for(much, 1ms), timeout_error);
        const std::string expected = "a write of 10000000 bytes was cut after " + std::to_string(c.near.bytes_sent());
        BOOST_CHECK_EXCEPTION(c.near.write("more"), error, [&](const error& e) {
            return e.code() == errc::stream_unusable && std::string(e.what()).find(expected) != std::string::npos;
        });
        BOOST_TEST(fails_with(errc::stream_unusable, [&] { c.near.write_some("more"); }));
        BOOST_TEST(fails_with(errc::stream_unusable, [&] { c.near.shutdown_write(); }));
        c.far.write("still\n");
        BOOST_TEST(c.near.read_line().value() == "still");
    });
}

BOOST_AUTO_TEST_CASE(a_write_that_was_cancelled_before_its_first_byte_has_done_nothing) {
    run([] {
        connection c;
        const std::size_t written = test::fill(c.near);
        auto writer = spawn([&] { c.near.write("late"); });
        yield();
        writer.cancel();
        BOOST_TEST(fails_with(errc::task_cancelled, [&] { writer.join(); }));
        BOOST_CHECK_THROW(c.near.write_some_for("late", 1ms), timeout_error);
        static_cast<void>(c.far.read_exactly(written));
        c.near.write("in time");
        BOOST_TEST(read_now(c.far) == "in time");
    });
}

BOOST_AUTO_TEST_CASE(write_some_writes_what_there_is_room_for) {
    run([] {
        connection c;
        const std::string much(10'000'000, 'm');
        const std::size_t written = c.near.write_some(much);
        BOOST_TEST(written > 0u);
        BOOST_TEST(written < much.size());
        BOOST_TEST(c.near.write_some("") == 0u);
        BOOST_TEST(c.near.try_write_some(much) + written == c.near.bytes_sent());
    });
}

BOOST_AUTO_TEST_CASE(a_second_reader_and_a_second_writer_are_refused) {
    run([] {
        connection c;
        auto reader = spawn([&] { static_cast<void>(c.near.read_line()); });
        test::fill(c.near);
        auto writer = spawn([&] { c.near.write("x"); });
        yield();
        BOOST_TEST(fails_with(errc::stream_in_use, [&] { static_cast<void>(c.near.read_line()); }));
        BOOST_TEST(fails_with(errc::stream_in_use, [&] { static_cast<void>(c.near.read_exactly(1)); }));
        BOOST_TEST(fails_with(errc::stream_in_use, [&] { c.near.write("y"); }));
        BOOST_TEST(fails_with(errc::stream_in_use, [&] { static_cast<void>(c.near.release()); }));
        reader.cancel();
        writer.cancel();
    });
}

BOOST_AUTO_TEST_CASE(closing_wakes_those_who_wait) {
    test::for_every_kind([](test::parties& start) {
        connection c;
        boost::system::error_code reader, writer;
        test::fill(c.near);
        start([&] { reader = code_of([&] { static_cast<void>(c.near.read_line()); }); });
        start([&] { writer = code_of([&] { c.near.write("x"); }); });
        start([&] { c.near.close(); });
        start.join();
        BOOST_TEST(test::is(reader, errc::no_state));
        BOOST_TEST(test::is(writer, errc::no_state));
        BOOST_TEST(!c.near.is_open());
        BOOST_TEST(c.near.native_handle() == -1);
        BOOST_TEST(fails_with(errc::no_state, [&] { c.near.write("x"); }));
        c.near.close();
    });
}

// Else read_all() would return a part as if it were all.
BOOST_AUTO_TEST_CASE(a_reader_never_takes_close_for_the_end_of_the_stream) {
    for (int i = 0; i < 2000; ++i) {
        connection c;
        std::atomic<bool> reads{false};
        boost::system::error_code failed;
        std::jthread reader([&] {
            char bytes[8];
            failed = code_of([&] {
                while (!c.far.try_read_some(bytes))
                    reads = true;
            });
        });
        while (!reads)
            std::this_thread::yield();
        c.far.close();
        reader.join();
        BOOST_REQUIRE(test::is(failed, errc::no_state));
    }
}

BOOST_AUTO_TEST_CASE(a_writer_never_takes_close_for_the_end_of_the_reader) {
    for (int i = 0; i < 2000; ++i) {
        connection c;
        std::atomic<bool> writes{false};
        boost::system::error_code failed;
        std::jthread writer([&] {
            failed = code_of([&] {
                for (;; writes = true)
                    c.far.try_write_some("x");
            });
        });
        while (!writes)
            std::this_thread::yield();
        c.far.close();
        writer.join();
        BOOST_REQUIRE(test::is(failed, errc::no_state));
    }
}

BOOST_AUTO_TEST_CASE(writing_to_one_who_is_gone_is_an_error_with_his_name_and_no_signal) {
    run([] {
        connection c;
        c.far.close();
        BOOST_CHECK_EXCEPTION(c.near.write("x"), boost::system::system_error, [](const auto& e) {
            return e.code() == boost::system::errc::broken_pipe && std::string(e.what()).find("send(far)") == 0;
        });
        BOOST_CHECK_THROW(c.near.write_all({"x", "y"}), boost::system::system_error);
    });
}

BOOST_AUTO_TEST_CASE(no_stream_is_an_error) {
    stream none;
    BOOST_TEST(!none.is_open());
    BOOST_TEST(fails_with(errc::no_state, [&] { static_cast<void>(none.read_line()); }));
    none.close();
    detail::unique_fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    BOOST_CHECK_THROW(stream(std::move(null)), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_stream_may_outlive_its_loop) {
    connection c;
    run([&] {
        BOOST_CHECK_THROW(static_cast<void>(c.far.read_line_for(1ms)), timeout_error);
        c.near.write("kept\n");
    });
    run([&] { BOOST_TEST(c.far.read_line().value() == "kept"); });
    c.near.write("on a thread\n");
    BOOST_TEST(c.far.read_line().value() == "on a thread");
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_closed_elsewhere_while_its_loop_goes) {
    for (int i = 0; i < 50; ++i) {
        connection c;
        std::jthread closing;
        run([&] {
            BOOST_CHECK_THROW(static_cast<void>(c.near.read_line_for(0ns)), timeout_error); // the loop has it now
            closing = std::jthread([&] { c.near.close(); });
        });
    }
}

BOOST_AUTO_TEST_CASE(a_released_socket_goes_on_elsewhere) {
    run([] {
        connection c;
        BOOST_CHECK_THROW(static_cast<void>(c.far.read_line_for(1ms)), timeout_error);
        c.near.write("line\nrest");
        BOOST_TEST(c.far.read_line().value() == "line");
        BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(c.far.release()); }));
        std::string unread;
        stream again(c.far.release(&unread));
        BOOST_TEST(unread == "rest");
        BOOST_TEST(!c.far.is_open());
        auto line = spawn([&] { return again.read_line(); });
        yield();
        c.near.write("more\n");
        BOOST_TEST(line.join().value() == "more");
    });
}

BOOST_AUTO_TEST_CASE(a_released_socket_is_out_of_reach_of_close) {
    for (int i = 0; i < 2000; ++i) {
        connection c;
        std::atomic<bool> both_are_there{false};
        std::jthread closing([&] {
            while (!both_are_there)
                ;
            c.near.close();
        });
        detail::unique_fd released;
        both_are_there = true;
        const boost::system::error_code failed = code_of([&] { released = c.near.release(); });
        closing.join();
        if (released)
            BOOST_REQUIRE(::send(released.get(), "x", 1, MSG_NOSIGNAL) == 1);
        else
            BOOST_REQUIRE(failed == errc::no_state);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_always_has_bytes_lets_others_run_and_can_be_cancelled) {
    run([] {
        connection c;
        bool others_ran = false;
        auto other = spawn([&] {
            sleep_for(1ms); // which takes the loop a look at its timers
            others_ran = true;
        });
        auto talker = spawn([&] {
            std::string byte(1, 'x');
            for (;;) {
                c.near.write(byte);
                c.far.read_some(byte);
            }
        });
        other.join();
        BOOST_TEST(others_ran);
        talker.cancel();
        BOOST_TEST(fails_with(errc::task_cancelled, [&] { talker.join(); }));
    });
}

BOOST_AUTO_TEST_SUITE_END()
