// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/certificates.hpp"
#include "support/fails_with.hpp"
#include "support/parties.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/coro/tls.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

using namespace plait;
using namespace std::chrono_literals;
using test::fails_with;

namespace {

void echo(stream& s) {
    for (const std::string& line : s.lines())
        s.write_all({line, "\n"});
}

std::string ask(stream& s, std::string_view question) {
    s.write_all({question, "\n"});
    return s.read_line().value_or("the end");
}

/// An authority, a server it vouches for, and what the server has to report.
struct world {
    test::authority authority;
    test::authority::files host = authority.issue("host", "DNS:localhost,DNS:here.test,IP:127.0.0.1");
    std::vector<std::string> reports;

    server_options options(tls_context tls) {
        server_options o;
        o.tls = std::move(tls);
        o.on_error = [this](std::exception_ptr what, std::string_view) {
            try {
                std::rethrow_exception(what);
            } catch (const std::exception& e) {
                reports.push_back(e.what());
            }
        };
        return o;
    }
    server serve(std::function<void(stream&)> handler = echo) {
        return start_server("127.0.0.1", 0, std::move(handler), options(tls_server({host.certificate, host.key})));
    }
    [[nodiscard]] connection_options trusting() const { return {.tls = tls_client({.ca_file = authority.file()})}; }
};

boost::test_tools::assertion_result is_refused(const std::string& why, auto connect) {
    boost::test_tools::assertion_result result(false);
    try {
        static_cast<void>(connect());
        result.message() << "it was not refused";
    } catch (const error& e) {
        const std::string text = e.what();
        if (e.code() == errc::tls_failed && text.find(why) != std::string::npos) return true;
        result.message() << text;
    }
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_suite)

BOOST_AUTO_TEST_CASE(a_server_that_is_who_it_should_be_is_talked_to) {
    run([] {
        world w;
        server s = w.serve();
        for (const char* host : {"localhost", "127.0.0.1"}) {
            stream c = open_connection(host, s.port(), w.trusting());
            BOOST_TEST(ask(c, "hello") == "hello");
        }
        tls_client_options named{.ca_file = w.authority.file(), .server_name = "here.test"};
        stream c = open_connection("127.0.0.1", s.port(), {.tls = tls_client(named)});
        BOOST_TEST(ask(c, "hello") == "hello");
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_nobody_vouches_for_is_refused) {
    run([] {
        world w;
        server s = w.serve();
        BOOST_TEST(is_refused("unable to get local issuer certificate", [&] {
            return open_connection("localhost", s.port(), {.tls = tls_client()});
        }));
        const test::authority another;
        BOOST_TEST(is_refused("certificate verify failed", [&] {
            return open_connection("localhost", s.port(), {.tls = tls_client({.ca_file = another.file()})});
        }));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_somebody_else_is_refused) {
    run([] {
        world w;
        server s = w.serve();
        const tls_client_options bank{.ca_file = w.authority.file(), .server_name = "bank.test"};
        const std::string who = "TLS handshake with bank.test(127.0.0.1:" + std::to_string(s.port()) + "): ";
        BOOST_TEST(is_refused(who + "certificate verify failed: hostname mismatch", [&] {
            return open_connection("localhost", s.port(), {.tls = tls_client(bank)});
        }));
        const tls_client_options address{.ca_file = w.authority.file(), .server_name = "127.0.0.2"};
        BOOST_TEST(is_refused("IP address mismatch", [&] {
            return open_connection("localhost", s.port(), {.tls = tls_client(address)});
        }));
        while (w.reports.size() < 2) // the server is told so, and goes on
            yield();
        stream c = open_connection("localhost", s.port(), w.trusting());
        BOOST_TEST(ask(c, "hello") == "hello");
    });
}

BOOST_AUTO_TEST_CASE(verification_can_be_switched_off) {
    run([] {
        world w;
        server s = w.serve();
        stream c = open_connection("localhost", s.port(), {.tls = tls_client({.verify = false})});
        BOOST_TEST(ask(c, "hello") == "hello");
    });
}

BOOST_AUTO_TEST_CASE(a_server_can_ask_for_certificates_of_clients) {
    run([] {
        world w;
        const test::authority::files known = w.authority.issue("client", "DNS:client.test");
        const tls_context tls = tls_server({w.host.certificate, w.host.key, w.authority.file()});
        server s = start_server("127.0.0.1", 0, echo, w.options(tls));
        const tls_client_options with{
            .ca_file = w.authority.file(), .certificate_file = known.certificate, .private_key_file = known.key};
        stream c = open_connection("localhost", s.port(), {.tls = tls_client(with)});
        BOOST_TEST(ask(c, "hello") == "hello");
        // With TLS 1.3 a client learns that it was refused when it reads.
        BOOST_TEST(is_refused("certificate required", [&] {
            stream unknown = open_connection("localhost", s.port(), w.trusting());
            return unknown.read_line();
        }));
        BOOST_REQUIRE(w.reports.size() == 1u);
        BOOST_TEST(w.reports[0].find("peer did not return a certificate") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(closing_a_connection_is_the_end_and_cutting_it_is_an_error) {
    run([] {
        world w;
        boost::system::error_code seen;
        std::string read;
        server s = w.serve([&](stream& c) { seen = test::code_of([&] { read = c.read_all(); }); });
        open_connection("localhost", s.port(), w.trusting()).write("all of it");
        s.stop();
        BOOST_TEST(test::is(seen, boost::system::error_code()));
        BOOST_TEST(read == "all of it");

        server t = w.serve([&](stream& c) {
            seen = test::code_of([&] { read = c.read_all(); });
            BOOST_TEST(fails_with(errc::tls_truncated, [&] { static_cast<void>(c.read_line()); }));
        });
        stream cut = open_connection("localhost", t.port(), w.trusting());
        cut.write("part of it");
        ::shutdown(cut.native_handle(), SHUT_RDWR);
        t.stop();
        BOOST_TEST(test::is(seen, errc::tls_truncated));
    });
}

BOOST_AUTO_TEST_CASE(one_side_can_end_and_go_on_reading) {
    run([] {
        world w;
        server s = w.serve([](stream& c) {
            const std::string all = c.read_all();
            c.write("you said " + all);
        });
        stream c = open_connection("localhost", s.port(), w.trusting());
        c.write("everything");
        c.shutdown_write();
        c.shutdown_write();
        BOOST_TEST(c.read_all() == "you said everything");
        BOOST_TEST(fails_with(boost::system::errc::broken_pipe, [&] { c.write("more"); }));
    });
}

BOOST_AUTO_TEST_CASE(both_sides_talk_at_once) {
    test::for_every_kind([](test::parties& start) {
        world w;
        const std::string much(3'000'000, 'm');
        std::size_t sent_back = 0;
        server s = w.serve([&](stream& c) {
            std::string piece(20'000, '\0');
            while (std::size_t count = c.read_some(piece))
                c.write({piece.data(), count});
        });
        stream c = open_connection("localhost", s.port(), w.trusting());
        start([&] {
            c.write(much);
            c.shutdown_write();
        });
        start([&] { sent_back = c.read_all(much.size()).size(); });
        start.join();
        BOOST_TEST(sent_back == much.size());
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_has_taken_nothing) {
    run([] {
        world w;
        server s = w.serve([](stream& c) {
            c.write("half");
            static_cast<void>(c.read_line());
            c.write(" and half\n");
            static_cast<void>(c.read_line());
        });
        stream c = open_connection("localhost", s.port(), w.trusting());
        auto reader = spawn([&] { static_cast<void>(c.read_line()); });
        while (c.bytes_received() != 4)
            yield();
        reader.cancel();
        BOOST_TEST(fails_with(errc::task_cancelled, [&] { reader.join(); }));
        c.write("go on\n");
        BOOST_TEST(c.read_line().value() == "half and half");
    });
}

BOOST_AUTO_TEST_CASE(a_write_that_is_cut_makes_the_stream_unusable_for_writing) {
    run([] {
        world w;
        server s = w.serve([](stream& c) {
            c.write("hello\n");
            sleep_for(1h); // it never reads
        });
        stream c = open_connection("localhost", s.port(), w.trusting());
        const std::string much(1'000'000, 'm');
        BOOST_CHECK_THROW(for (;;) static_cast<void>(c.write_some_for(much, 1ms)), timeout_error);
        BOOST_TEST(fails_with(errc::stream_unusable, [&] { c.write("more"); }));
        BOOST_TEST(c.read_line().value() == "hello");
    });
}

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_is_not_waited_for) {
    run([] {
        world w;
        const tls_server_options impatient{
            .certificate_file = w.host.certificate, .private_key_file = w.host.key, .handshake_timeout = 1ms};
        server s = start_server("127.0.0.1", 0, echo, w.options(tls_server(impatient)));
        stream silent = open_connection("127.0.0.1", s.port());
        BOOST_TEST(!silent.read_line().has_value());
        BOOST_REQUIRE(w.reports.size() == 1u);
        BOOST_TEST(w.reports[0].find("TLS handshake(127.0.0.1") == 0u);
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_tls_is_refused) {
    run([] {
        world w;
        server s = w.serve(), plain = start_server("127.0.0.1", 0, [](stream&c) { c.write("220 hello, plainly\r\n"); });
        stream c = open_connection("127.0.0.1", s.port());
        c.write("GET / HTTP/1.0\r\n\r\n");
        static_cast<void>(c.read_all());
        BOOST_REQUIRE(w.reports.size() == 1u);
        BOOST_TEST(w.reports[0].find("http request") != std::string::npos);
        BOOST_TEST(is_refused(
            "wrong version number", [&] { return open_connection("localhost", plain.port(), w.trusting()); }));
    });
}

BOOST_AUTO_TEST_CASE(a_connection_can_begin_without_tls) {
    run([] {
        world w;
        const tls_context tls = tls_server({w.host.certificate, w.host.key});
        server s = start_server("127.0.0.1", 0, [&](stream& c) {
            BOOST_TEST(c.read_line().value() == "STARTTLS");
            c.write("go ahead\n");
            stream secured = start_tls(std::move(c), tls);
            echo(secured);
        });
        stream plain = open_connection("localhost", s.port());
        BOOST_TEST(ask(plain, "STARTTLS") == "go ahead");
        stream secured = start_tls(std::move(plain), *w.trusting().tls, "localhost");
        BOOST_TEST(ask(secured, "hello") == "hello");
        BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(secured.release()); }));
    });
}

BOOST_AUTO_TEST_CASE(bytes_that_came_before_tls_are_not_taken_for_its_own) {
    run([] {
        world w;
        server s = start_server("127.0.0.1", 0, [](stream& c) {
            c.write("go ahead\ninjected\n");
            static_cast<void>(c.read_line());
        });
        stream plain = open_connection("localhost", s.port());
        BOOST_TEST(plain.read_line().value() == "go ahead");
        BOOST_TEST(fails_with(errc::invalid_argument, [&] {
            static_cast<void>(start_tls(std::move(plain), *w.trusting().tls, "localhost"));
        }));
        stream nobody = open_connection("localhost", s.port());
        BOOST_TEST(fails_with(
            errc::invalid_argument, [&] { static_cast<void>(start_tls(std::move(nobody), *w.trusting().tls)); }));
    });
}

BOOST_AUTO_TEST_CASE(files_that_are_none_are_errors_that_name_them) {
    world w;
    BOOST_TEST(
        is_refused("CA file '/no/such/file': No such file", [] { return tls_client({.ca_file = "/no/such/file"}); }));
    BOOST_TEST(is_refused("certificate file '/no/such/file'", [] {
        return tls_server({"/no/such/file", "/no/such/file"});
    }));
    const test::authority::files another = w.authority.issue("another", "DNS:another.test");
    BOOST_TEST(is_refused("key values mismatch", [&] { return tls_server({w.host.certificate, another.key}); }));
    BOOST_TEST(fails_with(errc::invalid_argument, [] { static_cast<void>(tls_server({})); }));
    BOOST_TEST(fails_with(
        errc::invalid_argument, [&] { static_cast<void>(tls_client({.certificate_file = w.host.certificate})); }));
}

BOOST_AUTO_TEST_SUITE_END()
