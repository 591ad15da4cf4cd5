// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The server's end of a connection, against a client on a real socket in the same program.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/http/server_connection.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace plait::test {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using http::server_connection;
using outcome = server_connection::outcome;

class client {
public:
    explicit client(const tcp::endpoint& server) : socket_(loop::current()->context()) {
        socket_.async_connect(server, await);
    }
    void send(std::string_view bytes) {
        boost::asio::async_write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), await);
    }
    /// Exactly `n` bytes.
    std::string receive(std::size_t n) {
        std::string bytes(n, '\0');
        boost::asio::async_read(socket_, boost::asio::buffer(bytes), await);
        return bytes;
    }
    /// Everything until the server says that no more comes.
    std::string receive_all() {
        std::string bytes;
        error_code ec;
        boost::asio::async_read(socket_, boost::asio::dynamic_buffer(bytes), await(ec));
        BOOST_TEST(ec == boost::asio::error::eof);
        return bytes;
    }
    void stop_sending() { socket_.shutdown(tcp::socket::shutdown_send); }
    void reset() {
        socket_.set_option(boost::asio::socket_base::linger(true, 0));
        socket_.close();
    }

private:
    tcp::socket socket_;
};

/// Runs both ends of one connection, each as a coroutine, until both are done.
void converse(
    const http::limits& l, const std::function<void(server_connection&, http::watchdog&)>& server,
    const std::function<void(client&)>& client_side) {
    plait::run([&] {
        tcp::acceptor acceptor(loop::current()->context(), {boost::asio::ip::address_v4::loopback(), 0});
        http::watchdog dog;
        const auto watching = spawn([&] { dog.run(); });
        auto asking = spawn([&] {
            client c(acceptor.local_endpoint());
            client_side(c);
        });
        {
            server_connection connection(acceptor.async_accept(await), dog, l);
            server(connection, dog);
        }
        asking.join();
    });
}

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(a_connection)

BOOST_AUTO_TEST_CASE(reads_requests_one_after_the_other_and_ends_with_the_client) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            for (int i = 0; i < 2; ++i) {
                BOOST_REQUIRE((c.read_head() == outcome::ready));
                BOOST_REQUIRE((c.read_body(100) == outcome::ready));
                BOOST_REQUIRE(c.write(c.content()));
                c.next();
            }
            BOOST_TEST((c.read_head() == outcome::closed));
        },
        [](client& c) {
            c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none");
            BOOST_TEST(c.receive(3) == "one");
            c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo");
            BOOST_TEST(c.receive(3) == "two");
        });
}

BOOST_AUTO_TEST_CASE(answers_a_client_that_has_stopped_sending) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            BOOST_TEST(c.write("answer"));
            c.close_gently();
        },
        [](client& c) {
            c.send(get);
            c.stop_sending();
            BOOST_TEST(c.receive_all() == "answer");
        });
}

BOOST_AUTO_TEST_CASE(sees_a_client_that_leaves_in_the_middle_of_a_request) {
    for (bool rudely : {false, true})
        converse(
            {}, [](server_connection& c, http::watchdog&) { BOOST_TEST((c.read_head() == outcome::closed)); },
            [rudely](client& c) {
                c.send(get.substr(0, 10));
                if (rudely) c.reset();
            });
}

BOOST_AUTO_TEST_CASE(says_continue_to_a_client_that_waits_for_it) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            BOOST_REQUIRE((c.read_body(100) == outcome::ready));
            BOOST_TEST(c.content() == "hi");
        },
        [](client& c) {
            c.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            BOOST_TEST(c.receive(25) == "HTTP/1.1 100 Continue\r\n\r\n");
            c.send("hi");
        });
}

BOOST_AUTO_TEST_CASE(refuses_a_body_that_is_announced_too_large_before_it_says_continue) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            BOOST_REQUIRE((c.read_body(1) == outcome::refused));
            BOOST_TEST(c.why().status == 413u);
        },
        [](client& c) {
            c.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            BOOST_TEST(c.receive_all() == "");
        });
}

BOOST_AUTO_TEST_CASE(refuses_a_header_that_takes_too_long) {
    http::limits l;
    l.header_time = std::chrono::milliseconds(10);
    converse(
        l,
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::refused));
            BOOST_TEST(c.why().status == 408u);
        },
        [](client& c) {
            c.send(get.substr(0, 10));
            BOOST_TEST(c.receive_all() == "");
        });
}

BOOST_AUTO_TEST_CASE(refuses_a_body_that_takes_too_long) {
    http::limits l;
    l.body_grace = std::chrono::milliseconds(10);
    converse(
        l,
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            BOOST_REQUIRE((c.read_body(100) == outcome::refused));
            BOOST_TEST(c.why().status == 408u);
        },
        [](client& c) {
            c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
            BOOST_TEST(c.receive_all() == "");
        });
}

BOOST_AUTO_TEST_CASE(leaves_a_silent_client_without_a_word) {
    http::limits l;
    l.idle_time = std::chrono::milliseconds(10);
    converse(
        l, [](server_connection& c, http::watchdog&) { BOOST_TEST((c.read_head() == outcome::closed)); },
        [](client& c) { BOOST_TEST(c.receive_all() == ""); });
}

BOOST_AUTO_TEST_CASE(rests_while_a_client_is_silent_and_reads_its_next_request) {
    const server_connection* resting = nullptr;
    auto until_it_rests = [&] {
        while (!resting || !resting->rests())
            yield();
    };
    converse(
        {},
        [&](server_connection& c, http::watchdog&) {
            resting = &c;
            for (int i = 0; i < 2; ++i) {
                BOOST_REQUIRE((c.read_head() == outcome::ready));
                BOOST_TEST(!c.rests());
                BOOST_TEST(c.request().target == "/");
                c.next();
            }
            BOOST_TEST((c.read_head() == outcome::closed));
        },
        [&](client& c) {
            for (int i = 0; i < 2; ++i) {
                until_it_rests();
                c.send(get);
            }
            until_it_rests(); // and then leaves
        });
}

BOOST_AUTO_TEST_CASE(ends_a_resting_connection_when_the_server_stops) {
    converse(
        {},
        [](server_connection& c, http::watchdog& dog) {
            const auto stopping = spawn([&] {
                while (!c.rests())
                    yield();
                dog.stop_idling();
            });
            BOOST_TEST((c.read_head() == outcome::closed));
        },
        [](client& c) { BOOST_TEST(c.receive_all().empty()); });
}

class absence_note final : public server_connection::absence {
public:
    void client_has_left() noexcept override { noted.set(); }
    event noted;
};

BOOST_AUTO_TEST_CASE(notices_a_client_that_leaves_while_it_waits_for_its_answer) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            absence_note note;
            const auto guard = c.watch(note);
            note.noted.wait();
        },
        [](client& c) {
            c.send(get);
            c.reset();
        });
}

BOOST_AUTO_TEST_CASE(does_not_take_a_client_that_sends_no_more_for_one_that_has_left) {
    converse(
        {},
        [](server_connection& c, http::watchdog& dog) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            absence_note note;
            {
                const auto guard = c.watch(note);
                BOOST_TEST(!note.noted.wait_for(3 * dog.interval)); // it can only be seen not to come
            }
            BOOST_REQUIRE(c.write("the answer"));
        },
        [](client& c) {
            c.send(get);
            c.stop_sending();
            BOOST_TEST(c.receive_all() == "HTTP/1.1 102 Processing\r\n\r\nthe answer");
        });
}

BOOST_AUTO_TEST_CASE(ends_an_idle_connection_when_the_server_stops_but_not_a_busy_one) {
    converse(
        {},
        [](server_connection& c, http::watchdog& dog) {
            const auto stopping = spawn([&] { dog.stop_idling(); });
            BOOST_TEST((c.read_head() == outcome::closed));
            BOOST_TEST(dog.stopping());
        },
        [](client& c) { BOOST_TEST(c.receive_all() == ""); });
    converse(
        {},
        [](server_connection& c, http::watchdog& dog) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            dog.stop_idling();
            BOOST_TEST((c.read_body(100) == outcome::ready));
            BOOST_TEST(c.write(c.content()));
        },
        [](client& c) {
            c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
            c.send("i");
            BOOST_TEST(c.receive(2) == "hi");
        });
}

BOOST_AUTO_TEST_CASE(waits_for_a_client_that_reads_slowly) {
    const std::string large(16 << 20, 'x'); // more than the kernel buffers
    converse(
        {},
        [&](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            const auto taken = c.write_now({large});
            BOOST_REQUIRE(taken.has_value());
            BOOST_TEST(*taken < large.size());
            BOOST_TEST(c.write(std::string_view(large).substr(*taken)));
        },
        [&](client& c) {
            c.send(get);
            BOOST_TEST((c.receive(large.size()) == large));
        });
}

BOOST_AUTO_TEST_CASE(gives_up_on_a_client_that_does_not_read) {
    const std::string large(64 << 20, 'x');
    http::limits l;
    l.body_grace = std::chrono::milliseconds(10);
    l.body_rate = 1 << 30;
    event given_up;
    converse(
        l,
        [&](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::ready));
            BOOST_TEST(!c.write(large));
            given_up.set();
        },
        [&](client& c) {
            c.send(get);
            given_up.wait();
        });
}

BOOST_AUTO_TEST_CASE(a_refusal_reaches_a_client_that_goes_on_sending) {
    converse(
        {},
        [](server_connection& c, http::watchdog&) {
            BOOST_REQUIRE((c.read_head() == outcome::refused));
            BOOST_REQUIRE(c.write("no"));
            c.close_gently();
        },
        [](client& c) {
            c.send("nonsense\r\n" + std::string(100'000, 'x'));
            c.stop_sending();
            BOOST_TEST(c.receive_all() == "no");
        });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
