// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Opens a connection and reads lines: the head of what a web server answers. Usage: read_lines [HOST [PORT]]; without a
// host it asks a server of its own. Port 443 is asked with TLS.
#include <plait/plait.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace std::chrono_literals;

namespace {

void print_head(const std::string& host, std::uint16_t port) {
    plait::connection_options options;
    if (port == 443) options.tls = plait::tls_client();
    plait::stream server = plait::open_connection(host, port, options);
    server.write_all({"HEAD / HTTP/1.0\r\nHost: ", host, "\r\n\r\n"});
    for (const std::string& line : server.lines()) {
        if (line.empty()) break;
        std::printf("%s\n", line.c_str());
    }
}

void answer(plait::stream& client) {
    static_cast<void>(client.read_until("\r\n\r\n"));
    client.write("HTTP/1.0 200 OK\r\nServer: a few lines\r\n\r\n");
}

} // namespace

int main(int argc, char** argv) {
    return plait::run([&] {
        try {
            plait::timeout(10s, [&] {
                if (argc > 1)
                    return print_head(argv[1], static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 80));
                plait::server server = plait::start_server("localhost", 0, answer);
                print_head("localhost", server.port());
            });
            return 0;
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());
            return 1;
        }
    });
}
