// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A server in a process that has no descriptor left for another connection says so, lets the client wait without spinning,
// and serves it as soon as a descriptor is free. A program of its own, because the limit is the process's.
#include <plait/coro/open_connection.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/system/system_error.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;

namespace {

int failures = 0;

void expect(bool condition, const char* what) {
    if (condition) return;
    std::printf("not so: %s\n", what);
    ++failures;
}

void allow_one_more_descriptor() {
    const int next = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(next);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(next) + 1;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool echoes(stream& s) {
    s.write("hello\n");
    return s.read_line() == "hello";
}

} // namespace

int main() {
    run([] {
        int shortages = 0;
        server_options options;
        options.on_error = [&](std::exception_ptr what, std::string_view) {
            try {
                std::rethrow_exception(what);
            } catch (const boost::system::system_error& e) {
                shortages += e.code() == boost::system::errc::too_many_files_open;
            }
        };
        server s = start_server(
            "127.0.0.1", 0,
            [](stream& c) {
                for (const std::string& line : c.lines())
                    c.write(line + '\n');
            },
            options);
        std::vector<stream> clients;
        for (int i = 0; i < 3; ++i)
            clients.push_back(open_connection("127.0.0.1", s.port()));
        for (stream& c : clients)
            expect(echoes(c), "a client is served");

        for (int round = 1; round <= 2; ++round) {
            while (s.connections() != clients.size()) // who has gone has given his descriptors back
                yield();
            allow_one_more_descriptor(); // the client's own
            stream late = open_connection("127.0.0.1", s.port());
            while (shortages < round)
                sleep_for(1ms);
            const std::uint64_t turns = loop::current()->turns();
            sleep_for(100ms);
            expect(loop::current()->turns() - turns < 100, "the server waits without spinning");
            expect(shortages == round, "a shortage is reported once");
            expect(s.accepted() == std::uint64_t(2 + round), "the client is not served yet");
            expect(echoes(clients.back()), "clients that are served are not affected");
            clients.pop_back();
            expect(echoes(late), "a client is served when another one has gone");
        }
    });
    return failures;
}
