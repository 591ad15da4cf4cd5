// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How a worker answers. One of these lives in each worker, and is asked for one request after the other.

#include <plait/intake/handler.hpp>

#include <cstddef>
#include <cstdint>
#include <intake/exchange.hpp>
#include <intake/settings.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace plait::intake {

/// What the front has sent, in shared memory.
struct incoming {
    request_id id;
    std::string_view head; ///< as the client sent it
    std::string_view body;
    client_address client{};
};

/// An answer: what the reply says, and header lines with the body behind them, which are valid until the next request.
struct outgoing {
    reply says{};
    std::span<const std::byte> bytes{};
};

class answering {
public:
    virtual ~answering() = default;
    /// Blocks the thread. An exception is the client's 500.
    [[nodiscard]] virtual outgoing answer(const incoming& request) = 0;
    /// Looks whether it can work at all, as far as that can be told without a request. Throws what says why it cannot.
    virtual void prove() {}
    /// Another process that the handler has, whose memory counts as the worker's; 0: none.
    [[nodiscard]] virtual pid_t helper() const noexcept { return 0; }

    answering(const answering&) = delete;
    answering& operator=(const answering&) = delete;

protected:
    answering() = default;
};

struct worker_settings {
    handler_settings handler;
    std::uint64_t max_answer = 0; ///< bytes of a body
    std::uint64_t max_memory = 0; ///< bytes; 0: no limit
    std::string cpus;             ///< as settings::worker_cpus
    log_format log = log_format::text;
    std::string audit;                     ///< as settings::audit
    std::chrono::milliseconds work_time{}; ///< as settings::work_time
    retry_policy retry = retry_policy::idempotent;
};

/// Makes it; throws std::exception, which says why requests cannot be answered.
[[nodiscard]] std::unique_ptr<answering> make_answering(const worker_settings& settings);

// One for each kind; what they throw is as above.
[[nodiscard]] std::unique_ptr<answering> echo();
[[nodiscard]] std::unique_ptr<answering> hash();
[[nodiscard]] std::unique_ptr<answering> sleep(std::chrono::nanoseconds time);
[[nodiscard]] std::unique_ptr<answering> call(handler function, std::uint64_t max_answer);
[[nodiscard]] std::unique_ptr<answering> load(const std::string& file, std::uint64_t max_answer);
[[nodiscard]] std::unique_ptr<answering> converse_with(const std::string& command, std::uint64_t max_answer);
[[nodiscard]] std::unique_ptr<answering> pass_to(const worker_settings& settings);

} // namespace plait::intake
