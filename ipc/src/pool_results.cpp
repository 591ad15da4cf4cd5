// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Results on their way from the queue to the futures, by whoever waits: several threads may collect at once.
#include "loop_collector.hpp"
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace plait::ipc::detail {

namespace {

constexpr std::size_t batch = 64;

std::exception_ptr read_failure(std::span<const std::byte> body) {
    try {
        wire_reader in(body);
        auto code = wire<std::int32_t>::read(in);
        auto type_name = wire<std::string>::read(in), text = wire<std::string>::read(in);
        return std::make_exception_ptr(remote_error(static_cast<errc>(code), std::move(type_name), std::move(text)));
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace

std::size_t pool_core::collect(const pool_task* own) {
    queue_core& queue = results_.core();
    const auto there = queue.shared().order().size(); // without the lock: one who waits looks often
    if (there == 0) return 0;
    struct arrival {
        pool_task::pointer task;
        result_header header;
        byte_lease* message;
    };
    boost::system::result<byte_lease> one = make_error_code(errc::queue_empty);
    boost::system::result<std::vector<byte_lease>> many = make_error_code(errc::queue_empty);
    std::span<byte_lease> messages;
    boost::container::small_vector<arrival, 1> arrivals;
    bool call = false;
    if (there == 1) queue.shared().order().expect_to_take(); // several are fetched when they are taken
    {
        guard lock(mutex_);
        tasks_.core().shared().messages().expect_to_claim(); // for who submits the next task
        // Where the owner waits for each task, there is one, and needs no memory.
        if (there == 1) {
            if (!(one = queue.try_receive())) return 0;
            messages = std::span(&*one, 1);
        } else {
            if (!(many = queue.try_receive_many(std::min(batch, there)))) return 0;
            messages = *many;
        }
        arrivals.reserve(messages.size());
        for (byte_lease& m : messages) {
            result_header header;
            if (!read_header(m.data(), header)) continue;
            if (header.kind == result_header::not_initialised) {
                if (!not_initialised_) {
                    wire_reader in(m.data().subspan(sizeof header));
                    static_cast<void>(wire<std::int32_t>::read(in));
                    auto type_name = wire<std::string>::read(in);
                    not_initialised_ = type_name + ": " + wire<std::string>::read(in);
                }
                call = true;
                continue;
            }
            if (header.index >= records_.size()) continue;
            table_.expect_to_change(header.index);
            record& r = records_[header.index];
            if (!r.task || r.generation != header.generation) continue; // it was given up
            arrivals.push_back({take_record(header.index), header, &m});
            ended_one(*arrivals.back().task);
            ++counts_.completed;
        }
        feed();
    }
    for (arrival& a : arrivals) {
        settle(*a.task, a.header.kind, *a.message);
        tell_about(*a.task, own);
    }
    for (byte_lease& m : messages)
        if (m.valid()) m.ack(); // it is not with the value
    if (call) ring_keeper();
    return messages.size();
}

/// All results that were there when it was called are collected when it returns, by whomever.
void pool_core::collect_what_is_there() {
    auto left = results_.size();
    while (auto taken = collect()) {
        if (taken >= left) break;
        left -= taken;
    }
}

void pool_core::settle(pool_task& task, result_header::what kind, byte_lease& message) noexcept {
    auto body = message.data().subspan(sizeof(result_header));
    if (kind == result_header::value) try {
            task.arrive(wire_reader(body, message));
        } catch (...) {
            task.state().set_exception(std::current_exception());
        }
    else
        task.state().set_exception(read_failure(body));
}

/// After the end of a task: wakes the thread that collects until then, unless that is the caller.
void pool_core::tell_about(pool_task& task, const pool_task* own) noexcept {
    // acq_rel; pairs with the exchange in collect_until_done(): whoever comes second sees what the other one did before.
    bool awaited = task.is_awaited.exchange(false, std::memory_order_acq_rel);
    if (awaited && &task != own) results_.core().not_empty().on.notify_all();
    // relaxed: written under the lock of the state, which its end has taken, if at all
    if (task.attracts_keeper.load(std::memory_order_relaxed)) watched_.fetch_sub(1, std::memory_order_seq_cst);
    if (loop_collector* c = task.collector.load(std::memory_order_relaxed)) c->remove_task();
}

void pool_core::collect_until_done(pool_task& task) noexcept {
    auto& me = plait::detail::party::current();
    if (me.what() != plait::detail::party::kind::thread || !me.waits_without_limit()) return;
    queue_core& queue = results_.core();
    try {
        // acq_rel: before we look whether it has ended; see tell_about()
        static_cast<void>(task.is_awaited.exchange(true, std::memory_order_acq_rel));
        auto attempt = [&]() -> boost::system::result<void> {
            do {
                if (task.state().is_done()) return {};
            } while (collect(&task) != 0);
            if (task.state().is_done()) return {};
            return make_error_code(errc::queue_empty);
        };
        while (!task.state().is_done() && me.waits_without_limit()) {
            try {
                queue.wait(
                    queue.not_empty(), deadline(std::chrono::steady_clock::now() + longest_sleep), "future.get",
                    attempt);
            } catch (const timeout_error&) {
                nudge();
            }
        }
        // What is left may be for one who sleeps, and whose wake-up was spent on us.
        if (results_.size() != 0) queue.not_empty().on.notify();
    } catch (...) { // not here: the caller waits as everybody else does, and is told why
    }
}

/// By the keeper: as long as somebody is to be told, nobody calls, and it is not time for something else.
void pool_core::collect_while_watched(std::uint32_t calls, deadline until) noexcept {
    queue_core& queue = results_.core();
    // seq_cst: before we look whether we were called; pairs with the look in ring_keeper()
    keeper_collects_.store(true, std::memory_order_seq_cst);
    auto attempt = [&]() -> boost::system::result<void> {
        do {
            if (table_.calls() != calls) return {};
        } while (collect() != 0);
        if (table_.calls() != calls) return {};
        return make_error_code(errc::queue_empty);
    };
    auto soon = std::chrono::steady_clock::now() + longest_sleep;
    try {
        queue.wait(queue.not_empty(), until.at() < soon ? until : deadline(soon), "process_pool", attempt);
    } catch (const timeout_error&) {
    } catch (const boost::system::system_error&) { // a forked child's copy: it has no keeper
    }
    keeper_collects_.store(false, std::memory_order_seq_cst);
}

void pool_core::watch(pool_task& task) noexcept {
    // relaxed, all of it: see tell_about()
    if (loop* here = loop::current()) {
        loop_collector* own = task.collector.load(std::memory_order_relaxed);
        if (own && own->serves(here->context())) return;
        if (!own && (own = collector_here()) && own->add_task())
            return task.collector.store(own, std::memory_order_relaxed);
    }
    if (task.attracts_keeper.load(std::memory_order_relaxed)) return;
    task.attracts_keeper.store(true, std::memory_order_relaxed);
    add_watched();
}

void pool_core::add_watched() noexcept {
    // seq_cst: the keeper says that it collects no longer, and then looks whether it has to
    if (watched_.fetch_add(1, std::memory_order_seq_cst) == 0 && !keeper_collects_.load(std::memory_order_seq_cst))
        ring_keeper();
}

// ------------------------------------------------------------------------------------------------------------ loops

std::shared_ptr<queue_core> pool_core::results() const { return results_.core().shared_from_this(); }

/// The calling thread's; nullptr if it cannot be had.
loop_collector* pool_core::collector_here() noexcept {
    auto& context = loop::current()->context();
    guard lock(mutex_);
    for (auto& c : collectors_)
        if (c->serves(context)) return c.get();
    try {
        std::erase_if(collectors_, [](auto& c) { return !c->works() && !c->has_tasks(); });
        return collectors_.emplace_back(loop_collector::make(shared_from_this(), context)).get();
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void pool_core::begin_collecting_on_a_loop() noexcept {
    loops_were_at_work_.store(true, std::memory_order_relaxed); // a hint
    // seq_cst: pairs with the look in sleep()
    if (loops_at_work_.fetch_add(1, std::memory_order_seq_cst) == 0 && keeper_rests_.load(std::memory_order_seq_cst))
        ring_keeper();
}
void pool_core::end_collecting_on_a_loop() noexcept { loops_at_work_.fetch_sub(1, std::memory_order_seq_cst); }

/// A collector has failed.
void pool_core::watch_for_good() noexcept { add_watched(); }

} // namespace plait::ipc::detail
