// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/symbols.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <backtrace.h> // GCC's libbacktrace
#include <cxxabi.h>

namespace plait::detail {
namespace {

// Opens the program's debug information on first use, and keeps it.
backtrace_state* symbols() noexcept {
    constexpr int used_by_several_threads = 1;
    static backtrace_state* const state = backtrace_create_state(
        nullptr, used_by_several_threads, [](void*, const char*, int) {}, nullptr);
    return state;
}

void ignore(void*, const char*, int) {}

// libbacktrace is written in C and calls back with one pointer.
struct visiting {
    void* self;
    bool (*visit)(void* self, const function_at& f);
    bool found_any = false;

    // 1 ends the search.
    int consider(const char* function, const char* file, int line) {
        if (!function) return 0;
        found_any = true;
        return visit(self, {function, file, line}) ? 1 : 0;
    }
    static int with_line(void* self, std::uintptr_t, const char* file, int line, const char* function) {
        return static_cast<visiting*>(self)->consider(function, file, line);
    }
    static void without_line(void* self, std::uintptr_t, const char* function, std::uintptr_t, std::uintptr_t) {
        static_cast<visiting*>(self)->consider(function, nullptr, 0);
    }
};

// Of the files with what runs between machinery and the user's code: plait's own headers and the standard library's.
bool is_header_between(const char* file) noexcept {
    if (!file) return false;
    auto folders = {"/plait/coro/", "/plait/runtime/", "/plait/ipc/", "/include/c++/"};
    return std::any_of(folders.begin(), folders.end(), [file](const char* folder) {
        return std::string_view(file).find(folder) != std::string_view::npos;
    });
}

} // namespace

std::string function_at::describe() const {
    int status = 0;
    std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
    std::string text = name ? name.get() : mangled;
    for (std::string_view noise : {" [clone ", "[abi:cxx11]"}) // what the compiler has added
        if (auto at = text.find(noise); at != std::string::npos)
            text.erase(at, noise.back() == ']' ? noise.size() : text.npos);
    if (file) text.append(" (").append(file).append(":").append(std::to_string(line)).append(")");
    return text;
}

bool function_at::is_within(const char* mangled_namespace) const noexcept {
    std::string_view rest(mangled);
    for (std::string_view start : {"_ZNK", "_ZN"})
        if (rest.starts_with(start)) return rest.substr(start.size()).starts_with(mangled_namespace);
    return false;
}

bool function_at::is_inside_function_of(const char* mangled_namespace) const noexcept {
    std::string_view rest(mangled);
    for (std::string_view start : {"_ZZNK", "_ZZN"})
        if (rest.starts_with(start)) return rest.substr(start.size()).starts_with(mangled_namespace);
    return false;
}

bool function_at::names_a_closure() const noexcept {
    return std::string_view(mangled).find("Ul") != std::string_view::npos;
}

void visit_functions(std::uintptr_t address, void* self, bool (*visit)(void* self, const function_at& f)) {
    visiting v{self, visit};
    backtrace_pcinfo(symbols(), address, &visiting::with_line, &ignore, &v);
    if (!v.found_any) backtrace_syminfo(symbols(), address, &visiting::without_line, &ignore, &v);
}

std::vector<std::string> stack_words::of(std::span<const std::uintptr_t> return_addresses) {
    std::vector<const line*> lines;
    for (std::uintptr_t address : return_addresses)
        for (const line& l : at(address - 1)) // within the call, not behind it
            lines.push_back(&l);
    auto first = std::find_if(lines.begin(), lines.end(), [](const line* l) { return !l->is_machinery; });
    auto last = std::find_if(lines.rbegin(), std::reverse_iterator(first), [](const line* l) {
                    return !l->is_plumbing;
                }).base();
    std::vector<std::string> words;
    std::transform(first, last, std::back_inserter(words), [](const line* l) { return l->text; });
    return words;
}

const std::vector<stack_words::line>& stack_words::at(std::uintptr_t address) {
    auto [entry, is_new] = known_.try_emplace(address);
    if (!is_new) return entry->second;
    visit_functions(address, [&lines = entry->second](const function_at& f) {
        constexpr const char* machinery = "5plait6detail";
        constexpr const char* closure_of_machinery = "IZNS0_"; // as the first argument of a template of that namespace
        bool may_hide_user_s_code = !f.file && f.names_a_closure() &&
                                    std::string_view(f.mangled).find(closure_of_machinery) == std::string_view::npos;
        bool is_machinery = f.is_inside_function_of(machinery) || (f.is_within(machinery) && !may_hide_user_s_code) ||
                            f.mangled == std::string_view("make_fcontext"); // where a coroutine begins
        lines.push_back({f.describe(), is_machinery, is_machinery || is_header_between(f.file)});
        return false;
    });
    if (entry->second.empty()) entry->second.push_back({"an unknown place", true, true});
    return entry->second;
}

} // namespace plait::detail
