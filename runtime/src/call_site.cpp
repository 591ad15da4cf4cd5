// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/call_site.hpp>
#include <plait/runtime/detail/symbols.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <unwind.h>

namespace plait::detail {
namespace {

// The machinery between the user's function and us. Where a closure is in the name, the user's code may have been inlined
// there.
bool is_machinery(const function_at& f) noexcept {
    if (f.names_a_closure()) return false;
    return f.is_within("5plait") || f.is_within("St") || std::string_view(f.mangled).starts_with("_ZSt");
}

} // namespace

call_site call_site::here() noexcept {
    call_site site;
    _Unwind_Backtrace(
        [](_Unwind_Context* context, void* argument) {
            auto& to = *static_cast<call_site*>(argument);
            std::uintptr_t return_address = _Unwind_GetIP(context);
            if (return_address == 0 || to.count_ == most_frames) return _URC_END_OF_STACK;
            to.frames_[to.count_++] = return_address - 1; // within the call, not behind it
            return _URC_NO_REASON;
        },
        &site);
    return site;
}

std::string call_site::describe() const {
    std::string found;
    for (std::size_t i = 0; i < count_ && found.empty(); ++i)
        visit_functions(frames_[i], [&](const function_at& f) {
            if (!is_machinery(f)) found = f.describe();
            return !found.empty();
        });
    return found.empty() ? "an unknown place" : found;
}

} // namespace plait::detail
