// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/fails_with.hpp"
#include "support/parties.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/resolve.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using test::code_of;
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

std::string text_of(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& x) {
        return x.what();
    }
}

int int_option(const stream& s, int level, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(s.native_handle(), level, option, &value, &size);
    return value;
}

std::string a_path(const char* name) { return "/tmp/plait-" + std::to_string(::getpid()) + "-" + name + ".socket"; }

} // namespace

BOOST_AUTO_TEST_SUITE(start_server_suite)

BOOST_AUTO_TEST_CASE(clients_talk_to_a_server_on_each_kind_of_address) {
    run([] {
        for (const char* host : {"127.0.0.1", "::1", "localhost", ""}) {
            BOOST_TEST_CONTEXT("host '" << host << "'") {
                server s = start_server(host, 0, echo);
                BOOST_TEST(s.port() != 0);
                stream one = open_connection(*host ? host : "127.0.0.1", s.port());
                stream other = open_connection(*host ? host : "localhost", s.port());
                BOOST_TEST(ask(one, "1") == "1");
                BOOST_TEST(ask(other, "2") == "2");
                BOOST_TEST(s.connections() == 2u);
                BOOST_TEST(one.peer().substr(one.peer().rfind(':') + 1) == std::to_string(s.port()));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(a_connection_goes_to_the_addresses_that_were_looked_at_whatever_the_name) {
    run([] {
        server s = start_server("127.0.0.1", 0, echo);
        std::uint16_t nobody_s = 0;
        {
            const server gone = start_server("127.0.0.1", 0, echo);
            nobody_s = gone.port();
        }
        const socket_address addresses[] = {
            resolve("127.0.0.1", nobody_s).front(), resolve("127.0.0.1", s.port()).front()};
        stream c = open_connection(addresses, "nobody.invalid");
        BOOST_TEST(ask(c, "hello") == "hello");
        BOOST_TEST(fails_with(boost::system::errc::connection_refused, [&] {
            static_cast<void>(open_connection(std::span(addresses).first(1), "nobody.invalid"));
        }));
        BOOST_TEST(fails_with(errc::invalid_argument, [] {
            static_cast<void>(open_connection(std::span<const socket_address>(), "nobody.invalid"));
        }));
    });
}

BOOST_AUTO_TEST_CASE(a_unix_server_has_a_file_while_it_runs) {
    run([] {
        const std::string path = a_path("echo");
        struct stat status;
        {
            server s = start_unix_server(path, echo);
            stream client = open_unix_connection(path);
            BOOST_TEST(ask(client, "hello") == "hello");
            BOOST_TEST(client.peer() == path);
            BOOST_TEST(fails_with(
                boost::system::errc::address_in_use, [&] { static_cast<void>(start_unix_server(path, echo)); }));
        }
        BOOST_TEST(::stat(path.c_str(), &status) == -1);
        BOOST_TEST(fails_with(
            boost::system::errc::no_such_file_or_directory, [&] { static_cast<void>(open_unix_connection(path)); }));
    });
}

BOOST_AUTO_TEST_CASE(the_file_of_a_unix_server_that_died_is_replaced) {
    run([] {
        const std::string path = a_path("dead");
        {
            const socket_address address = socket_address::of_unix(path);
            detail::unique_fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            BOOST_REQUIRE(::bind(dead.get(), address.data(), address.size()) == 0);
        }
        server s = start_unix_server(path, echo);
        stream client = open_unix_connection(path);
        BOOST_TEST(ask(client, "hello") == "hello");
    });
}

BOOST_AUTO_TEST_CASE(an_abstract_unix_server_has_no_file) {
    run([] {
        const std::string name = std::string(1, '\0') + a_path("abstract");
        server s = start_unix_server(name, echo);
        stream client = open_unix_connection(name);
        BOOST_TEST(ask(client, "hello") == "hello");
        BOOST_TEST(s.address().to_string() == std::string("@").append(a_path("abstract")));
    });
}

BOOST_AUTO_TEST_CASE(both_ends_send_at_once_by_default) {
    run([] {
        int at_server = -1;
        server s = start_server("127.0.0.1", 0, [&](stream& c) {
            at_server = int_option(c, IPPROTO_TCP, TCP_NODELAY);
            echo(c);
        });
        stream client = open_connection("127.0.0.1", s.port(), {.keep_alive = true});
        static_cast<void>(ask(client, "hello"));
        BOOST_TEST(at_server != 0);
        BOOST_TEST(int_option(client, IPPROTO_TCP, TCP_NODELAY) != 0);
        BOOST_TEST(int_option(client, SOL_SOCKET, SO_KEEPALIVE) != 0);
        stream late = open_connection("127.0.0.1", s.port(), {.no_delay = false});
        BOOST_TEST(int_option(late, IPPROTO_TCP, TCP_NODELAY) == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_closes_its_connection_and_no_other) {
    run([] {
        std::vector<std::string> reports;
        server_options options;
        options.on_error = [&](std::exception_ptr what, std::string_view peer) {
            reports.push_back(std::string(peer) + " " + text_of(what));
        };
        server s = start_server(
            "127.0.0.1", 0,
            [](stream& c) {
                if (c.read_line() == "bad") throw std::runtime_error("as it was asked to");
                echo(c);
            },
            options);
        stream good = open_connection("127.0.0.1", s.port()), bad = open_connection("127.0.0.1", s.port());
        bad.write("bad\n");
        BOOST_TEST(!bad.read_line().has_value());
        good.write("good\n");
        BOOST_TEST(ask(good, "hello") == "hello");
        BOOST_TEST(reports.size() == 1u);
        BOOST_TEST(reports.at(0) == socket_address::of_socket(bad.native_handle()).to_string() + " as it was asked to");
    });
}

BOOST_AUTO_TEST_CASE(a_server_has_no_more_connections_than_it_may) {
    run([] {
        std::size_t now = 0, most = 0;
        server s = start_server(
            "127.0.0.1", 0,
            [&](stream& c) {
                most = std::max(most, ++now);
                echo(c);
                --now;
            },
            {.max_connections = 2});
        std::vector<task<void>> clients;
        for (int i = 0; i < 10; ++i)
            clients.push_back(spawn([&] {
                stream c = open_connection("127.0.0.1", s.port());
                BOOST_TEST(ask(c, "hello") == "hello");
            }));
        for (auto& c : clients)
            c.join();
        BOOST_TEST(most == 2u);
        BOOST_TEST(s.accepted() == 10u);
    });
}

BOOST_AUTO_TEST_CASE(connections_are_spread_over_the_loops_that_were_named) {
    run(
        [] {
            std::mutex lock;
            std::set<std::thread::id> threads;
            server_options options;
            options.loops.assign(loops().begin(), loops().end());
            server s = start_server(
                "127.0.0.1", 0,
                [&](stream& c) {
                    {
                        std::lock_guard guard(lock);
                        threads.insert(std::this_thread::get_id());
                    }
                    echo(c);
                },
                options);
            stream one = open_connection("127.0.0.1", s.port()), other = open_connection("127.0.0.1", s.port());
            BOOST_TEST(ask(one, "1") == "1");
            BOOST_TEST(ask(other, "2") == "2");
            s.stop_for(0ms);
            BOOST_TEST(threads.size() == 2u);
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(stop_lets_handlers_end_and_refuses_new_connections) {
    run([] {
        server s = start_server("127.0.0.1", 0, echo);
        stream client = open_connection("127.0.0.1", s.port());
        BOOST_TEST(ask(client, "1") == "1");
        bool stopped = false;
        auto stopping = spawn([&] {
            s.stop();
            stopped = true;
        });
        auto waiting = spawn([&] { s.wait(); });
        while (s.is_listening())
            yield();
        BOOST_TEST(fails_with(boost::system::errc::connection_refused, [&] {
            static_cast<void>(open_connection("127.0.0.1", s.port()));
        }));
        BOOST_TEST(ask(client, "2") == "2");
        BOOST_TEST(!stopped);
        client.close();
        stopping.join();
        waiting.join();
        BOOST_TEST(s.stop_for(1ms));
    });
}

BOOST_AUTO_TEST_CASE(stop_cancels_the_handlers_that_do_not_end_in_time) {
    run([] {
        bool unwound = false;
        server s = start_server("127.0.0.1", 0, [&](stream& c) {
            struct at_end {
                bool& set;
                ~at_end() { set = true; }
            } end{unwound};
            echo(c);
        });
        stream client = open_connection("127.0.0.1", s.port());
        BOOST_TEST(ask(client, "1") == "1");
        BOOST_TEST(!s.stop_for(1ms));
        BOOST_TEST(unwound);
        BOOST_TEST(s.connections() == 0u);
        BOOST_TEST(!client.read_line().has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_stop_that_is_cancelled_cancels_the_handlers) {
    run([] {
        server s = start_server("127.0.0.1", 0, echo);
        stream client = open_connection("127.0.0.1", s.port());
        static_cast<void>(ask(client, "1"));
        BOOST_CHECK_THROW(timeout(1ms, [&] { s.stop(); }), timeout_error);
        BOOST_TEST(s.connections() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_destroyed_cancels_its_handlers) {
    run([] {
        stream client;
        {
            server s = start_server("127.0.0.1", 0, echo);
            client = open_connection("127.0.0.1", s.port());
            BOOST_TEST(ask(client, "1") == "1");
            server moved = std::move(s);
            BOOST_TEST(ask(client, "2") == "2");
        }
        BOOST_TEST(!client.read_line().has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_handler_on_a_loop_s_thread_cannot_stop_a_server) {
    run([] {
        server s = start_server("127.0.0.1", 0, echo);
        boost::system::error_code failed;
        event tried;
        boost::asio::post(loop::current()->context(), [&] {
            failed = code_of([&] { s.stop(); });
            tried.set();
        });
        tried.wait();
        BOOST_TEST(test::is(failed, errc::would_block_loop));
        stream client = open_connection("127.0.0.1", s.port());
        BOOST_TEST(ask(client, "still there?") == "still there?");
    });
}

BOOST_AUTO_TEST_CASE(a_handler_cannot_wait_for_the_end_of_its_own_server) {
    run([] {
        server s;
        boost::system::error_code stopping, waiting;
        s = start_server("127.0.0.1", 0, [&](stream& c) {
            stopping = code_of([&] { s.stop_for(0ms); });
            waiting = code_of([&] { s.wait(); });
            echo(c);
        });
        stream client = open_connection("127.0.0.1", s.port());
        BOOST_TEST(ask(client, "still there?") == "still there?");
        BOOST_TEST(test::is(stopping, errc::resource_deadlock_would_occur));
        BOOST_TEST(test::is(waiting, errc::resource_deadlock_would_occur));
    });
}

BOOST_AUTO_TEST_CASE(a_server_s_handler_goes_before_the_server_has_gone) {
    run(
        [] {
            for (int i = 0; i < 300; ++i) {
                auto captured = std::make_shared<int>();
                server_options options;
                options.loops = {loops()[1]};
                server s = start_server(
                    "127.0.0.1", 0, [captured](stream& c) { echo(c); }, options);
                stream client = open_connection("127.0.0.1", s.port());
                static_cast<void>(ask(client, "1"));
                s = {};
                BOOST_TEST(captured.use_count() == 1);
            }
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(an_address_in_use_is_an_error_that_names_it) {
    run([] {
        server s = start_server("127.0.0.1", 0, echo);
        const std::string address = "bind(127.0.0.1:" + std::to_string(s.port()) + ")";
        BOOST_CHECK_EXCEPTION(
            static_cast<void>(start_server("127.0.0.1", s.port(), echo)), boost::system::system_error,
            [&](const auto& e) {
                return e.code() == boost::system::errc::address_in_use && std::string(e.what()).starts_with(address);
            });
        BOOST_TEST(fails_with(errc::invalid_argument, [] { static_cast<void>(start_server("", 0, {})); }));
        BOOST_TEST(fails_with(
            errc::invalid_argument, [] { static_cast<void>(start_server("", 0, echo, {.max_connections = 0})); }));
    });
    BOOST_TEST(fails_with(errc::invalid_argument, [] { static_cast<void>(start_server("127.0.0.1", 0, echo)); }));
}

BOOST_AUTO_TEST_CASE(a_connection_that_fails_says_which_and_why) {
    run([] {
        std::uint16_t port = 0;
        {
            server s = start_server("127.0.0.1", 0, echo);
            port = s.port();
        }
        const std::string expected = "open_connection(localhost, " + std::to_string(port) + "): connect(";
        BOOST_CHECK_EXCEPTION(
            static_cast<void>(open_connection("localhost", port)), boost::system::system_error, [&](const auto& e) {
                const std::string text = e.what();
                return e.code() == boost::system::errc::connection_refused && text.starts_with(expected) &&
                       text.find("connect(127.0.0.1:" + std::to_string(port) + ")") != std::string::npos;
            });
        BOOST_TEST(fails_with(
            errc::name_not_resolved, [&] { static_cast<void>(open_connection("no-such-host.invalid", 80)); }));
    });
}

BOOST_AUTO_TEST_CASE(a_connection_to_one_who_does_not_answer_times_out) {
    run([] {
        // A listener whose backlog is full drops what comes.
        detail::unique_fd deaf(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(::bind(deaf.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
        BOOST_REQUIRE(::listen(deaf.get(), 0) == 0);
        const std::uint16_t port = socket_address::of_socket(deaf.get()).port();
        std::vector<stream> filling;
        BOOST_CHECK_THROW(
            for (int i = 0; i < 10; ++i)
                filling.push_back(open_connection("127.0.0.1", port, {.connect_timeout = 20ms})),
            timeout_error);
        BOOST_CHECK_THROW(timeout(1ms, [&] { return open_connection("127.0.0.1", port); }), timeout_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()
