// Copyright 2026 the plait authors. Boost Software License 1.0
#include "expiry.hpp"
#include "queue_core.hpp"
#include "recovery.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

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

constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

/// How many of those who wait could go on now: a closed queue lets everybody go.
std::size_t may_receive(shared_queue& queue) noexcept {
    return queue.is_closed() ? everybody : queue.order().messages_to_take();
}
/// Which of those who wait for room can go on depends on what each wants to put.
std::size_t may_put(shared_queue& queue) noexcept {
    return queue.is_closed() || queue.order().has_capacity() ? everybody : 0;
}

shared_queue& of(void* core) noexcept { return static_cast<queue_core*>(core)->shared(); }

std::size_t waiting_in(void* core) noexcept { return of(core).order().size(); }
std::size_t room_in(void* core) noexcept {
    return of(core).capacity() - std::min<std::size_t>(of(core).order().size(), of(core).capacity());
}

} // namespace

void throw_queue_error(const boost::system::error_code& code, const char* what) {
    switch (static_cast<errc>(code.value())) {
    case errc::queue_closed: throw queue_closed(what);
    case errc::queue_full: throw queue_full(what);
    case errc::queue_empty: throw queue_empty(what);
    case errc::lease_lost: throw lease_lost(what);
    case errc::timed_out: throw timeout_error(what);
    default: throw error(static_cast<errc>(code.value()), what);
    }
}

std::shared_ptr<queue_core> queue_core::create(
    const std::shared_ptr<attachment>& in, std::string_view name, const queue_options& options, queue_order order) {
    check(options);
    static_cast<void>(in->self());
    auto geometry = queue_geometry::for_room(order, options.bytes, options.cell_bytes);
    auto format = [&](std::span<std::byte> memory) {
        format_queue(memory, geometry, options.capacity, options.max_deliveries, options.joinable);
    };
    in->make_object(name, object_type::queue, geometry.bytes(), queue_layout_hash, format);
    return open(in, name);
}

std::shared_ptr<queue_core> queue_core::open(const std::shared_ptr<attachment>& in, std::string_view name) {
    static_cast<void>(in->self());
    auto memory = in->memory_of(in->find_object(name, object_type::queue, queue_layout_hash));
    auto make = [&] { return std::make_shared<queue_core>(in, name, memory); };
    return std::static_pointer_cast<queue_core>(in->only_one(memory.data(), make));
}

queue_core::queue_core(std::shared_ptr<attachment> in, std::string_view name, std::span<std::byte> memory)
    : attachment_(std::move(in)),
      name_(name),
      shared_(memory),
      not_empty_(
          *attachment_, shared_.header().not_empty, channel::need::any,
          {[](void* core) { return may_receive(of(core)); }, &waiting_in}, this),
      not_full_(
          *attachment_, shared_.header().not_full, channel::need::particular,
          {[](void* core) { return may_put(of(core)); }, &room_in}, this),
      // Who was rung for it looks for himself. And a look at all cells is no way to spin.
      idle_(
          *attachment_, shared_.header().idle, channel::need::particular, {[](void*) { return everybody; }, nullptr},
          this) {
    // What was inherited by descriptor is the work of this program, or of one that was started for it.
    if (attachment_->plan().kind != segment_kind::anonymous) shared_.check();
}

queue_core::~queue_core() { give_back_kept(); }

// ------------------------------------------------------------------------------------------------------------- put

void queue_core::check_priority(std::int64_t priority, const char* what) const {
    if (priority != 0 && shared_.goes_by() != queue_order::priority)
        throw error(
            errc::invalid_argument, std::string(what) + ": the priority is " + std::to_string(priority) +
                                        "; it must be 0 in a queue that does not go by it");
}

boost::system::result<void> queue_core::try_put(std::size_t bytes, message_writer write) {
    try {
        return put_unless_held_up(bytes, write);
    } catch (const held_up&) {
        return make_error_code(errc::timed_out);
    }
}

/// The cells of a message. Room that was taken on the way and given back is told to those who wait, as after_release() does.
std::optional<held_message> queue_core::claim(unsigned self, std::size_t bytes) noexcept {
    bool gave_back = false;
    auto message = shared_.messages().claim(self, bytes, gave_back);
    if (gave_back) [[unlikely]]
        after_release();
    return message;
}

boost::system::result<void> queue_core::put_unless_held_up(std::size_t bytes, message_writer write) {
    unsigned self = attachment_->self();
    check_priority(write.priority, "queue.put");
    if (shared_.is_closed()) return make_error_code(errc::queue_closed);
    if (bytes > shared_.messages().largest_message()) return make_error_code(errc::message_too_large);
    if (!shared_.order().has_capacity()) return make_error_code(errc::queue_full);
    PLAIT_STEP("queue.put.begin");
    auto message = claim(self, bytes);
    if (!message) return make_error_code(errc::queue_full);
    PLAIT_STEP("queue.put.claimed");
    message->priority = write.priority;
    auto committed = message_order::commit_result::full;
    try {
        write.write(write.from, message->data);
        committed = shared_.order().publish(self, *message, true);
    } catch (...) {
        shared_.messages().abandon(*message);
        after_release();
        throw;
    }
    if (committed == message_order::commit_result::full) {
        shared_.messages().abandon(*message);
        after_release();
        return make_error_code(errc::queue_full);
    }
    PLAIT_STEP("queue.put.committed");
    // A close that came in between may already have sent the last receiver away: then nobody would take the message.
    if (shared_.is_closed() && shared_.order().take_back(self, *message)) {
        after_release();
        return make_error_code(errc::queue_closed);
    }
    not_empty_.on.notify();
    PLAIT_STEP("queue.put.done");
    return {};
}

boost::system::result<loan> queue_core::try_prepare(std::size_t bytes) {
    unsigned self = attachment_->self();
    if (shared_.is_closed()) return make_error_code(errc::queue_closed);
    if (bytes > shared_.messages().largest_message()) return make_error_code(errc::message_too_large);
    if (!shared_.order().has_capacity()) return make_error_code(errc::queue_full);
    auto message = claim(self, bytes);
    if (!message) return make_error_code(errc::queue_full);
    PLAIT_STEP("queue.prepare.claimed");
    return loan(shared_from_this(), message->cell, message->word.bits, message->data);
}

void queue_core::send(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, std::int64_t priority) {
    unsigned self = attachment_->self();
    held_message message{cell, {word}, data, priority};
    PLAIT_STEP("queue.send.begin");
    try {
        if (shared_.is_closed()) throw queue_closed("loan.send");
        check_priority(priority, "loan.send");
        static_cast<void>(shared_.order().publish(self, message, false));
        PLAIT_STEP("queue.send.committed");
    } catch (...) {
        shared_.messages().abandon(message);
        after_release();
        throw;
    }
    if (shared_.is_closed() && shared_.order().take_back(self, message)) {
        after_release();
        throw queue_closed("loan.send");
    }
    not_empty_.on.notify();
    PLAIT_STEP("queue.send.done");
}

void queue_core::abandon(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) noexcept {
    if (!attachment_->is_attached()) return; // a forked child's copy of its parent's loan
    shared_.messages().abandon({cell, {word}, data});
    after_release();
}

/// Room has come back, and with it perhaps all that was to be done is done.
void queue_core::after_release() noexcept {
    not_full_.on.notify();
    PLAIT_STEP("queue.release.told");
    notify_if_idle();
}

// --------------------------------------------------------------------------------------------------------- receive

boost::system::result<held_message> queue_core::take() {
    unsigned self = attachment_->self();
    // In this order: a put that was committed before the close is seen.
    auto closing = shared_.closing();
    if (closing == queue_closing::dropping) return refuse_to_take();
    std::optional<held_message> message;
    try {
        message = shared_.order().take(self);
        if (!message && collect_expired()) message = shared_.order().take(self);
    } catch (const held_up&) {
        return make_error_code(errc::timed_out);
    }
    if (!message) return make_error_code(closing == queue_closing::open ? errc::queue_empty : errc::queue_closed);
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

boost::system::result<void> queue_core::try_get(message_reader read, taker by) {
    kept_list room(shared_.is_joinable() ? 1 : 0); // before the message is taken: there may be no memory
    for (;;) {
        auto message = take();
        if (!message) return message.error();
        auto end = [&](dead_letter::reason why) {
            return end_lease(message->cell, message->word.bits, message->data, why);
        };
        bool intact = false;
        try {
            intact = read.read(read.to, message->data);
            PLAIT_STEP("queue.get.read");
        } catch (...) {
            static_cast<void>(end(dead_letter::reason::released));
            throw;
        }
        // An operator may take the message from us; then what we read, or could not, counts for nothing.
        if (!intact) {
            if (!end(dead_letter::reason::malformed)) continue;
        } else if (shared_.is_joinable()) {
            keep(room, *message, by);
        } else {
            if (!shared_.messages().acknowledge(*message)) continue;
            after_release();
            PLAIT_STEP("queue.ack.notified");
        }
        return {};
    }
}

void queue_core::acknowledge(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) {
    static_cast<void>(attachment_->self());
    if (!shared_.messages().acknowledge({cell, {word}, data})) throw lease_lost("lease.ack");
    after_release();
    PLAIT_STEP("queue.ack.notified");
}

/// Gives a message back, where it does not matter if somebody else has it by now.
void queue_core::put_back(const held_message& m) noexcept {
    try {
        static_cast<void>(end_lease(m.cell, m.word.bits, m.data, dead_letter::reason::released));
    } catch (const boost::system::system_error&) {
    }
}

// -------------------------------------------------------------------------------------------------------- recovery

void queue_core::sweep(attachment& in, std::span<std::byte> memory, unsigned dead) {
    shared_queue queue(memory);
    sweep_messages(queue, in, dead);
    // Who enters after a reboot sweeps before it is a participant, and holds nothing: the next who looks drops.
    if (unsigned self = in.self_or_none(); self != no_participant) queue.drop_if_dropping(self);
    PLAIT_STEP("queue.sweep.dropped");
    for (auto* m : {&queue.header().not_empty, &queue.header().not_full, &queue.header().idle}) {
        channel on(*m, in);
        on.forget_loop(dead);
        on.notify_all();
    }
}

void queue_core::nudge(attachment& in, std::span<std::byte> memory) {
    shared_queue queue(memory);
    static_cast<void>(expire_leases(queue, in));
    queue.drop_if_dropping(in.self());
    channel not_empty(queue.header().not_empty, in), not_full(queue.header().not_full, in),
        idle(queue.header().idle, in);
    if (not_empty.has_waiters() && may_receive(queue)) not_empty.notify_all();
    if (not_full.has_waiters() && may_put(queue)) not_full.notify_all();
    notify_if_idle(queue, idle);
}

} // namespace plait::ipc::detail
