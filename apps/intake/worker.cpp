// Copyright 2026 the plait authors. Boost Software License 1.0
#include "worker.hpp"

#include <csignal>
#include <vector>

#include <unistd.h>

namespace plait::intake {
namespace {

// Of this worker, which answers one request at a time.
handler_settings settings;
pid_t self = 0;
std::vector<std::byte> scratch;

} // namespace

void prepare_worker(const handler_settings& handler) {
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    settings = handler;
    self = ::getpid();
}

work_result answer_in_worker(http::verb, std::span<const std::byte>, std::span<const std::byte> body) {
    return {self, ipc::message_bytes(handle(settings, body, scratch))};
}

} // namespace plait::intake
