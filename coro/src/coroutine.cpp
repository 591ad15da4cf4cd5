// Copyright 2026 the plait authors. Boost Software License 1.0
#include "big_stack.hpp"
#include "scheduler.hpp"
#include "stack_arena.hpp"
#include "stack_depths.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/coro/stack.hpp>
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

char* align_down(char* p, std::size_t alignment) noexcept {
    return p - reinterpret_cast<std::uintptr_t>(p) % alignment;
}

// Another's values are good for as long as that one does not go on, or end: whoever copies them must not wait.
void require_parent(const coroutine& parent) {
    // Asked in this order: one that has ended may have lost its loop.
    if (parent.has_ended())
        throw error(errc::invalid_argument, "spawn_options::parent: " + parent.describe() + " has ended");
    if (!loop::is_current(parent.home()))
        throw error(
            errc::invalid_argument,
            "spawn_options::parent: " + parent.describe() + " does not run on the loop of the calling thread");
}

[[noreturn]] void throw_no_room(const stack_arena& arena, std::size_t body_bytes, std::size_t name_bytes) {
    throw error(
        errc::invalid_argument, "a stack of " + std::to_string(arena.stack_bytes()) +
                                    " bytes has no room for a callable of " + std::to_string(body_bytes) +
                                    " and a name of " + std::to_string(name_bytes));
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

coroutine& coroutine::create(loop& home, const coroutine_origin& origin, std::size_t body_bytes) {
    if (origin.parent) require_parent(*origin.parent);
    stack_arena& arena = arena_for(origin.stack_bytes);
    coroutine_scheduler& scheduler = coroutine_scheduler::of(home);
    char* top = allocate_stack(arena);
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(arena.bottom(top), static_cast<std::size_t>(top - arena.bottom(top)));
#endif
    // relaxed: see measure_stack_depths()
    bool measured = stack_depths_are_measured.load(std::memory_order_relaxed);
    if (measured) [[unlikely]]
        arena.give_back(top);
    char* bottom = arena.bottom(top);
    constexpr std::size_t least_room = 4096; // for the frames of the runtime itself
    constexpr std::size_t alignments = 2 * 64;
    auto room = static_cast<std::size_t>(top - bottom) - most_colour - alignments - sizeof(coroutine) - least_room;
    if (body_bytes > room || origin.name.size() > room - body_bytes) {
        release_stack(arena, top);
        throw_no_room(arena, body_bytes, origin.name.size());
    }
    char* name = below_colour(top) - origin.name.size();
    if (!origin.name.empty()) origin.name.copy(name, origin.name.size());
    char* block = align_down(name - sizeof(coroutine), 64);
    char* body = align_down(block - body_bytes, 64);
    auto* c = new (block) coroutine(home, scheduler, origin, {name, origin.name.size()}, arena, top, body);
    c->stack_is_measured_ = measured;
    c->execution_.context.store(
        coroutine_scheduler::new_context(body, static_cast<std::size_t>(body - bottom)), std::memory_order_relaxed);
#if defined(__SANITIZE_ADDRESS__)
    c->execution_.stack_bottom = bottom;
    c->execution_.stack_size = static_cast<std::size_t>(top - bottom);
#elif defined(__SANITIZE_THREAD__)
    c->execution_.fiber = __tsan_create_fiber(0);
#endif
    try {
        c->inherit_locals_of(origin.parent);
    } catch (...) {
        c->discard();
        throw;
    }
    return *c;
}

coroutine::coroutine(
    loop& home, coroutine_scheduler& s, const coroutine_origin& origin, std::string_view name, stack_arena& arena,
    char* top, void* body_memory) noexcept
    : party(kind::coroutine, &home, &coroutine_scheduler::enter),
      scheduler_(s),
      body_(body_memory),
      full_fences_(!loop::is_current(&home) || !s.has_light_fences()),
      arena_(arena),
      stack_top_(top),
      id_(next_id()),
      parent_(
          origin.parent         ? origin.parent->id_
          : current_coroutine() ? current_coroutine()->id_
                                : 0),
      site_(origin.site),
      name_(name) {}

void coroutine::start() noexcept {
    note_spawned();
    home()->make_ready(*this);
}

void coroutine::start_now() noexcept {
    coroutine* spawner = current_coroutine();
    if (!spawner || spawner->home() != home()) return start();
    note_spawned();
    scheduler_.run_first(*this, *spawner);
}

void coroutine::inherit_locals_of(const coroutine* parent) {
    coroutine* spawner = current_coroutine();
    if (!parent || parent == spawner) return inherit_locals(current());
    // As a handler of the loop: a copy that waited would let the parent go on, and change or destroy what is being copied.
    struct handler {
        explicit handler(coroutine* c) noexcept : interrupted(c) { set_running(nullptr); }
        ~handler() { set_running(interrupted); }
        coroutine* interrupted;
    } here(spawner);
    inherit_locals(*parent);
}

void coroutine::note_spawned() noexcept {
    scheduler_.count_spawned();
    // relaxed, as trace() itself: asked here so that nobody looks for the function's name in vain
    if (tracer.load(std::memory_order_relaxed)) [[unlikely]]
        trace(trace_event::spawn, id_, site_.function_name());
}

std::size_t coroutine::stack_bytes() const noexcept { return arena_.stack_bytes(); }

void coroutine::trim_stack(const char* used) const noexcept {
    if (!big_stack_) arena_.give_back_below(stack_top_, used);
}

bool coroutine::guards(const void* address) const noexcept { return arena_.guards(stack_top_, address); }

const void* coroutine::end_of_frames() const noexcept { return big_stack_ ? big_stack_->top() : body_; }

void coroutine::discard() noexcept {
    end_locals();
    free();
}

void coroutine::free() noexcept {
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(execution_.fiber);
#endif
    stack_arena& arena = arena_;
    char* top = stack_top_;
    if (stack_is_measured_) [[unlikely]]
        note_stack_depth(site_, arena, top);
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
        if (cancel_pending()) throw cancelled(); // cancelled before it began: the callable is never called
        body()->run();
    } catch (const cancelled&) {
        was_cancelled_ = true;
    } catch (...) {
        exception_ = std::current_exception();
    }
    if (body()->callable_needs_drop_) {
        shield destructors_may_park;
        body()->drop_callable();
    }
    // While it still counts as alive, and on its own stack: whoever frees the stack must not have to wait.
    if (!observed_.load(std::memory_order_relaxed)) drop_result(); // relaxed: end() looks again
    end_locals();
}

void coroutine::drop_result() noexcept {
    if (dropped_.load(std::memory_order_relaxed) || lost_loop_) return;
    if (!result_needs_drop_) return dropped_.store(true, std::memory_order_relaxed);
    // acq_rel: the other one who might drop it sees that it has been
    if (dropped_.exchange(true, std::memory_order_acq_rel)) return;
    shield destructors_may_park;
    body()->drop_result();
}

void coroutine::end() noexcept {
    trace(trace_event::end, id_);
    announce_end();
    // It may have been detached since run_body() looked. What destroys the result may park: it still counts as alive.
    // acquire; pairs with the release in detach(): its owner is done with it
    if (!observed_.load(std::memory_order_acquire)) abandon_result();
    end_locals(); // of the result's destructor
    scheduler_.remove_live(*this);
    wake_joiners();
}

[[gnu::noinline]] void coroutine::let_go() noexcept {
    run_.store(run::let_go, std::memory_order_release); // pairs with the acquire in release_ended_slowly()
    release();
}

[[gnu::noinline]] void coroutine::release_ended_slowly() noexcept {
    run how;
    // acquire; pairs with the releases in leave_stack() and let_go(): its stack is used no more
    while ((how = run_.load(std::memory_order_acquire)) == run::on_stack) {
        if (loop::is_current(home())) { // called by its run, which is about to end: by somebody that it has notified
            observed_.store(false, std::memory_order_relaxed);
            return release();
        }
        std::this_thread::yield();
    }
    if (how == run::let_go) return release();
    // acq_rel: what was done to it before is done before it is freed
    if (references_.fetch_sub(2, std::memory_order_acq_rel) == 2) free();
}

// Between what it has written and what it reads.
inline void coroutine::fence_of_its_loop() const noexcept {
    if (full_fences_)
        std::atomic_thread_fence(std::memory_order_seq_cst);
    else
        light_fence();
}

// The same for everybody else. On its loop's thread nothing happens at the same time. Its loop may be gone by now, and is
// not touched.
inline void coroutine::fence_of_others() const noexcept {
    if (loop::is_current(home())) return light_fence();
    if (full_fences_ || !heavy_fence()) std::atomic_thread_fence(std::memory_order_seq_cst);
}

void coroutine::announce_end() noexcept {
    ended_.store(true, std::memory_order_release); // pairs with the acquire in has_ended()
    fence_of_its_loop();                           // pairs with those in with_its_loop(), will_wake() and detach()
    // acquire; pairs with the release in with_its_loop()
    while (loop_users_.load(std::memory_order_acquire) != 0)
        std::this_thread::yield();
}

void coroutine::wake_joiners() noexcept {
    // relaxed: the fence in announce_end() orders it, and the lock what it stands for
    if (!is_awaited_.load(std::memory_order_relaxed)) return;
    std::lock_guard guard(lock_);
    completions_.notify_all(how_it_ended());
    joiners_.wake_all();
}

bool coroutine::lose_loop(bool begun) noexcept {
    bool stays_parked = abandon();
    if (!begun) {
        body()->drop_callable();
        end_locals();
    }
    if (!has_ended()) lost_loop_ = true;                // otherwise all that is lost is the end of its result
    run_.store(run::let_go, std::memory_order_relaxed); // announce_end() tells of it
    announce_end();
    wake_joiners();
    if (!begun) release();
    return stays_parked;
}

[[gnu::noinline]] void coroutine::abandon_result() noexcept {
    report_if_unobserved();
    drop_result();
}

coroutine_info coroutine::info(bool running) const {
    const char* waits_for = waits_for_.load(std::memory_order_relaxed);
    using activity = coroutine_info::activity;
    return {
        .id = id_,
        .name = std::string(name_),
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
    is_awaited_.store(true, std::memory_order_relaxed);
    fence_of_others(); // pairs with the one in announce_end(): it sees that, or this sees the end
    return !has_ended();
}

void coroutine::cancel_request::deliver(ready_item& item) noexcept {
    coroutine& target = static_cast<cancel_request&>(item).target;
    if (!target.has_ended()) target.deliver_cancellation();
    target.release();
}

// Its loop may go once it has ended. Either this sees the end, and does not call `f`, or the end sees that somebody uses the
// loop.
template <class F>
bool coroutine::with_its_loop(F f) noexcept {
    loop_users_.fetch_add(1, std::memory_order_relaxed);
    fence_of_others(); // pairs with the one in announce_end()
    bool lives = !has_ended();
    if (lives) f(*home());
    // release; pairs with the load in announce_end()
    loop_users_.fetch_sub(1, std::memory_order_release);
    return lives;
}

void coroutine::cancel() noexcept {
    if (has_ended()) return;
    // It cannot end meanwhile.
    if (loop::is_current(home())) return deliver_cancellation();
    with_its_loop([this](loop& home) {
        // One request is enough for a lifetime: cancellation is level-triggered.
        if (cancel_requested_from_afar_.exchange(true, std::memory_order_relaxed)) return;
        retain();
        home.make_ready(*new (&cancel_request_) cancel_request(*this));
    });
}

bool coroutine::send_home(ready_item& item) noexcept {
    return with_its_loop([&item](loop& home) { home.make_ready(item); });
}

std::exception_ptr coroutine::failure() {
    if (lost_loop_ || was_cancelled_)
        return std::make_exception_ptr(
            error(lost_loop_ ? errc::loop_stopped : errc::task_cancelled, std::string(name_.empty() ? "task" : name_)));
    if (exception_) reported_.store(true, std::memory_order_relaxed);
    return exception_;
}

std::string coroutine::describe() const {
    std::string text = "coroutine " + std::to_string(id_);
    if (!name_.empty()) return text.append(" '").append(name_) += '\'';
    return text + " (spawned at " + site_.file_name() + ":" + std::to_string(site_.line()) + ")";
}

void coroutine::detach() noexcept {
    observed_.store(false, std::memory_order_release); // pairs with the acquire in end()
    fence_of_others(); // pairs with the one in announce_end(): one of them sees the other
    if (!has_ended()) return release();
    abandon_result();
    release_ended();
}

[[gnu::noinline]] void coroutine::report_unobserved() noexcept {
    if (reported_.exchange(true, std::memory_order_relaxed)) return;
    report_unhandled({exception_, name_, id_, site_});
}

loop& loop_of_handler() {
    if (loop* current = loop::current()) return *current;
    throw error(errc::invalid_argument, "spawn outside of a loop: call it inside plait::run, or set spawn_options::on");
}

} // namespace detail

[[gnu::noinline]] void trim_own_stack() noexcept {
    constexpr std::size_t for_the_calls_in_here = 512;
    if (const detail::coroutine* c = detail::current_coroutine())
        c->trim_stack(static_cast<const char*>(__builtin_frame_address(0)) - for_the_calls_in_here);
}
} // namespace plait
