// Copyright 2026 the plait authors. Boost Software License 1.0
#include "frames.hpp"

namespace plait::detail {

// AddressSanitizer marks places between the variables of a frame; a frame pointer that is none may point to one.
[[gnu::no_sanitize_address]] frames::frames(const void* frame, const void* top) noexcept {
    struct link {
        std::uintptr_t caller;
        std::uintptr_t return_address;
    };
    auto at = reinterpret_cast<std::uintptr_t>(frame);
    const auto end = reinterpret_cast<std::uintptr_t>(top);
    while (count_ < found_.size() && at % alignof(link) == 0 && at < end && end - at >= sizeof(link)) {
        const auto& l = *reinterpret_cast<const link*>(at);
        if (l.return_address == 0) return;
        found_[count_++] = l.return_address;
        if (l.caller <= at) return;
        at = l.caller;
    }
}

} // namespace plait::detail
