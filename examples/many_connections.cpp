// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   many_connections [HOW_MANY]
//
// Ten thousand connections at once, on one thread: each in a coroutine of its own that reads from top to bottom. The server,
// in the same program, takes 300 ms for each answer, so all of them wait at the same time, and the whole takes little longer
// than one of them. Asking for as many, one after the other, would take fifty minutes.
#include <plait/plait.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace std::chrono_literals;

void serve(plait::stream& connection) {
    for (const std::string& line : connection.lines()) {
        plait::sleep_for(300ms);
        connection.write("hello, " + line + "\n");
    }
}

// So many are opened at a time: more than the kernel keeps for a server that has not accepted them yet would be told to
// try again in a second.
plait::counting_semaphore opening(1'000);

plait::stream open(std::uint16_t port) {
    plait::permit until_it_is_open(opening);
    return plait::open_connection("127.0.0.1", port);
}

std::string greeting_for(const std::string& name, std::uint16_t port) {
    plait::stream connection = open(port);
    connection.write(name + "\n");
    return connection.read_line().value_or("");
}

// A connection needs a descriptor at each end, and both ends are here.
bool allows_descriptors_for(std::size_t connections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t needed = 2 * connections + 100;
    if (limit.rlim_cur >= needed) return true;
    std::printf(
        "%zu connections need %llu descriptors, and the hard limit is %llu (ulimit -Hn)\n", connections,
        static_cast<unsigned long long>(needed), static_cast<unsigned long long>(limit.rlim_max));
    return false;
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t how_many = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
    if (!allows_descriptors_for(how_many)) return 1;
    return plait::run([how_many] {
        plait::server server =
            plait::start_server("127.0.0.1", 0, serve, {.max_connections = how_many, .backlog = 4096});
        const auto started = std::chrono::steady_clock::now();
        std::vector<plait::task<bool>> clients;
        for (std::size_t i = 0; i < how_many; ++i) {
            clients.push_back(plait::spawn([&server, name = "client " + std::to_string(i)] {
                return greeting_for(name, server.port()) == "hello, " + name;
            }));
        }
        std::size_t greeted = 0;
        for (auto& client : clients)
            greeted += client.join();
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - started;
        std::printf("%zu of %zu greeted in %.0f ms, %.0f MB\n", greeted, how_many, elapsed.count(), peak_megabytes());
    });
}
