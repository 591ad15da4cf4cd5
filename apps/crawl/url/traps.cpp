// Copyright 2026 the plait authors. Boost Software License 1.0
#include "traps.hpp"

#include <algorithm>
#include <array>

namespace plait::crawl {
namespace {

/// The last so many segments of a path; whatever grows grows there.
struct last_segments {
    static constexpr std::size_t most = 64;

    explicit last_segments(std::string_view path) noexcept {
        for (std::string_view rest = path; !rest.empty() && size < most;) {
            const std::size_t slash = rest.rfind('/');
            texts[size++] = rest.substr(slash + 1);
            rest = rest.substr(0, slash);
        }
    }

    std::array<std::string_view, most> texts; ///< the last one first
    std::size_t size = 0;
};

/// Whether `length` segments are followed by the same ones, and these again, more than `repeats` in a row.
bool repeated(const last_segments& path, std::size_t length, unsigned repeats) noexcept {
    std::size_t equal = 0; // segments in a row, each as the one `length` before
    for (std::size_t i = length; i < path.size; ++i) {
        equal = path.texts[i] == path.texts[i - length] ? equal + 1 : 0;
        if (equal == length * repeats) return true;
    }
    return false;
}

bool repeats_itself(const url& u, unsigned repeats) noexcept {
    const last_segments path(u.path());
    for (std::size_t length = 1; length * (repeats + std::size_t{1}) <= path.size; ++length)
        if (repeated(path, length, repeats)) return true;
    return false;
}

} // namespace

verdict looks_like_a_trap(const url& u, const trap_limits& limits) noexcept {
    if (limits.url_bytes > 0 && u.canonical().size() > limits.url_bytes) return verdict::url_too_long;
    const auto segments = std::ranges::count(u.path(), '/');
    if (limits.segments > 0 && segments > limits.segments) return verdict::too_many_segments;
    if (limits.repeats > 0 && segments > limits.repeats && repeats_itself(u, limits.repeats))
        return verdict::repeated_segments;
    return verdict::inside;
}

} // namespace plait::crawl
