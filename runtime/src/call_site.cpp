// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/call_site.hpp>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string_view>

#include <backtrace.h> // GCC's libbacktrace
#include <cxxabi.h>
#include <unwind.h>

namespace plait::detail {
namespace {

// Opens the program's debug information on first use, and keeps it.
backtrace_state* symbols() noexcept {
    constexpr int used_by_several_threads = 1;
    static backtrace_state* const state = backtrace_create_state(
        nullptr, used_by_several_threads, [](void*, const char*, int) {}, nullptr);
    return state;
}

// Names of the machinery between the user's function and us, as the Itanium C++ ABI mangles them. Where a closure is in
// the name, the user's code may have been inlined there.
bool is_machinery(std::string_view mangled) noexcept {
    if (mangled.find("Ul") != std::string_view::npos) return false;
    auto prefixes = {"_ZN5plait", "_ZNK5plait", "_ZNSt", "_ZNKSt", "_ZSt"};
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const char* p) { return mangled.starts_with(p); });
}

std::string demangled(const char* name) {
    int status = 0;
    std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
    return text ? text.get() : name;
}

// What is asked of libbacktrace, which calls back for each function at an address, inlined ones first.
struct search {
    std::string found;

    // 1 ends the search.
    int consider(const char* function, const char* file, int line) {
        if (!function || is_machinery(function)) return 0;
        found = demangled(function);
        if (file) found.append(" (").append(file).append(":").append(std::to_string(line)).append(")");
        return 1;
    }
    static int with_line(void* self, std::uintptr_t, const char* file, int line, const char* function) {
        return static_cast<search*>(self)->consider(function, file, line);
    }
    static void without_line(void* self, std::uintptr_t, const char* function, std::uintptr_t, std::uintptr_t) {
        static_cast<search*>(self)->consider(function, nullptr, 0);
    }
    static void ignore(void*, const char*, int) {}
};

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
    search s;
    for (std::size_t i = 0; i < count_ && s.found.empty(); ++i) {
        backtrace_pcinfo(symbols(), frames_[i], &search::with_line, &search::ignore, &s);
        if (s.found.empty()) backtrace_syminfo(symbols(), frames_[i], &search::without_line, &search::ignore, &s);
    }
    return s.found.empty() ? "an unknown place" : s.found;
}

} // namespace plait::detail
