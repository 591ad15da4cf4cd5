// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The public faces of the queue of bytes, its loans and its leases, over queue_core.
#include "queue_core.hpp"

#include <plait/ipc/byte_queue.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <cstring>
#include <utility>

namespace plait::ipc {
namespace {

detail::message_writer copy_of(const std::span<const std::byte>& message, std::int64_t priority) {
    return {
        [](const void* from, std::span<std::byte> to) {
            if (!to.empty())
                std::memcpy(to.data(), static_cast<const std::span<const std::byte>*>(from)->data(), to.size());
        },
        &message, priority};
}

detail::batch_writer copy_of(const std::span<const std::span<const std::byte>>& messages, std::int64_t priority) {
    return {
        [](const void* from, std::size_t which) {
            return static_cast<const std::span<const std::byte>*>(from)[which].size();
        },
        [](const void* from, std::size_t which, std::span<std::byte> to) {
            if (!to.empty())
                std::memcpy(to.data(), static_cast<const std::span<const std::byte>*>(from)[which].data(), to.size());
        },
        messages.data(), messages.size(), priority};
}

} // namespace

byte_queue byte_queue::create(segment& in, std::string_view name, const queue_options& options, queue_order order) {
    return byte_queue(detail::queue_core::create(in.attachment(), name, options, order));
}
byte_queue byte_queue::open(segment& in, std::string_view name) {
    return byte_queue(detail::queue_core::open(in.attachment(), name));
}

void byte_queue::must_go_by(queue_order order) const {
    if (order == this->order()) return;
    auto in_words = [](queue_order o) {
        return o == queue_order::fifo   ? "first in, first out"
               : o == queue_order::lifo ? "last in, first out"
                                        : "by priority";
    };
    throw segment_error(
        errc::segment_invalid, "the queue '" + name() + "' goes " + in_words(this->order()) +
                                   "; it was opened as one that goes " + in_words(order));
}

deadline byte_queue::after(duration d) { return plait::detail::deadline_after(d); }

void byte_queue::put_written(std::size_t bytes, detail::message_writer write, deadline until) {
    core_->wait(core_->not_full(), until, "queue.put", [&] { return core_->try_put(bytes, write); });
}
boost::system::result<void> byte_queue::try_put_written(std::size_t bytes, detail::message_writer write) {
    return core_->try_put(bytes, write);
}

void byte_queue::get_read(detail::message_reader read, deadline until) {
    core_->wait(
        core_->not_empty(), until, "queue.get", [&] { return core_->try_get(read, detail::taker::calling_party); });
}
boost::system::result<void> byte_queue::try_get_read(detail::message_reader read, detail::taker by) {
    return core_->try_get(read, by);
}
std::size_t byte_queue::put_many_written(const detail::batch_writer& write, deadline until) {
    return *core_->wait(core_->not_full(), until, "queue.put_many", [&] { return core_->try_put_many(write); });
}
boost::system::result<std::size_t> byte_queue::try_put_many_written(const detail::batch_writer& write) {
    return core_->try_put_many(write);
}
void byte_queue::get_many_read(std::size_t most, const detail::batch_reader& read, deadline until) {
    check_batch(most);
    core_->wait(core_->not_empty(), until, "queue.get_many", [&] {
        return core_->try_get_many(most, read, detail::taker::calling_party);
    });
}
boost::system::result<std::size_t>
byte_queue::try_get_many_read(std::size_t most, const detail::batch_reader& read, detail::taker by) {
    check_batch(most);
    return core_->try_get_many(most, read, by);
}
void byte_queue::check_batch(std::size_t most) {
    if (most == 0) throw error(errc::invalid_argument, "queue: a batch of at most 0 messages; it must be at least 1");
}

std::size_t byte_queue::put_many(std::span<const std::span<const std::byte>> m, std::int64_t priority) {
    return put_many_written(copy_of(m, priority), deadline::never());
}
std::size_t byte_queue::put_many_for(std::span<const std::span<const std::byte>> m, duration d, std::int64_t priority) {
    return put_many_written(copy_of(m, priority), after(d));
}
std::size_t
byte_queue::put_many_until(std::span<const std::span<const std::byte>> m, time_point t, std::int64_t priority) {
    return put_many_written(copy_of(m, priority), deadline(t));
}
boost::system::result<std::size_t>
byte_queue::try_put_many(std::span<const std::span<const std::byte>> m, std::int64_t priority) {
    return core_->try_put_many(copy_of(m, priority));
}

std::vector<byte_lease> byte_queue::receive_many(std::size_t most) { return receive_many_by(most, deadline::never()); }
std::vector<byte_lease> byte_queue::receive_many_for(std::size_t most, duration d) {
    return receive_many_by(most, after(d));
}
std::vector<byte_lease> byte_queue::receive_many_until(std::size_t most, time_point t) {
    return receive_many_by(most, deadline(t));
}
boost::system::result<std::vector<byte_lease>> byte_queue::try_receive_many(std::size_t most) {
    check_batch(most);
    return core_->try_receive_many(most);
}
std::vector<byte_lease> byte_queue::receive_many(std::size_t most, lease_for limit) {
    return receive_many_by(most, deadline::never(), limit);
}
std::vector<byte_lease> byte_queue::receive_many_for(std::size_t most, duration d, lease_for limit) {
    return receive_many_by(most, after(d), limit);
}
std::vector<byte_lease> byte_queue::receive_many_until(std::size_t most, time_point t, lease_for limit) {
    return receive_many_by(most, deadline(t), limit);
}
boost::system::result<std::vector<byte_lease>> byte_queue::try_receive_many(std::size_t most, lease_for limit) {
    check_batch(most);
    return core_->try_receive_many(most, limit);
}
std::vector<byte_lease> byte_queue::receive_many_by(std::size_t most, deadline until, std::optional<lease_for> limit) {
    check_batch(most);
    auto receive = [&] { return core_->try_receive_many(most, limit); };
    return *core_->wait(core_->not_empty(), until, "queue.receive_many", receive);
}

void byte_queue::put(std::span<const std::byte> m, std::int64_t priority) {
    put_written(m.size(), copy_of(m, priority), deadline::never());
}
void byte_queue::put_for(std::span<const std::byte> m, duration d, std::int64_t priority) {
    put_written(m.size(), copy_of(m, priority), after(d));
}
void byte_queue::put_until(std::span<const std::byte> m, time_point t, std::int64_t priority) {
    put_written(m.size(), copy_of(m, priority), deadline(t));
}
boost::system::result<void> byte_queue::try_put(std::span<const std::byte> m, std::int64_t priority) {
    return core_->try_put(m.size(), copy_of(m, priority));
}

loan byte_queue::prepare_by(std::size_t bytes, deadline until) {
    auto prepare = [&] { return core_->try_prepare(bytes); };
    return *core_->wait(core_->not_full(), until, "queue.prepare", prepare);
}
loan byte_queue::prepare(std::size_t bytes) { return prepare_by(bytes, deadline::never()); }
loan byte_queue::prepare_for(std::size_t bytes, duration d) { return prepare_by(bytes, after(d)); }
loan byte_queue::prepare_until(std::size_t bytes, time_point t) { return prepare_by(bytes, deadline(t)); }
boost::system::result<loan> byte_queue::try_prepare(std::size_t bytes) { return core_->try_prepare(bytes); }

byte_lease byte_queue::receive_by(deadline until, std::optional<lease_for> limit) {
    return *core_->wait(core_->not_empty(), until, "queue.receive", [&] { return core_->try_receive(limit); });
}
byte_lease byte_queue::receive() { return receive_by(deadline::never(), {}); }
byte_lease byte_queue::receive_for(duration d) { return receive_by(after(d), {}); }
byte_lease byte_queue::receive_until(time_point t) { return receive_by(deadline(t), {}); }
boost::system::result<byte_lease> byte_queue::try_receive() { return core_->try_receive(); }
byte_lease byte_queue::receive(lease_for limit) { return receive_by(deadline::never(), limit); }
byte_lease byte_queue::receive_for(duration d, lease_for limit) { return receive_by(after(d), limit); }
byte_lease byte_queue::receive_until(time_point t, lease_for limit) { return receive_by(deadline(t), limit); }
boost::system::result<byte_lease> byte_queue::try_receive(lease_for limit) { return core_->try_receive(limit); }

std::size_t byte_queue::evict(unsigned participant) { return core_->evict(participant); }
std::size_t byte_queue::dead_letter_count() const noexcept { return core_->dead_letter_count(); }
std::vector<dead_letter> byte_queue::dead_letters(std::size_t limit) const { return core_->dead_letters(limit); }
std::size_t byte_queue::replay_dead_letters(std::size_t limit) { return core_->replay_dead_letters(limit); }
std::size_t byte_queue::drop_dead_letters(std::size_t limit) { return core_->drop_dead_letters(limit); }

void byte_queue::task_done() { core_->task_done(); }
bool byte_queue::is_joinable() const noexcept { return core_->shared().is_joinable(); }
void byte_queue::join() { static_cast<void>(join_by(deadline::never())); }
bool byte_queue::join_for(duration d) { return join_by(after(d)); }
bool byte_queue::join_until(time_point t) { return join_by(deadline(t)); }
bool byte_queue::try_join() const { return core_->try_join(detail::queue_core::no_join).has_value(); }
std::uint64_t byte_queue::begin_join() noexcept { return core_->begin_join(); }
boost::system::result<void> byte_queue::try_join_begun(std::uint64_t join) { return core_->try_join(join); }
bool byte_queue::join_by(deadline until) {
    try {
        auto look = [this, join = begin_join()] { return core_->try_join(join); };
        core_->wait(core_->idle(), until, "queue.join", look);
        return true;
    } catch (const timeout_error&) {
        return false;
    }
}

void byte_queue::close() { core_->close(); }
void byte_queue::close_now() { core_->close_now(); }
bool byte_queue::is_closed() const noexcept { return core_->shared().is_closed(); }
queue_order byte_queue::order() const noexcept { return core_->shared().goes_by(); }
std::size_t byte_queue::size() const noexcept { return core_->shared().order().size(); }
std::size_t byte_queue::capacity() const noexcept { return core_->shared().capacity(); }
std::size_t byte_queue::max_message() const noexcept { return core_->shared().messages().largest_message(); }
std::size_t byte_queue::free_bytes() const noexcept {
    const detail::cells& messages = core_->shared().messages();
    return messages.count_states().free_cells * messages.cell_bytes();
}
const std::string& byte_queue::name() const noexcept { return core_->name(); }
segment byte_queue::segment_handle() const { return segment(core_->owner()); }

// ------------------------------------------------------------------------------------------------------------ loan

loan::loan(loan&& other) noexcept
    : core_(std::move(other.core_)), word_(other.word_), data_(std::exchange(other.data_, {})), cell_(other.cell_) {}

loan& loan::operator=(loan&& other) noexcept {
    if (this != &other) {
        if (core_) core_->abandon(cell_, word_, data_);
        core_ = std::move(other.core_);
        word_ = other.word_;
        data_ = std::exchange(other.data_, {});
        cell_ = other.cell_;
    }
    return *this;
}

loan::~loan() {
    if (core_) core_->abandon(cell_, word_, data_);
}

void loan::send(std::int64_t priority) && {
    if (!core_) throw error(errc::no_state, "loan.send");
    auto core = std::move(core_); // whatever happens, the room is no longer ours
    core->send(cell_, word_, data_, priority);
}

// ----------------------------------------------------------------------------------------------------------- lease

byte_lease::byte_lease(byte_lease&& other) noexcept
    : core_(std::move(other.core_)), word_(other.word_), data_(std::exchange(other.data_, {})), cell_(other.cell_) {}

byte_lease& byte_lease::operator=(byte_lease&& other) noexcept {
    if (this != &other) {
        byte_lease old(std::move(*this));
        core_ = std::move(other.core_);
        word_ = other.word_;
        data_ = std::exchange(other.data_, {});
        cell_ = other.cell_;
    }
    return *this;
}

byte_lease::~byte_lease() {
    // A forked child's copy of its parent's lease is not its own to release.
    if (!core_ || !core_->owner()->is_attached()) return;
    try {
        release();
    } catch (const lease_lost&) { // taken away: nothing is left to release
    }
}

unsigned byte_lease::deliveries() const noexcept { return detail::cell_word{word_}.deliveries(); }

void byte_lease::ack() {
    if (!core_) throw error(errc::no_state, "lease.ack");
    auto core = std::move(core_);
    core->acknowledge(cell_, word_, data_);
}

void byte_lease::release() {
    if (!core_) throw error(errc::no_state, "lease.release");
    auto core = std::move(core_);
    core->give_back(cell_, word_, data_);
}

void byte_lease::reject(dead_letter::reason why) {
    if (!core_) throw error(errc::no_state, "lease.reject");
    core_->reject(cell_, word_, data_, why);
    core_.reset();
}

void byte_lease::extend(duration d) {
    if (!core_) throw error(errc::no_state, "lease.extend");
    word_ = core_->extend(cell_, word_, lease_for(d));
}

void argument<byte_queue>::encode(argument_writer& out, const byte_queue& value) {
    out.value(value.segment_handle());
    out.value(value.name());
}

byte_queue argument<byte_queue>::decode(argument_reader& in) {
    segment s = in.value<segment>();
    return byte_queue::open(s, in.value<std::string>());
}

} // namespace plait::ipc
