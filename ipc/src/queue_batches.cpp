// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   put_many   reserve all ─▶ write all ─▶ commit each ─▶ one look at "closed" ─▶ one wake-up
//   get_many   lease all, fetching them ─▶ read and acknowledge each ─▶ one wake-up
//
// Many messages at once. A batch is worked on in parts of some dozens, in phases: the locked instructions of one phase wait
// for no memory that another one touches. Each message is put and taken by a commit of its own, so a kill in the middle
// loses and doubles nothing.
#include "expiry.hpp"
#include "queue_core.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <span>

namespace plait::ipc::detail {
namespace {

constexpr std::size_t part = 64; // what lies in the cache while one phase follows another

} // namespace

// ------------------------------------------------------------------------------------------------------------- put

boost::system::result<std::size_t> queue_core::try_put_many(const batch_writer& write) {
    static_cast<void>(attachment_->self());
    std::size_t count = 0;
    while (count < write.count) {
        auto most = std::min(part, write.count - count);
        boost::system::result<std::size_t> put = std::size_t{0};
        try {
            put = put_some(write, count, most);
        } catch (...) {
            if (count == 0) throw;
            break;
        }
        if (!put) {
            if (count == 0) return put;
            break;
        }
        count += *put;
        if (*put < most) break;
    }
    return count;
}

/// Puts `most` messages from the `first` on, or fewer; at least one. Fails, or throws, only if it put none.
boost::system::result<std::size_t>
queue_core::put_some(const batch_writer& write, std::size_t first, std::size_t most) {
    unsigned self = attachment_->self();
    cells& messages = shared_.messages();
    check_priority(write.priority, "queue.put_many");
    if (shared_.is_closed()) return make_error_code(errc::queue_closed);
    most = shared_.order().room(most);
    if (most == 0) return make_error_code(errc::queue_full);
    auto why = make_error_code(errc::queue_full);
    const auto largest = messages.largest_message();
    std::array<std::size_t, part> sizes;
    for (std::size_t i = 0; i < most; ++i) {
        sizes[i] = write.size(write.from, first + i);
        if (sizes[i] <= largest) continue;
        why = make_error_code(errc::message_too_large);
        most = i;
    }
    std::array<held_message, part> held;
    bool gave_back = false;
    auto reserved = messages.reserve_many(self, std::span(sizes).first(most), held, gave_back);
    if (gave_back) [[unlikely]]
        after_release(); // as in claim()
    if (reserved < most) why = make_error_code(errc::queue_full);
    PLAIT_STEP("queue.put_many.reserved");

    std::size_t written = 0;
    std::exception_ptr failure;
    try {
        for (; written < reserved; ++written) {
            messages.begin(held[written]);
            held[written].priority = write.priority;
            write.write(write.from, first + written, held[written].data);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    PLAIT_STEP("queue.put_many.written");

    std::size_t published = 0, put = 0; // what lies behind `published` is still ours
    bool closed = false;
    while (published < written && !closed) {
        auto rest = std::span(held).subspan(published, written - published);
        std::size_t count = 0;
        try {
            count = shared_.order().publish_many(self, rest);
        } catch (const held_up&) {
            why = make_error_code(errc::timed_out);
        } catch (...) {
            failure = std::current_exception();
            written = published;
        }
        PLAIT_STEP("queue.put_many.committed");
        if (count == 0) break;
        // As in try_put: a close that came in between may already have sent the last receiver away.
        closed = shared_.is_closed();
        put += closed ? shared_.order().take_back_many(self, rest.first(count)) : count;
        published += count;
    }
    for (auto& m : std::span(held).subspan(published, reserved - published))
        messages.abandon(m);
    if (put) not_empty_.on.notify(put);
    if (put < reserved) after_release();
    PLAIT_STEP("queue.put_many.notified");
    if (put) return put;
    if (closed) return make_error_code(errc::queue_closed);
    if (failure && published == written) std::rethrow_exception(failure);
    return why;
}

// --------------------------------------------------------------------------------------------------------- receive

boost::system::result<std::size_t> queue_core::take_many(std::span<held_message> messages) {
    unsigned self = attachment_->self();
    auto closing = shared_.closing(); // in this order, as in take()
    if (closing == queue_closing::dropping) return refuse_to_take();
    std::size_t count = 0;
    try {
        count = shared_.order().take_many(self, messages);
        if (count == 0 && collect_expired()) count = shared_.order().take_many(self, messages);
    } catch (const held_up&) {
        return make_error_code(errc::timed_out);
    }
    if (count == 0) return make_error_code(closing == queue_closing::open ? errc::queue_empty : errc::queue_closed);
    not_full_.on.notify();
    PLAIT_STEP("queue.receive_many.done");
    return count;
}

// A malformed message goes to the dead letters, and is told of when it is all that there is to give.

/// False if the message was somebody else's already.
bool queue_core::set_aside(const held_message& m) {
    auto why = m.data.data() ? dead_letter::reason::malformed : dead_letter::reason::damaged;
    return end_lease(m.cell, m.word.bits, m.data, why);
}

boost::system::result<std::size_t> queue_core::try_get_many(std::size_t most, const batch_reader& read, taker by) {
    std::size_t count = 0;
    bool malformed = false, lost = false;
    auto why = make_error_code(errc::queue_empty);
    std::array<held_message, part> held;
    // If an operator takes all of them from us, what we read counts for nothing, and there may be others.
    for (std::size_t wanted = 0, taken = 0; count < most && (taken == wanted || (lost && count == 0));) {
        wanted = std::min(part, most - count);
        kept_list room(shared_.is_joinable() ? wanted : 0); // before anything is taken: there may be no memory
        auto got = take_many(std::span(held).first(wanted));
        if (!got) {
            why = got.error();
            break;
        }
        taken = *got;
        std::size_t at = 0;
        try {
            for (; at < taken; ++at) {
                held_message& m = held[at];
                if (!m.data.data() || !read.read(read.to, m.data)) {
                    malformed |= set_aside(m);
                    continue;
                }
                if (shared_.is_joinable()) {
                    keep(room, m, by);
                } else if (!shared_.messages().acknowledge(m)) {
                    read.forget_last(read.to);
                    lost = true;
                    continue;
                }
                ++count;
                PLAIT_STEP("queue.get_many.read");
            }
        } catch (...) {
            for (auto& m : std::span(held).subspan(at, taken - at))
                put_back(m);
            if (count == 0) throw;
            break;
        }
    }
    if (count == 0) return malformed ? make_error_code(errc::message_malformed) : why;
    after_release();
    PLAIT_STEP("queue.get_many.done");
    return count;
}

boost::system::result<std::vector<byte_lease>>
queue_core::try_receive_many(std::size_t most, std::optional<lease_for> limit) {
    if (limit) expiry_schedule(shared_.header().next_look).begin();
    std::vector<byte_lease> leases;
    if (most == 1) { // without room for many
        leases.reserve(1);
        auto message = try_receive(limit);
        if (!message) return message.error();
        leases.push_back(std::move(*message));
        return leases;
    }
    auto core = shared_from_this();
    bool malformed = false, lost = false; // lost: some were taken from us before anybody knew that we had them
    auto why = make_error_code(errc::queue_empty);
    std::array<held_message, part> held;
    for (std::size_t wanted = 0, taken = 0; leases.size() < most && (taken == wanted || (lost && leases.empty()));) {
        wanted = std::min(part, most - leases.size());
        leases.reserve(leases.size() + wanted); // before anything is taken: there may be no memory
        auto got = take_many(std::span(held).first(wanted));
        if (!got) {
            why = got.error();
            break;
        }
        taken = *got;
        for (auto& m : std::span(held).first(taken)) {
            if (!m.data.data())
                malformed |= set_aside(m);
            else if (limit && !set_limit(m, *limit))
                lost = true;
            else
                leases.push_back(byte_lease(core, m.cell, m.word.bits, m.data));
        }
    }
    if (leases.empty()) return malformed ? make_error_code(errc::message_malformed) : why;
    return leases;
}

} // namespace plait::ipc::detail
