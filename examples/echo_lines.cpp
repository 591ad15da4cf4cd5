// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A server that sends each line back, and three clients that talk to it at once. With a port as its argument it serves
// there until it is stopped: telnet localhost 7777
#include <plait/plait.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void echo(plait::stream& client) {
    for (const std::string& line : client.lines())
        client.write_all({"you said: ", line, "\n"});
}

void talk(const std::string& name, std::uint16_t port) {
    plait::stream server = plait::open_connection("localhost", port);
    for (const char* word : {"hello", "goodbye"}) {
        server.write_all({word, " from ", name, "\n"});
        std::printf("%s heard: %s\n", name.c_str(), server.read_line().value_or("nothing").c_str());
    }
}

} // namespace

int main(int argc, char** argv) {
    return plait::run([&] {
        const int port = argc > 1 ? std::atoi(argv[1]) : 0;
        plait::server server = plait::start_server("localhost", static_cast<std::uint16_t>(port), echo);
        if (port != 0) return server.wait();
        std::vector<plait::task<void>> clients;
        for (const char* name : {"Ann", "Bob", "Cleo"})
            clients.push_back(plait::spawn([&server, name] { talk(name, server.port()); }));
        for (auto& client : clients)
            client.join();
    });
}
