// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   value ──codec──▶ [ byte_queue ] ──codec──▶ value, or lease of one
//
// What all queues of values between processes have in common: everything but their order. `Key` is what a put says
// beside the value: nothing, or where the order is made by it, a priority.
//
// Faces, blocking and errors are byte_queue's.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/codec.hpp>
#include <plait/ipc/lease.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/error.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plait::ipc::detail {

template <class T, class... Key>
class typed_queue {
public:
    /// Puts a copy of `value`. Throws, beside what byte_queue::put throws, what encoding throws; then nothing was put.
    void put(const T& value, Key... key) {
        bytes_.put_written(codec<T>::size(value), writer(value, key...), deadline::never());
    }
    void put_for(const T& value, Key... key, duration d) {
        bytes_.put_written(codec<T>::size(value), writer(value, key...), byte_queue::after(d));
    }
    void put_until(const T& value, Key... key, time_point t) {
        bytes_.put_written(codec<T>::size(value), writer(value, key...), deadline(t));
    }
    [[nodiscard]] boost::system::result<void> try_put(const T& value, Key... key) {
        return bytes_.try_put_written(codec<T>::size(value), writer(value, key...));
    }

    /// Takes the value that is next: copies it, then acknowledges the message. A process that dies in between leaves the
    /// message to others. Throws, beside what byte_queue::receive throws, decode_error if the bytes do not decode; the
    /// message is in the dead letters then.
    [[nodiscard]] T get() { return take(deadline::never()); }
    [[nodiscard]] T get_for(duration d) { return take(byte_queue::after(d)); }
    [[nodiscard]] T get_until(time_point t) { return take(deadline(t)); }
    [[nodiscard]] boost::system::result<T> try_get() {
        try {
            std::optional<T> value;
            auto taken = bytes_.try_get_read(reader(value));
            if (!taken) return taken.error();
            return std::move(*value);
        } catch (const decode_error& why) {
            return why.code();
        }
    }

    /// Takes the value that is next and keeps the message until it is acknowledged. Throws as get().
    [[nodiscard]] lease<T> receive() { return hold(bytes_.receive()); }
    [[nodiscard]] lease<T> receive_for(duration d) { return hold(bytes_.receive_for(d)); }
    [[nodiscard]] lease<T> receive_until(time_point t) { return hold(bytes_.receive_until(t)); }
    [[nodiscard]] boost::system::result<lease<T>> try_receive() { return hold(bytes_.try_receive()); }
    /// The same, with a lease that ends by itself: `d` and `t` bound the wait, `limit` what comes after it.
    [[nodiscard]] lease<T> receive(lease_for limit) { return hold(bytes_.receive(limit)); }
    [[nodiscard]] lease<T> receive_for(duration d, lease_for limit) { return hold(bytes_.receive_for(d, limit)); }
    [[nodiscard]] lease<T> receive_until(time_point t, lease_for limit) { return hold(bytes_.receive_until(t, limit)); }
    [[nodiscard]] boost::system::result<lease<T>> try_receive(lease_for limit) {
        return hold(bytes_.try_receive(limit));
    }

    std::size_t evict(unsigned participant) { return bytes_.evict(participant); }
    [[nodiscard]] std::size_t dead_letter_count() const noexcept { return bytes_.dead_letter_count(); }
    [[nodiscard]] std::vector<dead_letter> dead_letters(std::size_t limit = byte_queue::every_one) const {
        return bytes_.dead_letters(limit);
    }
    std::size_t replay_dead_letters(std::size_t limit = byte_queue::every_one) {
        return bytes_.replay_dead_letters(limit);
    }
    std::size_t drop_dead_letters(std::size_t limit = byte_queue::every_one) { return bytes_.drop_dead_letters(limit); }

    void close() { bytes_.close(); }
    [[nodiscard]] bool is_closed() const noexcept { return bytes_.is_closed(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] bool full() const noexcept { return bytes_.full(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return bytes_.capacity(); }
    [[nodiscard]] const std::string& name() const noexcept { return bytes_.name(); }
    [[nodiscard]] segment segment_handle() const { return bytes_.segment_handle(); }
    [[nodiscard]] byte_queue& bytes() noexcept { return bytes_; }
    [[nodiscard]] const byte_queue& bytes() const noexcept { return bytes_; }

protected:
    explicit typed_queue(byte_queue bytes) noexcept : bytes_(std::move(bytes)) {}

private:
    static message_writer writer(const T& value, Key... key) noexcept {
        return {
            [](const void* from, std::span<std::byte> to) { codec<T>::encode(*static_cast<const T*>(from), to); },
            &value, key...};
    }
    static message_reader reader(std::optional<T>& value) noexcept {
        return {
            [](void* to, std::span<const std::byte> from) {
                static_cast<std::optional<T>*>(to)->emplace(codec<T>::decode(from));
            },
            &value};
    }
    T take(deadline until) {
        std::optional<T> value;
        bytes_.get_read(reader(value), until);
        return std::move(*value);
    }
    /// A message that does not decode is set aside: nobody else who reads the queue could decode it.
    static lease<T> hold(byte_lease message) {
        try {
            T value = codec<T>::decode(message.data()); // before the message is moved from
            return lease<T>(std::move(value), std::move(message));
        } catch (const decode_error&) {
            try {
                message.reject(dead_letter::reason::malformed);
            } catch (const lease_lost&) { // what was read was somebody else's already
            }
            throw;
        }
    }
    static boost::system::result<lease<T>> hold(boost::system::result<byte_lease> message) {
        if (!message) return message.error();
        try {
            return hold(std::move(*message));
        } catch (const decode_error& why) {
            return why.code();
        }
    }

    byte_queue bytes_;
};

} // namespace plait::ipc::detail
