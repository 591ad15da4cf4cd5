// Copyright 2026 the plait authors. Boost Software License 1.0
#include "client.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <string_view>
#include <vector>

int main(int argc, char** argv) {
    return plait::run([&] {
        bench::opening opening(argc, argv);
        std::vector<plait::task<void>> running;
        running.reserve(bench::connections);
        for (int i = 0; i < bench::connections; ++i) {
            running.push_back(plait::spawn([&] {
                plait::stream connection = plait::open_connection("127.0.0.1", opening.port());
                bench::message m{};
                connection.write(std::string_view(m.data(), m.size()));
                connection.read_exactly(m);
                opening.note_answer();
            }));
        }
        for (auto& task : running)
            task.join();
        opening.report();
    });
}
