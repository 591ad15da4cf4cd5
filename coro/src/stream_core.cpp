// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stream_core.hpp"

#include <plait/runtime/error.hpp>

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include <sys/socket.h>

namespace plait::detail {

/// While it exists, the stream is not closed under its user's feet, and nobody else uses that direction.
class stream_core::use {
public:
    use(stream_core& core, std::uint32_t direction, const char* what) : core_(core), direction_(direction) {
        std::uint32_t users = core_.users_.load(std::memory_order_relaxed);
        do {
            if (users & closed) core_.throw_closed(what);
            if (users & direction) throw error(errc::stream_in_use, core_.at_peer(what) + ": another party is at it");
            // acquire; pairs with the release in leave(): what the last one did in this direction is seen
        } while (!core_.users_.compare_exchange_weak(
            users, users | direction, std::memory_order_acquire, std::memory_order_relaxed));
    }
    use(const use&) = delete;
    use& operator=(const use&) = delete;
    ~use() { core_.leave(direction_); }

private:
    stream_core& core_;
    const std::uint32_t direction_;
};

void stream_core::leave(std::uint32_t what) noexcept {
    // acq_rel: who closes the socket sees what everybody did before leaving
    if ((users_.fetch_and(~what, std::memory_order_acq_rel) & ~what) == closed) finish();
}

void stream_core::close() noexcept {
    std::uint32_t users = users_.load(std::memory_order_relaxed);
    do {
        if (users & closed) return;
        // acq_rel: as in leave()
    } while (!users_.compare_exchange_weak(
        users, users | closed | closing, std::memory_order_acq_rel, std::memory_order_relaxed));
    if (users != 0) ::shutdown(transport_->descriptor().get(), SHUT_RDWR); // whoever waits is woken by it
    leave(closing);
}

void stream_core::finish() noexcept {
    transport_->say_goodbye();
    transport_->descriptor().close();
    buffer_.clear();
}

unique_fd stream_core::release(std::string* unread) {
    if (!transport_->is_plain())
        throw error(errc::invalid_argument, at_peer("stream.release") + ": its bytes mean nothing without its TLS");
    use reader(*this, reading, "stream.release"), writer(*this, writing, "stream.release");
    if (!unread && !buffer_.empty())
        throw error(errc::invalid_argument, at_peer("stream.release") + ": there are bytes that were not read");
    std::string kept(buffer_.kept());
    std::uint32_t users = reading | writing;
    // acq_rel: as in leave(); a close() that comes from now on finds nothing to do
    if (!users_.compare_exchange_strong(users, users | closed, std::memory_order_acq_rel, std::memory_order_relaxed))
        throw_closed("stream.release");
    if (unread) *unread = std::move(kept);
    return transport_->descriptor().release();
}

void stream_core::wait(readiness ready, deadline until, const char* what) {
    const wait_state result = transport_->descriptor().wait(ready, what, until);
    if (result == wait_state::timed_out) throw timeout_error(at_peer(what));
    throw_unless_woken(result, what);
}

// One attempt. The end, or the error, that close() brings about is not the peer's.
template <class Try>
attempt stream_core::once(Try attempt_it, counter& bytes, const char* what) {
    attempt a;
    try {
        a = attempt_it();
    } catch (const boost::system::system_error&) {
        if (!is_open()) throw_closed(what);
        throw;
    }
    if (a.count == 0 && !is_open()) throw_closed(what);
    bytes.add(a.count);
    return a;
}

attempt stream_core::read_once(std::span<char> buffer, const char* what) {
    return once([&] { return transport_->read(buffer); }, received_, what);
}

attempt stream_core::write_once(std::span<const std::string_view> parts, const char* what) {
    return once([&] { return transport_->write(parts); }, sent_, what);
}

// Returns 0 at the end of the stream.
std::size_t stream_core::receive(std::span<char> buffer, deadline until, const char* what) {
    for (;;) {
        if (!is_open()) throw_closed(what);
        const attempt a = read_once(buffer, what);
        if (!a.must_wait) return a.count;
        wait(*a.must_wait, until, what);
        read_turns_.waited();
    }
}

// Receives into the buffer; false at the end of the stream.
bool stream_core::receive_more(deadline until, const char* what) {
    constexpr std::size_t most = 32 * 1024;
    const std::span<char> room = buffer_.room(room_);
    const std::size_t count = receive(room, until, what);
    buffer_.commit(count);
    if (count == room.size()) room_ = std::min(most, count * 2); // there is more where that came from
    return count != 0;
}

std::string stream_core::take(std::size_t count, std::size_t skip) {
    std::string taken(buffer_.kept().substr(0, count));
    buffer_.drop(count + skip);
    return taken;
}

std::size_t stream_core::read_some(std::span<char> buffer, deadline until) {
    constexpr auto what = "stream.read_some";
    use reader(*this, reading, what);
    if (buffer.empty()) throw error(errc::invalid_argument, at_peer(what) + ": a buffer of 0 bytes");
    read_turns_.next();
    if (buffer_.empty()) return receive(buffer, until, what);
    const std::size_t count = buffer_.kept().copy(buffer.data(), buffer.size());
    buffer_.drop(count);
    return count;
}

std::optional<std::size_t> stream_core::try_read_some(std::span<char> buffer) {
    constexpr auto what = "stream.try_read_some";
    use reader(*this, reading, what);
    if (buffer.empty()) throw error(errc::invalid_argument, at_peer(what) + ": a buffer of 0 bytes");
    if (!buffer_.empty()) {
        const std::size_t count = buffer_.kept().copy(buffer.data(), buffer.size());
        buffer_.drop(count);
        return count;
    }
    const attempt a = read_once(buffer, what);
    if (a.must_wait) return std::nullopt;
    return a.count;
}

// Straight into the caller's buffer; what came goes to ours if it is not enough.
void stream_core::read_exactly(std::span<char> buffer, deadline until) {
    constexpr auto what = "stream.read_exactly";
    use reader(*this, reading, what);
    read_turns_.next();
    const std::size_t had = buffer_.kept().copy(buffer.data(), buffer.size());
    std::size_t came = had;
    try {
        while (came != buffer.size()) {
            const std::size_t count = receive(buffer.subspan(came), until, what);
            if (count == 0)
                throw incomplete_read(
                    came,
                    at_peer(what) + ": " + std::to_string(came) + " of " + std::to_string(buffer.size()) + " bytes");
            came += count;
        }
    } catch (...) {
        buffer_.append(buffer.subspan(had, came - had));
        throw;
    }
    buffer_.drop(had);
}

std::optional<std::string> stream_core::read_line(std::size_t limit, deadline until) {
    constexpr auto what = "stream.read_line";
    use reader(*this, reading, what);
    read_turns_.next();
    for (std::size_t searched = 0;;) {
        const std::string_view kept = buffer_.kept();
        const std::size_t end = kept.find('\n', searched), so_far = std::min(end, kept.size());
        const bool has_return = so_far != 0 && kept[so_far - 1] == '\r'; // it may belong to the end of the line
        if (so_far - has_return > limit)
            throw error(
                errc::message_too_large, at_peer(what) + ": a line of more than " + std::to_string(limit) + " bytes");
        if (end != std::string_view::npos) return take(end - has_return, 1u + has_return);
        searched = kept.size();
        if (receive_more(until, what)) continue;
        if (searched == 0) return std::nullopt;
        return take(searched, 0);
    }
}

std::string stream_core::read_until(std::string_view delimiter, std::size_t limit, deadline until) {
    constexpr auto what = "stream.read_until";
    use reader(*this, reading, what);
    if (delimiter.empty()) throw error(errc::invalid_argument, at_peer(what) + ": an empty delimiter");
    read_turns_.next();
    for (std::size_t searched = 0;;) {
        const std::string_view kept = buffer_.kept();
        const std::size_t begin = kept.find(delimiter, searched);
        const bool found = begin != std::string_view::npos;
        if ((found ? begin + delimiter.size() : kept.size()) > limit)
            throw error(
                errc::message_too_large, at_peer(what) + ": no delimiter within " + std::to_string(limit) + " bytes");
        if (found) return take(begin + delimiter.size(), 0);
        searched = kept.size() - std::min(kept.size(), delimiter.size() - 1); // it may have come in part
        if (receive_more(until, what)) continue;
        throw incomplete_read(
            kept.size(), at_peer(what) + ": " + std::to_string(kept.size()) + " bytes without the delimiter");
    }
}

std::string stream_core::read_all(std::size_t limit, deadline until) {
    constexpr auto what = "stream.read_all";
    use reader(*this, reading, what);
    do {
        read_turns_.next();
        if (buffer_.kept().size() > limit)
            throw error(errc::message_too_large, at_peer(what) + ": more than " + std::to_string(limit) + " bytes");
    } while (receive_more(until, what));
    return take(buffer_.kept().size(), 0);
}

void stream_core::require_writable(const char* what) const {
    if (cut_)
        throw error(
            errc::stream_unusable, at_peer(what) + ": a write of " + std::to_string(cut_of_) + " bytes was cut after " +
                                       std::to_string(cut_after_));
    if (write_is_shut_) throw_system_error(EPIPE, at_peer(what) + " after shutdown_write()");
}

// Returns 0 for nothing but empty parts.
std::size_t stream_core::send(std::span<const std::string_view> parts, deadline until, const char* what) {
    if (std::all_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); })) return 0;
    for (;;) {
        if (!is_open()) throw_closed(what);
        const attempt a = write_once(parts, what);
        if (!a.must_wait) return a.count;
        wait(*a.must_wait, until, what);
        write_turns_.waited();
    }
}

void stream_core::write(std::span<const std::string_view> parts, deadline until) {
    constexpr auto what = "stream.write";
    use writer(*this, writing, what);
    require_writable(what);
    write_turns_.next();
    boost::container::small_vector<std::string_view, 8> rest(parts.begin(), parts.end());
    const std::uint64_t before = sent_.get();
    auto next = rest.begin();
    try {
        while (next != rest.end()) {
            std::size_t count = send({&*next, static_cast<std::size_t>(rest.end() - next)}, until, what);
            for (; next != rest.end() && count >= next->size(); ++next)
                count -= next->size();
            if (next != rest.end()) next->remove_prefix(count);
        }
    } catch (...) {
        cut_after_ = sent_.get() - before;
        cut_ = cut_after_ != 0 || transport_->has_begun_to_write();
        cut_of_ =
            std::transform_reduce(parts.begin(), parts.end(), std::uint64_t{0}, std::plus(), [](std::string_view part) {
                return part.size();
            });
        throw;
    }
}

std::size_t stream_core::write_some(std::string_view data, deadline until) {
    constexpr auto what = "stream.write_some";
    use writer(*this, writing, what);
    require_writable(what);
    write_turns_.next();
    try {
        return send({&data, 1}, until, what);
    } catch (...) {
        cut_ = transport_->has_begun_to_write();
        cut_after_ = 0;
        cut_of_ = data.size();
        throw;
    }
}

std::size_t stream_core::try_write_some(std::string_view data) {
    constexpr auto what = "stream.try_write_some";
    use writer(*this, writing, what);
    require_writable(what);
    if (!transport_->is_plain())
        throw error(errc::invalid_argument, at_peer(what) + ": TLS cannot write a part and forget the rest");
    if (data.empty()) return 0;
    return write_once({&data, 1}, what).count;
}

void stream_core::shutdown_write() {
    constexpr auto what = "stream.shutdown_write";
    use writer(*this, writing, what);
    if (write_is_shut_) return;
    require_writable(what);
    while (auto must_wait = transport_->shutdown_write().must_wait)
        wait(*must_wait, deadline::never(), what);
    write_is_shut_ = true;
}

void stream_core::throw_closed(const char* what) const {
    throw error(errc::no_state, at_peer(what) + ": the stream is closed");
}

} // namespace plait::detail
