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
    /// message is gone then.
    [[nodiscard]] T get() { return take(deadline::never()); }
    [[nodiscard]] T get_for(duration d) { return take(byte_queue::after(d)); }
    [[nodiscard]] T get_until(time_point t) { return take(deadline(t)); }
    [[nodiscard]] boost::system::result<T> try_get() {
        decoded got;
        auto taken = bytes_.try_get_read(reader(got));
        if (!taken) return taken.error();
        if (got.failure) return got.failure->code();
        return std::move(*got.value);
    }

    /// Takes the value that is next and keeps the message until it is acknowledged. Throws as get().
    [[nodiscard]] lease<T> receive() { return hold(bytes_.receive()); }
    [[nodiscard]] lease<T> receive_for(duration d) { return hold(bytes_.receive_for(d)); }
    [[nodiscard]] lease<T> receive_until(time_point t) { return hold(bytes_.receive_until(t)); }
    [[nodiscard]] boost::system::result<lease<T>> try_receive() {
        auto message = bytes_.try_receive();
        if (!message) return message.error();
        decoded got;
        got.read(message->data());
        if (!got.failure) return lease<T>(std::move(*got.value), std::move(*message));
        message->ack();
        return got.failure->code();
    }

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
    /// A value, or why there is none. A message that does not decode is gone all the same: nobody could decode it.
    struct decoded {
        std::optional<T> value;
        std::optional<decode_error> failure;

        void read(std::span<const std::byte> from) {
            try {
                value.emplace(codec<T>::decode(from));
            } catch (const decode_error& why) {
                failure = why;
            }
        }
    };
    static message_reader reader(decoded& got) noexcept {
        return {[](void* to, std::span<const std::byte> from) { static_cast<decoded*>(to)->read(from); }, &got};
    }
    T take(deadline until) {
        decoded got;
        bytes_.get_read(reader(got), until);
        if (got.failure) throw *got.failure;
        return std::move(*got.value);
    }
    static lease<T> hold(byte_lease message) {
        decoded got;
        got.read(message.data());
        if (!got.failure) return lease<T>(std::move(*got.value), std::move(message));
        message.ack();
        throw *got.failure;
    }

    byte_queue bytes_;
};

} // namespace plait::ipc::detail
