// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Collects what would be reported as unhandled, and restores the default handler at the end of a test.

#include <plait/runtime/unhandled.hpp>

#include <exception>
#include <mutex>
#include <string>
#include <vector>

namespace plait::test {

class unhandled_exceptions {
public:
    unhandled_exceptions() {
        on_unhandled_exception([this](const unhandled_exception& e) {
            try {
                std::rethrow_exception(e.exception);
            } catch (const std::exception& x) {
                std::lock_guard guard(lock_);
                seen_.push_back(std::string(e.name) + ": " + x.what());
            }
        });
    }
    unhandled_exceptions(const unhandled_exceptions&) = delete;
    unhandled_exceptions& operator=(const unhandled_exceptions&) = delete;
    ~unhandled_exceptions() { on_unhandled_exception({}); }

    /// "name: what", in the order of the reports.
    [[nodiscard]] std::vector<std::string> seen() const {
        std::lock_guard guard(lock_);
        return seen_;
    }

private:
    mutable std::mutex lock_;
    std::vector<std::string> seen_;
};

} // namespace plait::test
