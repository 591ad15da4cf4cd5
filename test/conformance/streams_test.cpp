// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/connection.hpp"
#include "support/fails_with.hpp"
#include "support/scale.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace plait;
using test::fails_with;

namespace {

std::size_t resident_bytes() {
    std::size_t all = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

BOOST_AUTO_TEST_SUITE(streams_suite)

// conformance A: open a connection and read lines
BOOST_AUTO_TEST_CASE(a_connection_is_opened_and_its_lines_are_read) {
    run([] {
        server s = start_server("localhost", 0, [](stream& c) { c.write("first\r\nsecond\r\n\r\nlast"); });
        stream c = open_connection("localhost", s.port());
        std::vector<std::string> lines;
        for (const std::string& line : c.lines())
            lines.push_back(line);
        BOOST_TEST(
            lines == (std::vector<std::string>{"first", "second", "", "last"}), boost::test_tools::per_element());
    });
}

// conformance 89
BOOST_AUTO_TEST_CASE(a_line_longer_than_the_limit_is_an_error_and_nothing_is_lost) {
    run([] {
        test::connection c;
        c.near.write("0123456789\nnext\n");
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_line(9)); }));
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_until("9", 9)); }));
        BOOST_TEST(c.far.read_line(10).value() == "0123456789");
        BOOST_TEST(c.far.read_line(4).value() == "next");
    });
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_is_refused_before_it_fills_the_memory) {
    run([] {
        test::connection c;
        auto writer = spawn([&] {
            for (const std::string piece(100'000, 'x');;)
                c.near.write(piece);
        });
        BOOST_TEST(fails_with(errc::message_too_large, [&] { static_cast<void>(c.far.read_line(1'000'000)); }));
        BOOST_TEST(c.far.bytes_received() < 2'000'000u);
    });
}

BOOST_AUTO_TEST_CASE(an_end_in_the_middle_says_how_many_bytes_came_and_keeps_them) {
    run([] {
        test::connection c;
        c.near.write("abc");
        c.near.close();
        BOOST_CHECK_EXCEPTION(static_cast<void>(c.far.read_exactly(10)), incomplete_read, [](const incomplete_read& e) {
            return e.came() == 3 && std::string(e.what()).find("3 of 10 bytes") != std::string::npos;
        });
        BOOST_TEST(c.far.read_exactly(3) == "abc");
        BOOST_CHECK_EXCEPTION(static_cast<void>(c.far.read_exactly(1)), incomplete_read, [](const incomplete_read& e) {
            return e.came() == 0;
        });
    });
}

BOOST_AUTO_TEST_CASE(a_side_that_has_said_its_last_word_can_still_listen) {
    run([] {
        server s = start_server("127.0.0.1", 0, [](stream& c) {
            const std::string question = c.read_all();
            c.write("you asked: " + question);
        });
        stream c = open_connection("127.0.0.1", s.port());
        c.write("what now?");
        c.shutdown_write();
        c.shutdown_write();
        BOOST_TEST(fails_with(boost::system::errc::broken_pipe, [&] { c.write("more"); }));
        BOOST_TEST(c.read_all() == "you asked: what now?");
    });
}

BOOST_AUTO_TEST_CASE(a_hundred_megabytes_through_a_slow_reader_keep_memory_flat) {
    run([] {
        constexpr std::uint64_t total = 100'000'000;
        std::uint64_t sent = 0;
        server s = start_server("127.0.0.1", 0, [&](stream& c) {
            for (const std::string piece(1'000'000, 'x'); sent < total; sent += piece.size())
                c.write(piece);
        });
        stream c = open_connection("127.0.0.1", s.port());
        std::string piece(64 * 1024, '\0');
        c.read_exactly(std::span(piece)); // everything there is has been made
        const std::size_t before = resident_bytes();
        std::size_t most = before;
        while (c.read_some(piece) != 0) {
            most = std::max(most, resident_bytes());
            yield(); // the writer has as many turns as the reader
        }
        BOOST_TEST(c.bytes_received() == total);
        // AddressSanitizer keeps what was freed for a while, also what it takes to read the figure.
        if (!test::under_asan) BOOST_TEST(most - before < 8'000'000u);
    });
}

BOOST_AUTO_TEST_SUITE_END()
