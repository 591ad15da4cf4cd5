// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The load client with servers that misbehave on purpose, on time that is simulated: the next moment comes when nobody on the
// loop has anything to do. Bytes may be under way in the kernel then, so a test must not need that they are not.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <intake/load/client.hpp>
#include <intake/load/summary.hpp>
#include <map>
#include <optional>
#include <string>

namespace plait::test {
namespace {

using namespace load;
using namespace std::chrono_literals;

/// A server on the loop of the test. `act(id, connection)` does what becomes of a request; false: the connection is closed.
class scripted_server {
public:
    using action = std::function<bool(int id, stream& to)>;

    explicit scripted_server(action act)
        : act_(std::move(act)),
          // That a client has gone is no news here.
          listener_(start_server("127.0.0.1", 0, [this](stream& c) { serve(c); }, {.on_error = [](auto...) {}})) {}

    static bool answer(int id, stream& to, const char* status = "200 OK") {
        const std::string body = std::to_string(id);
        to.write(
            std::string("HTTP/1.1 ") + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
            body);
        return true;
    }
    [[nodiscard]] client_options for_client(std::size_t connections) const {
        return {.port = listener_.port(), .connections = connections, .post = true, .expect_echo = true};
    }
    void stop() { listener_ = {}; }

    std::map<int, int> seen; ///< how often each request came

private:
    void serve(stream& c) {
        for (;;) {
            const std::string head = c.read_until("\r\n\r\n");
            int id = -1;
            std::from_chars(head.data() + std::string_view("POST /").size(), head.data() + head.size(), id);
            static_cast<void>(c.read_exactly(std::to_string(id).size()));
            ++seen[id];
            if (!act_(id, c)) return;
        }
    }

    action act_;
    server listener_;
};

/// On a loop with simulated time.
template <class F>
void simulated(F f) {
    virtual_clock clock;
    run(f, {.clock = &clock});
}

bool answer(int id, stream& to) { return scripted_server::answer(id, to); }

std::size_t most_seen(const scripted_server& s) {
    int most = 0;
    for (const auto& [id, times] : s.seen)
        most = std::max(most, times);
    return static_cast<std::size_t>(most);
}

load_plan plan(double rate, duration length) { return {.rate = rate, .length = length, .patience = 10s}; }

} // namespace

BOOST_AUTO_TEST_SUITE(load_client)

BOOST_AUTO_TEST_CASE(every_request_is_asked_once_and_has_its_own_answer) {
    simulated([] {
        scripted_server s(&answer);
        client c(s.for_client(4));
        const report r = c.offer(plan(1000, 1s));
        BOOST_TEST(r.requests.entries().size() == 1000u);
        BOOST_TEST(r.requests.count(outcome::answered) == 1000u);
        BOOST_TEST(s.seen.size() == 1000u);
        BOOST_TEST(most_seen(s) == 1u);
        BOOST_TEST(is_consistent(r));
    });
}

BOOST_AUTO_TEST_CASE(a_stall_is_charged_to_every_request_that_it_made_wait) {
    simulated([] {
        time_point from, to;
        scripted_server s([&](int id, stream& c) {
            if (id == 10) {
                from = loop::current()->now();
                sleep_for(1s);
                to = loop::current()->now();
            }
            return answer(id, c);
        });
        client c(s.for_client(1));
        const report r = c.offer(plan(100, 3s));
        std::size_t due_meanwhile = 0;
        for (const entry& e : r.requests.entries())
            if (e.due >= from && e.due < to) {
                ++due_meanwhile;
                BOOST_TEST((e.latency() >= to - e.due));
            }
        BOOST_TEST(due_meanwhile >= 99u);
        BOOST_TEST(r.requests.count(outcome::answered) == 300u);
    });
}

BOOST_AUTO_TEST_CASE(a_request_whose_connection_ended_is_lost_and_never_sent_again) {
    simulated([] {
        scripted_server s([](int id, stream& c) { return id != 3 && answer(id, c); });
        client c(s.for_client(2));
        const report r = c.offer(plan(100, 1s));
        BOOST_TEST((r.requests[3].what == outcome::lost));
        BOOST_TEST(r.requests.count(outcome::answered) == 99u);
        BOOST_TEST(most_seen(s) == 1u);
        BOOST_TEST(is_consistent(r));
    });
}

BOOST_AUTO_TEST_CASE(what_comes_due_when_nobody_listens_any_more_is_not_sent) {
    simulated([] {
        event reached;
        scripted_server s([&](int id, stream& c) {
            if (id == 20) reached.set();
            return answer(id, c);
        });
        const auto stopper = spawn([&] {
            reached.wait();
            s.stop();
        });
        client c(s.for_client(3));
        const report r = c.offer(plan(100, 2s));
        const ledger& all = r.requests;
        BOOST_TEST(all.count(outcome::answered) >= 20u);
        BOOST_TEST(all.count(outcome::not_sent) > 0u);
        BOOST_TEST(all.count(outcome::answered) + all.count(outcome::lost) + all.count(outcome::not_sent) == 200u);
        BOOST_TEST(most_seen(s) == 1u);
        BOOST_TEST(is_consistent(r));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_comes_back_is_found_again_by_all_connections) {
    simulated([] {
        std::size_t connections = 0, most_connections = 0;
        std::optional<server> s;
        auto serve = [&](stream& c) {
            most_connections = std::max(most_connections, ++connections);
            while (c.read_until("\r\n\r\n").size() > 0)
                c.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        };
        auto listen = [&](std::uint16_t port) {
            s = start_server("127.0.0.1", port, serve, {.on_error = [](auto...) {}});
            return s->port();
        };
        const std::uint16_t port = listen(0);
        client c({.port = port, .connections = 5});
        s.reset();
        connections = most_connections = 0;
        const auto restart = spawn([&] {
            sleep_for(1s);
            listen(port);
        });
        const report r = c.offer(plan(100, 3s));
        // Those that were sent before the client knew that the connections had ended are lost.
        BOOST_TEST(r.requests.count(outcome::answered) + r.requests.count(outcome::lost) == 300u);
        BOOST_TEST(r.requests.count(outcome::lost) <= 5u);
        BOOST_TEST(most_connections == 5u);
        BOOST_TEST(is_consistent(r));
    });
}

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_is_told_and_disturbs_no_later_load) {
    simulated([] {
        int loads = 0;
        scripted_server s([&](int id, stream& c) {
            if (loads == 1 && id == 1) sleep_for(1h);
            return answer(id, c);
        });
        client c(s.for_client(2));
        loads = 1;
        const report first = c.offer(plan(10, 1s));
        BOOST_TEST((first.requests[1].what == outcome::unanswered));
        BOOST_TEST(first.requests.count(outcome::answered) == 9u);
        loads = 2;
        const report second = c.offer(plan(10, 1s));
        BOOST_TEST(second.requests.count(outcome::answered) == 10u);
        BOOST_TEST(is_consistent(second));
    });
}

BOOST_AUTO_TEST_CASE(a_503_is_counted_as_shed) {
    simulated([] {
        scripted_server s([](int id, stream& c) {
            return id % 2 ? answer(id, c) : scripted_server::answer(id, c, "503 Service Unavailable");
        });
        client c(s.for_client(2));
        const report r = c.offer(plan(100, 1s));
        BOOST_TEST(r.requests.count(outcome::answered) == 50u);
        BOOST_TEST(r.requests.count(outcome::shed) == 50u);
        BOOST_TEST(latencies(r.requests).count() == 50u);
    });
}

BOOST_AUTO_TEST_CASE(an_answer_too_many_does_not_go_unnoticed) {
    simulated([] {
        scripted_server s([](int id, stream& c) { return answer(id, c) && (id != 0 || answer(id, c)); });
        client c(s.for_client(1));
        BOOST_TEST(!is_consistent(c.offer(plan(10, 1s))));
    });
}

BOOST_AUTO_TEST_CASE(the_answer_to_another_request_does_not_go_unnoticed) {
    simulated([] {
        scripted_server s([](int id, stream& c) { return answer(id == 5 ? 6 : id, c); });
        client c(s.for_client(1));
        const report r = c.offer(plan(10, 1s));
        BOOST_TEST(r.misdirected == 1u);
        BOOST_TEST(!is_consistent(r));
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_ends_the_connection_and_is_told) {
    simulated([] {
        scripted_server s([](int id, stream& c) {
            if (id == 5) c.write("HTTP/1.1 200 OK\r\n\r\n");
            return answer(id, c);
        });
        client c(s.for_client(1));
        const report r = c.offer(plan(10, 1s));
        BOOST_TEST((r.requests[5].what == outcome::lost));
        BOOST_TEST(r.requests.count(outcome::answered) == 9u);
        BOOST_TEST(r.garbled == 1u);
        BOOST_TEST(r.first_error == "an answer without a Content-Length");
    });
}

BOOST_AUTO_TEST_CASE(in_turn_means_so_many_at_a_time_and_never_more) {
    simulated([] {
        int under_way = 0, most = 0;
        scripted_server s([&](int id, stream& c) {
            most = std::max(most, ++under_way);
            sleep_for(10ms);
            --under_way;
            return answer(id, c);
        });
        client c(s.for_client(8));
        const report r = c.ask_in_turn(3, 1s);
        BOOST_TEST(most == 3);
        BOOST_TEST(r.requests.count(outcome::answered) == r.requests.entries().size());
        BOOST_TEST(r.requests.entries().size() > 3u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_an_error_at_once) {
    simulated([] {
        scripted_server s(&answer);
        const client_options options = s.for_client(2);
        s.stop();
        BOOST_CHECK_THROW(client c(options), boost::system::system_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
