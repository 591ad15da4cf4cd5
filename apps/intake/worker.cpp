// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "processors.hpp"
#include "worker.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace plait::intake {
namespace {

// Of this worker, which answers one request at a time.
handler linked;
std::unique_ptr<answering> working;
std::uint64_t max_memory = 0;
std::uint64_t answered = 0;
pid_t self = 0;
plait::detail::unique_fd audit_file;

nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Of a head that is right: what stands between its first two blanks.
std::string_view target_of(std::span<const std::byte> head) {
    const std::string_view line = text_of(head);
    const std::size_t begin = line.find(' ') + 1;
    return line.substr(begin, line.find(' ', begin) - begin);
}

// In one write, so that the lines of several workers do not mix, and before the request is begun: one that was begun, by
// however many workers, has a line for each.
void write_audit(std::string_view target) {
    std::string line = std::to_string(self);
    line.append(" ").append(target).append("\n");
    const ssize_t written = plait::detail::checked(
        [&] { return ::write(audit_file.get(), line.data(), line.size()); }, [] { return "write(--audit)"; });
    if (static_cast<std::size_t>(written) != line.size()) plait::detail::throw_system_error(ENOSPC, "write(--audit)");
}

/// Bytes of memory that a process occupies (RSS); 0 if that cannot be told.
std::uint64_t resident(pid_t pid) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(
        std::fopen(("/proc/" + std::to_string(pid) + "/statm").c_str(), "re"), &std::fclose);
    unsigned long long size = 0, pages = 0;
    if (!file || std::fscanf(file.get(), "%llu %llu", &size, &pages) != 2) return 0;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// A look costs some microseconds, so handlers that take about as long are not looked at each time.
bool has_outgrown_its_memory(nanoseconds took) {
    constexpr std::uint64_t now_and_then = 64;
    if (max_memory == 0 || (took < std::chrono::milliseconds(1) && answered % now_and_then != 0)) return false;
    std::uint64_t bytes = resident(self);
    if (const pid_t helper = working->helper()) bytes += resident(helper);
    return bytes > max_memory;
}

/// A worker that is woken waits until the front has handed out what it has: were it to take the processor from it, each
/// would be awake for one request at a time. Whoever was given a real-time policy keeps it.
void let_others_finish() {
    constexpr sched_param no_priority{};
    if (::sched_getscheduler(0) == SCHED_OTHER) ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

} // namespace

void link_handler(handler function) noexcept { linked = function; }

std::unique_ptr<answering> make_answering(const worker_settings& s) {
    switch (s.handler.kind) {
    case handler_kind::echo: return echo();
    case handler_kind::hash: return hash();
    case handler_kind::sleep: return sleep(s.handler.sleep);
    case handler_kind::library: return load(s.handler.argument, s.max_answer);
    case handler_kind::program: return converse_with(s.handler.argument, s.max_answer);
    case handler_kind::upstream: return pass_to(s);
    case handler_kind::linked:
        if (linked) return call(linked, s.max_answer);
    }
    throw std::logic_error("no handler was linked into this program");
}

void prepare_worker(const worker_settings& settings) {
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    set_log_format(settings.log);
    run_on(settings.cpus);
    let_others_finish();
    max_memory = settings.max_memory;
    self = ::getpid();
    ::prctl(PR_SET_TIMERSLACK, 1UL); // a sleep ends when it is due, and not up to 50 µs later to save a wake-up
    if (!settings.audit.empty())
        audit_file.reset(plait::detail::checked(
            [&] { return ::open(settings.audit.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644); },
            [&] { return "open(" + settings.audit + ", O_APPEND)"; }));
    working = make_answering(settings);
}

void prove_worker() { working->prove(); }

work_result answer_in_worker(work_ticket ticket, std::span<const std::byte> head, std::span<const std::byte> body) {
    const nanoseconds began = now();
    if (began > ticket.give_up_at)
        return {reply{.worker = self, .how = reply::outcome::too_late}, ipc::message_bytes()};
    if (audit_file) write_audit(target_of(head));
    auto [says, bytes] = working->answer({ticket.id, text_of(head), text_of(body), ticket.client});
    says.worker = self;
    says.began = began;
    says.ended = now();
    ++answered;
    if (has_outgrown_its_memory(says.ended - began)) ipc::retire_worker();
    return {says, ipc::message_bytes(bytes)};
}

} // namespace plait::intake
