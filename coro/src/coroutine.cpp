// Copyright 2026 the plait authors. Boost Software License 1.0
#include "scheduler.hpp"
#include "stack_arena.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/coro/task.hpp>

#include <mutex>
#include <thread>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace plait {
namespace detail {
namespace {

// Stacks lie at multiples of their size, so without this the control blocks of all coroutines would compete for the
// same few lines of the first-level cache. Neighbours are shifted by two lines each, within the top page.
constexpr std::size_t colour_step = 128, colours = 16;

std::size_t colour_of(char* top, std::size_t stack_bytes) noexcept {
    return reinterpret_cast<std::uintptr_t>(top) / stack_bytes % colours * colour_step;
}

char* align_down(char* p, std::size_t alignment) noexcept {
    return p - reinterpret_cast<std::uintptr_t>(p) % alignment;
}

// Ids are drawn a thousand at a time, so that the threads do not fight over one counter.
std::uint64_t next_id() noexcept {
    constexpr std::uint64_t block = 1024;
    static std::atomic<std::uint64_t> last{0};
    static thread_local constinit std::uint64_t next = 0;
    if (next % block == 0) next = last.fetch_add(block, std::memory_order_relaxed);
    return ++next;
}

} // namespace

coroutine& coroutine::create(loop& home, coroutine_origin origin, std::size_t body_bytes) {
    stack_arena& arena = arena_for(origin.stack_bytes);
    coroutine_scheduler& scheduler = coroutine_scheduler::of(home);
    char* top = allocate_stack(arena);
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(arena.bottom(top), static_cast<std::size_t>(top - arena.bottom(top)));
#endif
    char* block = align_down(top - colour_of(top, arena.stack_bytes()) - sizeof(coroutine), 64);
    char* body = align_down(block - body_bytes, 64);
    char* bottom = arena.bottom(top);
    constexpr std::ptrdiff_t least_room = 4096; // for the frames of the runtime itself
    if (body - bottom < least_room) {
        release_stack(arena, top);
        throw error(
            errc::invalid_argument, "a stack of " + std::to_string(arena.stack_bytes()) +
                                        " bytes has no room for a callable of " + std::to_string(body_bytes));
    }
    auto* c = new (block) coroutine(home, scheduler, std::move(origin), arena, top);
    c->body_memory_ = body;
    c->execution_.context = coroutine_scheduler::new_context(body, static_cast<std::size_t>(body - bottom));
    c->execution_.who = c;
#if defined(__SANITIZE_ADDRESS__)
    c->execution_.stack_bottom = bottom;
    c->execution_.stack_size = static_cast<std::size_t>(top - bottom);
#elif defined(__SANITIZE_THREAD__)
    c->execution_.fiber = __tsan_create_fiber(0);
#endif
    return *c;
}

coroutine::coroutine(
    loop& home, coroutine_scheduler& s, coroutine_origin&& origin, stack_arena& arena, char* top) noexcept
    : party(kind::coroutine, &home, &coroutine_scheduler::enter),
      scheduler_(s),
      arena_(arena),
      stack_top_(top),
      cancel_request_(*this),
      id_(next_id()),
      parent_(current_coroutine() ? current_coroutine()->id_ : 0),
      site_(origin.site),
      name_(std::move(origin.name)) {}

void coroutine::start() noexcept {
    scheduler_.count_spawned();
    trace(trace_event::spawn, id_, site_.function_name());
    home()->make_ready(*this);
}

std::size_t coroutine::stack_bytes() const noexcept { return arena_.stack_bytes(); }

bool coroutine::guards(const void* address) const noexcept {
    auto at = reinterpret_cast<std::uintptr_t>(address);
    auto bottom = reinterpret_cast<std::uintptr_t>(arena_.bottom(stack_top_));
    return at < bottom && at >= reinterpret_cast<std::uintptr_t>(stack_top_) - arena_.stack_bytes();
}

void coroutine::discard() noexcept { free(); }

void coroutine::free() noexcept {
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(execution_.fiber);
#endif
    stack_arena& arena = arena_;
    char* top = stack_top_;
    this->~coroutine();
    release_stack(arena, top);
}

void coroutine::block(waiter& w, deadline until) noexcept {
    timer_heap& timers = home()->timers();
    try {
        if (!until.is_never()) timers.arm(w.timer(), until.at());
    } catch (const std::bad_alloc&) {
        return w.fail_for_memory();
    }
    if (w.begin()) {
        // relaxed: who looks on sees what it was a moment ago
        waits_for_.store(w.what(), std::memory_order_relaxed);
        trace(trace_event::park, id_, w.what());
        scheduler_.leave(*this);
        waits_for_.store(nullptr, std::memory_order_relaxed);
        trace(trace_event::wake, id_);
    }
    timers.disarm(w.timer());
}

void coroutine::run_body() noexcept {
    try {
        throw_if_cancelled(); // cancelled before it began: the callable is never called
        body_->run();
    } catch (const cancelled&) {
        was_cancelled_ = true;
    } catch (...) {
        exception_ = std::current_exception();
    }
    shield destructors_may_park;
    body_->drop_callable();
    // While it still counts as alive, and on its own stack: whoever frees the stack must not have to wait.
    if (!observed_.load(std::memory_order_seq_cst)) drop_result();
    end_locals();
}

void coroutine::drop_result() noexcept {
    if (dropped_.exchange(true, std::memory_order_acq_rel) || lost_loop_) return;
    shield destructors_may_park;
    body_->destroy();
}

void coroutine::end() noexcept {
    trace(trace_event::end, id_);
    announce_end();
    scheduler_.remove_live(*this);
    wake_joiners();
    if (!observed_.load(std::memory_order_seq_cst)) abandon_result();
    end_locals(); // of the result's destructor
}

void coroutine::announce_end() noexcept {
    ended_.store(true, std::memory_order_seq_cst);
    while (cancellers_.load(std::memory_order_seq_cst) != 0)
        std::this_thread::yield();
}

void coroutine::wake_joiners() noexcept {
    if (!is_awaited_.load(std::memory_order_seq_cst)) return;
    std::lock_guard guard(lock_);
    completions_.notify_all(how_it_ended());
    joiners_.wake_all();
}

bool coroutine::lose_loop(bool begun) noexcept {
    bool stays_parked = abandon();
    if (!begun) body_->drop_callable();
    lost_loop_ = true;
    announce_end();
    wake_joiners();
    if (!begun) release();
    return stays_parked;
}

void coroutine::abandon_result() noexcept {
    report_if_unobserved();
    drop_result();
}

coroutine_info coroutine::info(bool running) const {
    const char* waits_for = waits_for_.load(std::memory_order_relaxed);
    using activity = coroutine_info::activity;
    return {
        .id = id_,
        .name = name_,
        .site = site_,
        .state = running ? activity::running : (waits_for ? activity::waiting : activity::ready),
        .waits_for = waits_for,
        .parent = parent_};
}

wait_state coroutine::join(deadline until, cancellation c) {
    if (has_ended()) return wait_state::woken;
    std::unique_lock guard(lock_);
    if (!will_end()) return wait_state::woken;
    return joiners_.wait(guard, until, c, wait_list::place::back, "task.join");
}

bool coroutine::attach(completion& c) {
    if (has_ended()) return false;
    std::lock_guard guard(lock_);
    if (!will_end()) return false;
    completions_.link(c);
    return true;
}

void coroutine::detach(completion& c) noexcept {
    std::lock_guard guard(lock_);
    completions_.unlink(c);
}

// Under the lock, for the one who is about to park.
bool coroutine::will_end() {
    if (&party::current() == this) throw error(errc::resource_deadlock_would_occur, "a coroutine that joins itself");
    return will_wake();
}

// Under the lock: true if wake_joiners() is going to come for it.
bool coroutine::will_wake() noexcept {
    is_awaited_.store(true, std::memory_order_seq_cst);
    return !ended_.load(std::memory_order_seq_cst);
}

coroutine::cancel_request::cancel_request(coroutine& c) noexcept : ready_item(&cancel_request::deliver), target(c) {}

void coroutine::cancel_request::deliver(ready_item& item) noexcept {
    coroutine& target = static_cast<cancel_request&>(item).target;
    if (!target.has_ended()) target.deliver_cancellation();
    target.release();
}

void coroutine::cancel() noexcept {
    if (has_ended()) return;
    // Its loop may go once it has ended. Either this sees the end, or the end sees that somebody uses the loop.
    cancellers_.fetch_add(1, std::memory_order_seq_cst);
    if (!ended_.load(std::memory_order_seq_cst)) {
        if (home()->runs_here()) {
            deliver_cancellation();
        } else if (!cancel_request_.sent.exchange(true, std::memory_order_relaxed)) {
            // One request is enough for a lifetime: cancellation is level-triggered.
            retain();
            home()->make_ready(cancel_request_);
        }
    }
    // release; pairs with the load in end()
    cancellers_.fetch_sub(1, std::memory_order_release);
}

std::exception_ptr coroutine::failure() {
    if (lost_loop_ || was_cancelled_)
        return std::make_exception_ptr(
            error(lost_loop_ ? errc::loop_stopped : errc::task_cancelled, name_.empty() ? std::string("task") : name_));
    if (exception_) reported_.store(true, std::memory_order_relaxed);
    return exception_;
}

std::string coroutine::describe() const {
    std::string text = "coroutine " + std::to_string(id_);
    if (!name_.empty()) return text + " '" + name_ + "'";
    return text + " (spawned at " + site_.file_name() + ":" + std::to_string(site_.line()) + ")";
}

void coroutine::detach() noexcept {
    observed_.store(false, std::memory_order_seq_cst);
    if (ended_.load(std::memory_order_seq_cst)) abandon_result();
}

void coroutine::report_unobserved() noexcept {
    if (reported_.exchange(true, std::memory_order_relaxed)) return;
    report_unhandled({exception_, name_, id_, site_});
}

loop& loop_to_spawn_on(const spawn_options& options) {
    if (options.on) return *options.on;
    if (loop* home = party::current().home()) return *home;
    if (loop* current = loop::current()) return *current;
    throw error(errc::invalid_argument, "spawn outside of a loop: call it inside plait::run, or set spawn_options::on");
}

} // namespace detail
} // namespace plait
