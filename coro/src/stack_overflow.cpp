// Copyright 2026 the plait authors. Boost Software License 1.0
#include "big_stack.hpp"
#include "stack_overflow.hpp"

#include <plait/coro/detail/coroutine.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <new>
#include <string_view>

#include <unistd.h>

namespace plait::detail {

#if defined(__SANITIZE_ADDRESS__)

void report_stack_overflows_of_this_thread() noexcept {}

#else

namespace {

struct sigaction previous {};

// Text put together and written with nothing that a signal handler must not call.
class signal_safe_text {
public:
    signal_safe_text& operator<<(std::string_view text) noexcept {
        for (char c : text)
            if (size_ < buffer_.size()) buffer_[size_++] = c;
        return *this;
    }
    signal_safe_text& operator<<(std::uint64_t number) noexcept {
        std::array<char, 20> digits;
        auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return *this << std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
    }
    void write_to_stderr() const noexcept {
        std::string_view rest(buffer_.data(), size_);
        while (!rest.empty()) {
            ssize_t written = retry_interrupted([&] { return ::write(STDERR_FILENO, rest.data(), rest.size()); });
            if (written <= 0) return;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }

private:
    std::array<char, 1024> buffer_;
    std::size_t size_ = 0;
};

// Who has met the guard of a stack: one that on_big_stack has borrowed, or its own.
void report(const coroutine* c, const big_stack* borrowed) noexcept {
    signal_safe_text text;
    text << "plait: ";
    if (c)
        text << "coroutine " << c->id() << " '" << c->name() << "', spawned at " << c->site().file_name() << ":"
             << c->site().line() << ", has used up ";
    else
        text << "thread " << static_cast<std::uint64_t>(::gettid()) << " has used up ";
    if (borrowed)
        text << "the stack of " << borrowed->stack_bytes()
             << " bytes that on_big_stack has given it; ask for a larger one";
    else
        text << "its stack of " << c->stack_bytes() << " bytes; spawn it with a larger spawn_options::stack_bytes";
    text << ", or look for a recursion without an end\n";
    text.write_to_stderr();
}

void on_fault(int signal, siginfo_t* info, void* context) noexcept {
    const coroutine* c = current_coroutine();
    const big_stack* borrowed = big_stack::current();
    if (borrowed && borrowed->guards(info->si_addr))
        report(c, borrowed);
    else if (c && c->guards(info->si_addr))
        report(c, nullptr);
    if ((previous.sa_flags & SA_SIGINFO) != 0) return previous.sa_sigaction(signal, info, context);
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) return previous.sa_handler(signal);
    // Returning repeats the access that faulted, and this time the kernel's default meets it: a core, and the right
    // exit status. A fault cannot be ignored, so SIG_IGN is no different.
    ::signal(signal, SIG_DFL);
}

// The alternate stack of a thread; the kernel forgets it before it is freed.
class alternate_stack {
public:
    alternate_stack() noexcept {
        stack_t current{};
        if (::sigaltstack(nullptr, &current) != 0) return;
        if ((current.ss_flags & SS_DISABLE) == 0) return; // the program, or a sanitizer, has given it one
        auto bytes = static_cast<std::size_t>(::sysconf(_SC_SIGSTKSZ));
        memory_.reset(new (std::nothrow) char[bytes]);
        stack_t mine{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = bytes};
        if (memory_ && ::sigaltstack(&mine, nullptr) != 0) memory_.reset();
    }
    alternate_stack(const alternate_stack&) = delete;
    alternate_stack& operator=(const alternate_stack&) = delete;
    ~alternate_stack() {
        if (!memory_) return;
        stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
        ::sigaltstack(&none, nullptr);
    }

private:
    std::unique_ptr<char[]> memory_;
};

} // namespace

void report_stack_overflows_of_this_thread() noexcept {
    static thread_local alternate_stack stack;
    [[maybe_unused]] static const int installed = [] {
        struct sigaction action {};
        action.sa_sigaction = &on_fault;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        return ::sigaction(SIGSEGV, &action, &previous);
    }();
}

#endif

} // namespace plait::detail
