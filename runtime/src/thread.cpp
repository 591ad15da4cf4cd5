// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/forked.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/thread.hpp>
#include <plait/runtime/unhandled.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <list>
#include <mutex>
#include <new>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace plait {
namespace detail {

/// What the handles of one thread share.
class thread_state : public std::enable_shared_from_this<thread_state> {
public:
    enum class role { main, started, found };

    thread_state(role r, thread_options options)
        : role_(r), daemon_(options.daemon), id_(next_id()), name_(std::move(options.name)) {
        if (name_.empty()) name_ = "thread-" + std::to_string(next_number());
    }
    ~thread_state() {
        if (system_thread_.joinable()) system_thread_.detach(); // it is in its last instructions
    }

    [[nodiscard]] static bool is_main_thread() noexcept { return ::gettid() == ::getpid(); }
    /// The calling thread's; made now if plait has not met the thread before.
    static thread_state& current();

    void start(std::unique_ptr<thread_body> body);
    bool join(deadline until);
    bool try_join();
    void cancel();
    /// Its handle goes: nobody will look at the exception.
    void abandon() noexcept;
    /// Waits for the end, which cannot be prevented.
    void wait_until_gone() {
        shield the_end_must_come;
        ended_.wait();
        reap();
    }

    [[nodiscard]] thread_ref handle() { return thread_ref(shared_from_this()); }
    [[nodiscard]] event& ended() noexcept { return ended_; }
    [[nodiscard]] bool is_current() const noexcept { return current_ == this; }
    [[nodiscard]] role what() const noexcept { return role_; }
    [[nodiscard]] bool is_daemon() const noexcept { return daemon_; }
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    void describe(dump& to);

private:
    static std::uint64_t next_id() noexcept {
        static std::atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1; // a number, no ordering
    }
    static std::uint64_t next_number() noexcept {
        static std::atomic<std::uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    static pthread_key_t end_of_thread();

    void attach();
    void run(std::unique_ptr<thread_body> body) noexcept;
    void detach_party() noexcept;
    void report_if_unobserved(std::unique_lock<std::mutex>& guard) noexcept;
    void reap();
    void rethrow();

    inline static thread_local thread_state* current_ = nullptr;

    const role role_;
    const bool daemon_;
    const std::uint64_t id_;
    std::string name_;
    event ended_;

    std::mutex system_thread_lock_;
    std::thread system_thread_; // until it was joined by the system's means; a daemon is not

    std::mutex lock_; // guards what follows
    thread_party* party_ = nullptr;
    bool cancel_requested_ = false; // before it had a party
    bool observed_ = true;          // the owner may still join
    bool over_ = false;             // what follows is there
    bool was_cancelled_ = false;
    bool reported_ = false;
    std::exception_ptr exception_;
};

namespace {

/// The threads that are alive.
class thread_registry {
public:
    /// Never destroyed: threads may be used until the very end.
    static thread_registry& instance() {
        static auto* const the_registry = new thread_registry;
        return *the_registry;
    }
    void add(std::shared_ptr<thread_state> t) {
        std::lock_guard guard(lock_);
        threads_.push_back(std::move(t));
    }
    void remove(const thread_state* t) noexcept {
        std::shared_ptr<thread_state> removed; // destroyed without the lock
        std::lock_guard guard(lock_);
        auto found = std::find_if(threads_.begin(), threads_.end(), [t](const auto& s) { return s.get() == t; });
        if (found == threads_.end()) return;
        removed = std::move(*found);
        threads_.erase(found);
    }
    [[nodiscard]] std::vector<std::shared_ptr<thread_state>> all() {
        std::lock_guard guard(lock_);
        return {threads_.begin(), threads_.end()};
    }
    void describe(dump& to) {
        for (auto& t : all())
            t->describe(to);
    }

    /// One that the end of the program waits for, until it was joined.
    void add_awaited(std::shared_ptr<thread_state> t) {
        std::lock_guard guard(lock_);
        awaited_.push_back(std::move(t));
    }
    void remove_awaited(const thread_state* t) noexcept {
        std::list<std::shared_ptr<thread_state>> removed; // destroyed without the lock
        std::lock_guard guard(lock_);
        auto found = std::find_if(awaited_.begin(), awaited_.end(), [t](const auto& s) { return s.get() == t; });
        if (found != awaited_.end()) removed.splice(removed.end(), awaited_, found);
    }

    /// From now on the end of the program (in the order of atexit, so before static objects that are older than the first
    /// thread are destroyed) waits for all threads but daemons.
    void wait_at_exit() {
        static const int registered = std::atexit([] { instance().end_of_program(); });
        if (registered != 0) throw std::bad_alloc();
    }

    /// This process is a copy of the one that made the registry.
    void change_owner() noexcept { owner_ = ::getpid(); }

    void end_of_program() {
        if (::getpid() != owner_) return; // a fork has none of the threads
        // A thread may start others before it ends, so look again.
        while (std::shared_ptr<thread_state> next = first_awaited())
            next->wait_until_gone();
    }

private:
    std::shared_ptr<thread_state> first_awaited() {
        std::lock_guard guard(lock_);
        auto found = std::find_if(awaited_.begin(), awaited_.end(), [](const auto& t) { return !t->is_current(); });
        return found == awaited_.end() ? nullptr : *found;
    }

    pid_t owner_ = ::getpid(); // changes in a copy, before it has a second thread
    std::mutex lock_;
    std::list<std::shared_ptr<thread_state>> threads_;
    std::list<std::shared_ptr<thread_state>> awaited_;
    registry_entry entry_{this, [](const void* of, dump& to) {
                              const_cast<thread_registry*>(static_cast<const thread_registry*>(of))->describe(to);
                          }};
};

// Static objects are made on the main thread (unless this is loaded later, with a plug-in).
[[maybe_unused]] const bool main_thread_is_known =
    thread_state::is_main_thread() && thread_state::current().is_current();

} // namespace

// A thread has ended when nothing of the program's runs on it any more. The destructors of thread-specific data come after
// those of thread_local objects.
pthread_key_t thread_state::end_of_thread() {
    static const pthread_key_t key = [] {
        pthread_key_t made{};
        int code = ::pthread_key_create(&made, [](void* attached) {
            std::unique_ptr<std::shared_ptr<thread_state>> holder(
                static_cast<std::shared_ptr<thread_state>*>(attached));
            std::shared_ptr<thread_state> self = std::move(*holder);
            self->detach_party();
            thread_registry::instance().remove(self.get());
            self->ended_.set();
        });
        if (code != 0) throw std::system_error(code, std::system_category(), "pthread_key_create()");
        return made;
    }();
    return key;
}

void thread_state::attach() {
    auto holder = std::make_unique<std::shared_ptr<thread_state>>(shared_from_this());
    if (int code = ::pthread_setspecific(end_of_thread(), holder.get()); code != 0)
        throw std::system_error(code, std::system_category(), "pthread_setspecific()");
    if (role_ != role::started) thread_registry::instance().add(*holder);
    static_cast<void>(holder.release()); // the key has it
    current_ = this;
    auto& party = thread_party::of_this_thread();
    std::lock_guard guard(lock_);
    party_ = &party;
    if (cancel_requested_) party.cancel();
}

void thread_state::describe(dump& to) {
    std::string text = "thread " + std::to_string(id_) + " '" + name_ + "'";
    if (daemon_) text += ", a daemon";
    std::lock_guard guard(lock_); // keeps the party
    to.add(text + ", " + (party_ ? party_->activity() : "begins or ends") + "\n");
}

void thread_state::detach_party() noexcept {
    current_ = nullptr;
    std::lock_guard guard(lock_);
    party_ = nullptr;
}

thread_state& thread_state::current() {
    if (current_) return *current_;
    thread_options options{.name = "main", .daemon = false};
    if (!is_main_thread()) {
        std::array<char, 16> name{}; // the longest that Linux keeps
        ::pthread_getname_np(::pthread_self(), name.data(), name.size());
        options = {.name = name.data(), .daemon = true};
    }
    std::make_shared<thread_state>(is_main_thread() ? role::main : role::found, std::move(options))->attach();
    return *current_;
}

void thread_state::start(std::unique_ptr<thread_body> body) {
    end_of_thread(); // throws here, if at all
    auto& registry = thread_registry::instance();
    registry.wait_at_exit();
    registry.add(shared_from_this());
    try {
        if (!daemon_) registry.add_awaited(shared_from_this());
        std::lock_guard guard(system_thread_lock_);
        system_thread_ = std::thread([self = shared_from_this(), b = std::move(body)]() mutable {
            self->run(std::move(b));
            self.reset();
        });
        if (daemon_) system_thread_.detach();
    } catch (...) {
        registry.remove(this);
        registry.remove_awaited(this);
        throw;
    }
}

void thread_state::run(std::unique_ptr<thread_body> body) noexcept {
    ::pthread_setname_np(::pthread_self(), name_.substr(0, 15).c_str());
    attach();
    std::exception_ptr escaped;
    bool cancelled_in_time = false;
    try {
        throw_if_cancelled(); // cancelled before it began: the callable is never called
        body->run();
    } catch (const cancelled&) {
        cancelled_in_time = true;
    } catch (...) {
        escaped = std::current_exception();
    }
    {
        shield destructors_may_wait;
        body.reset();
    }
    thread_party::of_this_thread().end_locals();
    std::unique_lock guard(lock_);
    exception_ = std::move(escaped);
    was_cancelled_ = cancelled_in_time;
    over_ = true;
    if (!observed_) report_if_unobserved(guard);
}

void thread_state::abandon() noexcept {
    std::unique_lock guard(lock_);
    observed_ = false;
    if (over_) report_if_unobserved(guard);
}

void thread_state::report_if_unobserved(std::unique_lock<std::mutex>& guard) noexcept {
    if (!exception_ || std::exchange(reported_, true)) return;
    std::exception_ptr e = exception_;
    guard.unlock();
    static constexpr std::source_location unknown;
    report_unhandled({e, "thread " + name_, 0, unknown});
}

bool thread_state::join(deadline until) {
    if (is_current()) throw error(errc::resource_deadlock_would_occur, "thread '" + name_ + "' joins itself");
    if (until.is_never())
        ended_.wait();
    else if (!ended_.wait_until(until.at()))
        return false;
    reap();
    rethrow();
    return true;
}

bool thread_state::try_join() {
    if (!ended_.is_set()) return false;
    reap();
    rethrow();
    return true;
}

// It has a few instructions of the C library's left. Whoever joins takes it for gone from the system too.
void thread_state::reap() {
    std::lock_guard guard(system_thread_lock_);
    if (!system_thread_.joinable()) return;
    system_thread_.join();
    thread_registry::instance().remove_awaited(this);
}

void thread_state::rethrow() {
    std::exception_ptr e;
    {
        std::lock_guard guard(lock_);
        if (was_cancelled_) throw error(errc::task_cancelled, "thread '" + name_ + "'");
        if (!exception_) return;
        reported_ = true;
        e = exception_;
    }
    std::rethrow_exception(e);
}

void thread_state::cancel() {
    std::lock_guard guard(lock_);
    if (party_)
        party_->cancel();
    else
        cancel_requested_ = true;
}

void become_main_thread_of_copy() noexcept { thread_registry::instance().change_owner(); }
void wait_for_threads() noexcept { thread_registry::instance().end_of_program(); }

} // namespace detail

detail::thread_state& thread_ref::state() const {
    if (!state_) throw error(errc::no_state, "thread");
    return *state_;
}

event& thread_ref::ended() const { return state().ended(); }
bool thread_ref::join_by(deadline until) const { return state().join(until); }
bool thread_ref::try_join() const { return state().try_join(); }
void thread_ref::cancel() const { state().cancel(); }
std::uint64_t thread_ref::id() const { return state().id(); }
const std::string& thread_ref::name() const { return state().name(); }
bool thread_ref::is_daemon() const { return state().is_daemon(); }
bool thread_ref::is_main() const { return state().what() == detail::thread_state::role::main; }

thread::thread(thread_options options, std::unique_ptr<detail::thread_body> body) {
    if (options.name.find('\0') != std::string::npos)
        throw error(errc::invalid_argument, "thread_options::name holds a zero byte");
    auto started = std::make_shared<detail::thread_state>(detail::thread_state::role::started, std::move(options));
    started->start(std::move(body));
    state_ = std::move(started);
}

void thread::let_go() noexcept {
    if (!state_) return;
    auto released = std::exchange(state_, nullptr);
    if (!released->is_daemon()) {
        if (released->is_current()) std::terminate(); // it would wait for itself
        released->wait_until_gone();
    }
    released->abandon();
}

thread_ref thread::current() { return detail::thread_state::current().handle(); }

std::vector<thread_ref> thread::enumerate() {
    std::vector<thread_ref> alive;
    for (auto& state : detail::thread_registry::instance().all())
        alive.push_back(state->handle());
    return alive;
}

std::size_t thread::active_count() { return detail::thread_registry::instance().all().size(); }

} // namespace plait
