// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stack_arena.hpp"
#include "stack_depths.hpp"

#include <plait/coro/stack.hpp>

#include <algorithm>
#include <mutex>
#include <new>
#include <string_view>

namespace plait {
namespace {

struct all_depths {
    std::mutex lock;
    std::vector<stack_depth> by_site;

    static all_depths& instance() {
        static auto& the_one = *new all_depths; // never destroyed: coroutines may outlive static destruction
        return the_one;
    }
};

bool same(const std::source_location& a, const std::source_location& b) noexcept {
    return a.line() == b.line() && a.column() == b.column() && std::string_view(a.file_name()) == b.file_name();
}

} // namespace

void detail::note_stack_depth(const std::source_location& site, const stack_arena& arena, char* top) noexcept {
    std::size_t depth = arena.used_bytes(top);
    all_depths& depths = all_depths::instance();
    std::lock_guard guard(depths.lock);
    auto found = std::find_if(
        depths.by_site.begin(), depths.by_site.end(), [&](const stack_depth& d) { return same(d.site, site); });
    if (found == depths.by_site.end()) try {
            found = depths.by_site.insert(found, {.site = site});
        } catch (const std::bad_alloc&) {
            return; // it is a measurement less
        }
    ++found->coroutines;
    if (depth <= found->deepest_bytes) return;
    found->deepest_bytes = depth;
    found->stack_bytes = arena.stack_bytes();
}

void measure_stack_depths(bool on) noexcept {
    // relaxed: a measurement that begins or ends a moment late is as good
    detail::stack_depths_are_measured.store(on, std::memory_order_relaxed);
}

std::vector<stack_depth> stack_depths() {
    all_depths& depths = all_depths::instance();
    std::vector<stack_depth> all;
    {
        std::lock_guard guard(depths.lock);
        all = depths.by_site;
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.deepest_bytes > b.deepest_bytes; });
    return all;
}

} // namespace plait
