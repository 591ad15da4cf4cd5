// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A server and streams, as programs are written with plait.
#include "server.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/start_server.hpp>

#include <string_view>

namespace {

void serve(plait::stream& connection) {
    bench::echo_buffer buffer;
    while (std::size_t bytes = connection.read_some(buffer))
        connection.write({buffer.data(), bytes});
}

} // namespace

int main() {
    return plait::run([] {
        plait::server server = plait::start_server(
            "127.0.0.1", 0, serve, {.backlog = bench::backlog, .on_error = [](std::exception_ptr, std::string_view) {
                                    }}); // the load breaks off
        bench::announce(server.port());
        server.wait();
    });
}
