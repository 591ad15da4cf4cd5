// Copyright 2026 the plait authors. Boost Software License 1.0
#include "expiry.hpp"
#include "queue_core.hpp"
#include "recovery.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace plait::ipc::detail {
namespace {

[[noreturn]] void refuse(const char* field, std::size_t value, const std::string& range) {
    throw error(
        errc::invalid_argument,
        std::string("queue_options::") + field + " is " + std::to_string(value) + "; it must be " + range);
}

void check(const queue_options& o) {
    if (o.capacity < 1 || o.capacity > std::size_t{1} << 40) refuse("capacity", o.capacity, "1 to 2^40");
    if (o.cell_bytes < 32 || o.cell_bytes > 65536 || o.cell_bytes % 16 != 0)
        refuse("cell_bytes", o.cell_bytes, "32 to 65,536 and a multiple of 16");
    if (o.bytes < o.cell_bytes || o.bytes / o.cell_bytes >= cells_limit)
        refuse("bytes", o.bytes, "at least one cell and at most 16,777,213 cells");
    if (o.max_deliveries > 255) refuse("max_deliveries", o.max_deliveries, "1 to 255, or 0, which means without limit");
}

[[noreturn]] void fail(errc code, const char* what) {
    switch (code) {
    case errc::queue_closed: throw queue_closed(what);
    case errc::queue_full: throw queue_full(what);
    case errc::queue_empty: throw queue_empty(what);
    default: throw error(code, what);
    }
}

constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

/// How many of those who wait could go on now: a closed queue lets everybody go.
std::size_t may_receive(shared_queue& queue) noexcept {
    return queue.is_closed() ? everybody : queue.order().messages_to_take();
}
/// Which of those who wait for room can go on depends on what each wants to put.
std::size_t may_put(shared_queue& queue) noexcept {
    return queue.is_closed() || queue.order().has_capacity() ? everybody : 0;
}

} // namespace

std::shared_ptr<queue_core>
queue_core::create(const std::shared_ptr<attachment>& in, std::string_view name, const queue_options& options) {
    check(options);
    static_cast<void>(in->self());
    auto geometry = queue_geometry::for_room(queue_order::fifo, options.bytes, options.cell_bytes);
    auto& entry = in->make_object(
        name, object_type::queue, geometry.bytes(), queue_layout_hash,
        [&](std::span<std::byte> memory) { format_queue(memory, geometry, options.capacity, options.max_deliveries); });
    return std::make_shared<queue_core>(in, name, in->memory_of(entry));
}

std::shared_ptr<queue_core> queue_core::open(const std::shared_ptr<attachment>& in, std::string_view name) {
    static_cast<void>(in->self());
    auto& entry = in->find_object(name, object_type::queue, queue_layout_hash);
    return std::make_shared<queue_core>(in, name, in->memory_of(entry));
}

queue_core::queue_core(std::shared_ptr<attachment> in, std::string_view name, std::span<std::byte> memory)
    : attachment_(std::move(in)),
      name_(name),
      shared_(memory),
      not_empty_(
          *this, shared_.header().not_empty, channel::need::any,
          [](void* core) { return may_receive(static_cast<queue_core*>(core)->shared_); }),
      not_full_(*this, shared_.header().not_full, channel::need::particular, [](void* core) {
          return may_put(static_cast<queue_core*>(core)->shared_);
      }) {}

queue_core::wait_point::wait_point(
    queue_core& core, channel_memory& memory, channel::need n, std::size_t (*work)(void*))
    : on(memory, *core.attachment_), coroutines(*core.attachment_, on, n, work, &core), need(n) {}

// ------------------------------------------------------------------------------------------------------------- put

boost::system::result<void> queue_core::try_put(std::size_t bytes, message_writer write) {
    unsigned self = attachment_->self();
    if (shared_.is_closed()) return make_error_code(errc::queue_closed);
    if (bytes > shared_.messages().largest_message()) return make_error_code(errc::message_too_large);
    if (!shared_.order().has_capacity()) return make_error_code(errc::queue_full);
    PLAIT_STEP("queue.put.begin");
    auto message = shared_.messages().claim(self, bytes);
    if (!message) return make_error_code(errc::queue_full);
    PLAIT_STEP("queue.put.claimed");
    try {
        write.write(write.from, message->data);
    } catch (...) {
        shared_.messages().abandon(*message);
        not_full_.on.notify();
        throw;
    }
    if (shared_.order().publish(self, *message, true) == message_order::commit_result::full) {
        shared_.messages().abandon(*message);
        not_full_.on.notify();
        return make_error_code(errc::queue_full);
    }
    PLAIT_STEP("queue.put.committed");
    // A close that came in between may already have sent the last receiver away: then nobody would take the message.
    if (shared_.is_closed() && shared_.order().take_back(self, *message)) return make_error_code(errc::queue_closed);
    not_empty_.on.notify();
    PLAIT_STEP("queue.put.done");
    return {};
}

boost::system::result<loan> queue_core::try_prepare(std::size_t bytes) {
    unsigned self = attachment_->self();
    if (shared_.is_closed()) return make_error_code(errc::queue_closed);
    if (bytes > shared_.messages().largest_message()) return make_error_code(errc::message_too_large);
    if (!shared_.order().has_capacity()) return make_error_code(errc::queue_full);
    auto message = shared_.messages().claim(self, bytes);
    if (!message) return make_error_code(errc::queue_full);
    return loan(shared_from_this(), message->cell, message->word.bits, message->data);
}

void queue_core::send(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) {
    unsigned self = attachment_->self();
    held_message message{cell, {word}, data};
    if (shared_.is_closed()) {
        shared_.messages().abandon(message);
        not_full_.on.notify();
        throw queue_closed("loan.send");
    }
    static_cast<void>(shared_.order().publish(self, message, false));
    if (shared_.is_closed() && shared_.order().take_back(self, message)) throw queue_closed("loan.send");
    not_empty_.on.notify();
}

void queue_core::abandon(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) noexcept {
    if (!attachment_->is_attached()) return; // a forked child's copy of its parent's loan
    shared_.messages().abandon({cell, {word}, data});
    not_full_.on.notify();
}

// --------------------------------------------------------------------------------------------------------- receive

boost::system::result<held_message> queue_core::take() {
    unsigned self = attachment_->self();
    // In this order: a put that was committed before the close is seen.
    bool closed = shared_.is_closed();
    auto message = shared_.order().take(self);
    if (!message && collect_expired()) message = shared_.order().take(self);
    if (!message) return make_error_code(closed ? errc::queue_closed : errc::queue_empty);
    not_full_.on.notify();
    PLAIT_STEP("queue.receive.done");
    if (message->data.data()) return *message;
    // Set aside, not returned: a damaged message would come round for ever.
    static_cast<void>(end_lease(message->cell, message->word.bits, message->data, dead_letter::reason::damaged));
    return make_error_code(errc::message_malformed);
}

boost::system::result<byte_lease> queue_core::try_receive(std::optional<lease_for> limit) {
    if (limit) expiry_schedule(shared_.header().next_look).begin();
    for (;;) {
        auto message = take();
        if (!message) return message.error();
        if (limit && !set_limit(*message, *limit)) continue; // taken from us before anybody knew that we had it
        return byte_lease(shared_from_this(), message->cell, message->word.bits, message->data);
    }
}

boost::system::result<void> queue_core::try_get(message_reader read) {
    for (;;) {
        auto message = take();
        if (!message) return message.error();
        auto end = [&](dead_letter::reason why) {
            return end_lease(message->cell, message->word.bits, message->data, why);
        };
        // An operator may take the message from us; then what we read, or could not, counts for nothing.
        try {
            read.read(read.to, message->data);
        } catch (const error& e) {
            bool malformed = e.code() == errc::message_malformed;
            if (end(malformed ? dead_letter::reason::malformed : dead_letter::reason::released) || !malformed) throw;
            continue;
        } catch (...) {
            static_cast<void>(end(dead_letter::reason::released));
            throw;
        }
        if (!shared_.messages().acknowledge(*message)) continue;
        not_full_.on.notify();
        PLAIT_STEP("queue.ack.notified");
        return {};
    }
}

void queue_core::acknowledge(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) {
    static_cast<void>(attachment_->self());
    if (!shared_.messages().acknowledge({cell, {word}, data})) throw lease_lost("lease.ack");
    not_full_.on.notify();
    PLAIT_STEP("queue.ack.notified");
}

void queue_core::close() {
    static_cast<void>(attachment_->self());
    shared_.close();
    not_empty_.on.notify_all();
    not_full_.on.notify_all();
}

// --------------------------------------------------------------------------------------------------------- waiting

namespace {

bool is_temporary(const boost::system::error_code& code) {
    return code == errc::queue_full || code == errc::queue_empty;
}

} // namespace

template <class Attempt, class Result>
void queue_core::wait_as_thread(wait_point& at, deadline until, const char* what, Attempt& attempt, Result& result) {
    plait::detail::throw_if_park_would_block_loop(what);
    auto decided = [&] { return result || !is_temporary(result.error()); };
    auto try_again = [&] { return result = attempt(), decided(); };
    auto backlog = [&] {
        auto waiting = shared_.order().size();
        return &at == &not_empty_ ? waiting : shared_.capacity() - std::min(waiting, shared_.capacity());
    };
    for (;;) {
        if (at.spins.until(try_again, backlog)) return;
        auto registered = at.on.register_sleeper(at.need);
        if (try_again()) return;
        bool in_time = at.on.sleep(registered, until);
        if (try_again()) return;
        // A sleep that ended with its deadline used up nobody's wake.
        if (!in_time) throw timeout_error(what);
    }
}

template <class Attempt, class Result>
void queue_core::wait_as_coroutine(wait_point& at, deadline until, const char* what, Attempt& attempt, Result& result) {
    // Relaxed: a second entry does no harm.
    if (!at.known.load(std::memory_order_relaxed)) {
        attachment_->add_waiters(at.on.address(), std::shared_ptr<loop_waiters>(shared_from_this(), &at.coroutines));
        at.known.store(true, std::memory_order_relaxed);
    }
    auto try_again = [&] { return result = attempt(), result || !is_temporary(result.error()); };
    listening ear(*plait::detail::party::current().home());
    do {
        plait::detail::throw_unless_woken(at.coroutines.wait(until, try_again), what);
    } while (!result && is_temporary(result.error()) && !try_again());
}

template <class Attempt>
auto queue_core::wait(wait_point& at, deadline until, const char* what, Attempt attempt) {
    auto result = attempt();
    if (!result && is_temporary(result.error())) {
        if (plait::detail::party::current().home())
            wait_as_coroutine(at, until, what, attempt, result);
        else
            wait_as_thread(at, until, what, attempt, result);
    }
    if (!result) fail(static_cast<errc>(result.error().value()), what);
    return result;
}

void queue_core::put(std::size_t bytes, message_writer write, deadline until) {
    wait(not_full_, until, "queue.put", [&] { return try_put(bytes, write); });
}

loan queue_core::prepare(std::size_t bytes, deadline until) {
    return *wait(not_full_, until, "queue.prepare", [&] { return try_prepare(bytes); });
}

byte_lease queue_core::receive(deadline until, std::optional<lease_for> limit) {
    return *wait(not_empty_, until, "queue.receive", [&] { return try_receive(limit); });
}

void queue_core::get(message_reader read, deadline until) {
    wait(not_empty_, until, "queue.get", [&] { return try_get(read); });
}

// -------------------------------------------------------------------------------------------------------- recovery

void queue_core::sweep(attachment& in, std::span<std::byte> memory, unsigned dead) {
    shared_queue queue(memory);
    sweep_messages(queue, in, dead);
    for (auto* m : {&queue.header().not_empty, &queue.header().not_full}) {
        channel on(*m, in);
        on.forget_loop(dead);
        on.notify_all();
    }
}

void queue_core::nudge(attachment& in, std::span<std::byte> memory) {
    shared_queue queue(memory);
    static_cast<void>(expire_leases(queue, in));
    channel not_empty(queue.header().not_empty, in), not_full(queue.header().not_full, in);
    if (not_empty.has_waiters() && may_receive(queue)) not_empty.notify_all();
    if (not_full.has_waiters() && may_put(queue)) not_full.notify_all();
}

} // namespace plait::ipc::detail
