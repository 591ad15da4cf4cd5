// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/process_pool.hpp>
#include <plait/runtime/pool_executor.hpp>
#include <plait/runtime/thread_pool.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace plait {
namespace {

constexpr std::size_t most_threads = 1'024;
constexpr std::size_t longest_name = 10; // with "-1023", the 15 bytes that a thread's name may have

detail::pool_settings checked(thread_pool_options&& options) {
    if (options.threads < 1 || options.threads > most_threads)
        throw error(
            errc::invalid_argument, "thread_pool_options::threads is " + std::to_string(options.threads) +
                                        "; it must be 1 to " + std::to_string(most_threads));
    if (options.name.size() > longest_name)
        throw error(
            errc::invalid_argument, "thread_pool_options::name is \"" + options.name + "\"; it must have at most " +
                                        std::to_string(longest_name) + " bytes");
    return {options.threads, options.on_demand, std::move(options.name), std::move(options.initialiser)};
}

detail::process_pool& the_default_pool() {
    static detail::process_pool pool("the default pool", {});
    return pool;
}

} // namespace

std::size_t hardware_threads() noexcept { return std::max(1u, std::thread::hardware_concurrency()); }

thread_pool::thread_pool(thread_pool_options options)
    : core_(checked(std::move(options))), entry_(this, [](const void* of, detail::dump& to) {
          auto& self = *static_cast<const thread_pool*>(of);
          detail::describe_stats(to, thread_pool_stats::kind, self.name(), self.stats());
          self.core_.describe(to);
      }) {}

thread_pool::~thread_pool() {
    shield not_a_cancellation_point;
    shutdown();
}

void thread_pool::close(unstarted_tasks what) noexcept {
    std::optional<error> drop_reason;
    if (what == unstarted_tasks::drop)
        drop_reason.emplace(errc::task_cancelled, "thread_pool " + name() + " was shut down");
    core_.close(std::move(drop_reason));
}

void thread_pool::shutdown(unstarted_tasks what) {
    if (runs_here())
        throw error(errc::resource_deadlock_would_occur, "thread_pool.shutdown in a task of the pool itself");
    close(what);
    core_.join();
}

pool_executor thread_pool::get_executor() noexcept { return pool_executor(core_); }

thread_pool& default_pool() { return the_default_pool().get(); }

void set_default_pool_options(thread_pool_options options) { the_default_pool().set_options(std::move(options)); }

namespace detail {

process_pool::process_pool(const char* what, thread_pool_options options) : what_(what), options_(std::move(options)) {}

process_pool::~process_pool() {
    if (pool_) pool_->close(unstarted_tasks::drop);
}

thread_pool& process_pool::get() {
    std::lock_guard guard(lock_);
    if (!pool_) pool_.emplace(options_);
    return *pool_;
}

void process_pool::set_options(thread_pool_options options) {
    std::lock_guard guard(lock_);
    if (pool_) throw error(errc::invalid_argument, std::string("options for ") + what_ + ", which is in use already");
    checked(thread_pool_options(options));
    options_ = std::move(options);
}

} // namespace detail
} // namespace plait
