// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/unhandled.hpp>

#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

namespace plait {
namespace {

struct unhandled_handler {
    std::mutex lock;
    std::function<void(const unhandled_exception&)> call;
};

unhandled_handler& handler() {
    static auto* const instance = new unhandled_handler; // never destroyed: pools report while the program ends
    return *instance;
}

[[noreturn]] void report_and_terminate(const unhandled_exception& e) noexcept {
    std::string what = "an exception that is not a std::exception";
    try {
        std::rethrow_exception(e.exception);
    } catch (const std::exception& x) {
        what = x.what();
    } catch (...) {
    }
    std::string number = e.id == 0 ? std::string() : "coroutine " + std::to_string(e.id) + " ";
    std::string start;
    if (e.site.line() != 0)
        start = std::string(" started at ") + e.site.file_name() + ":" + std::to_string(e.site.line()) + ",";
    std::fprintf(
        stderr, "plait: %s'%.*s',%s ended with an exception that nobody observes: %s\n", number.c_str(),
        static_cast<int>(e.name.size()), e.name.data(), start.c_str(), what.c_str());
    std::terminate();
}

} // namespace

void on_unhandled_exception(std::function<void(const unhandled_exception&)> new_handler) {
    auto& current = handler();
    std::lock_guard guard(current.lock);
    std::swap(current.call, new_handler);
}

void detail::report_unhandled(const unhandled_exception& e) noexcept {
    std::function<void(const unhandled_exception&)> call;
    {
        std::lock_guard guard(handler().lock);
        call = handler().call;
    }
    if (!call) report_and_terminate(e);
    call(e);
}

} // namespace plait
