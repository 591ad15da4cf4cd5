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

#include <algorithm>
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
    /// Calls the token's handler, void(error_code), once the value was put. See byte_queue::async_put.
    template <class Token>
    auto async_put(T value, Key... key, Token&& token) {
        auto put = [queue = bytes_, value = std::move(value), key...]() mutable {
            return queue.try_put_written(codec<T>::size(value), writer(value, key...));
        };
        return bytes_.template async<void>(awaited::room, std::move(put), std::forward<Token>(token));
    }

    /// Puts the first of `values`, as many as there is room for, at once. See byte_queue::put_many.
    std::size_t put_many(std::span<const T> values, Key... key) {
        return bytes_.put_many_written(batch(values, key...), deadline::never());
    }
    std::size_t put_many_for(std::span<const T> values, Key... key, duration d) {
        return bytes_.put_many_written(batch(values, key...), byte_queue::after(d));
    }
    std::size_t put_many_until(std::span<const T> values, Key... key, time_point t) {
        return bytes_.put_many_written(batch(values, key...), deadline(t));
    }
    [[nodiscard]] boost::system::result<std::size_t> try_put_many(std::span<const T> values, Key... key) {
        return bytes_.try_put_many_written(batch(values, key...));
    }
    /// The handler is void(error_code, std::size_t); `values` must live until it is called.
    template <class Token>
    auto async_put_many(std::span<const T> values, Key... key, Token&& token) {
        auto put = [queue = bytes_, values, key...]() mutable {
            return queue.try_put_many_written(batch(values, key...));
        };
        return bytes_.template async<std::size_t>(awaited::room, std::move(put), std::forward<Token>(token));
    }

    /// Takes the value that is next: copies it, then acknowledges the message; on a joinable queue, task_done() does. A
    /// process that dies in between leaves the message to others. Throws, beside what byte_queue::receive throws,
    /// decode_error if the bytes do not decode; the message is in the dead letters then.
    [[nodiscard]] T get() { return take(deadline::never()); }
    [[nodiscard]] T get_for(duration d) { return take(byte_queue::after(d)); }
    [[nodiscard]] T get_until(time_point t) { return take(deadline(t)); }
    [[nodiscard]] boost::system::result<T> try_get() { return try_take(bytes_, taker::calling_party); }
    /// The handler is void(error_code, T); T is default-constructible.
    template <class Token>
    auto async_get(Token&& token) {
        auto get = [queue = bytes_]() mutable { return try_take(queue, taker::handler); };
        return bytes_.template async<T>(awaited::message, std::move(get), std::forward<Token>(token));
    }

    /// Takes what is there, at most `most` values, at once. See byte_queue::receive_many; otherwise as get.
    [[nodiscard]] std::vector<T> get_many(std::size_t most) { return take_many(most, deadline::never()); }
    [[nodiscard]] std::vector<T> get_many_for(std::size_t most, duration d) {
        return take_many(most, byte_queue::after(d));
    }
    [[nodiscard]] std::vector<T> get_many_until(std::size_t most, time_point t) { return take_many(most, deadline(t)); }
    [[nodiscard]] boost::system::result<std::vector<T>> try_get_many(std::size_t most) {
        return try_take_many(bytes_, most, taker::calling_party);
    }
    /// The handler is void(error_code, std::vector<T>).
    template <class Token>
    auto async_get_many(std::size_t most, Token&& token) {
        byte_queue::check_batch(most);
        auto get = [queue = bytes_, most]() mutable { return try_take_many(queue, most, taker::handler); };
        return bytes_.template async<std::vector<T>>(awaited::message, std::move(get), std::forward<Token>(token));
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
    /// The handler is void(error_code, lease<T>); T is default-constructible.
    template <class Token>
    auto async_receive(Token&& token) {
        auto receive = [queue = bytes_]() mutable { return hold(queue.try_receive()); };
        return bytes_.template async<lease<T>>(awaited::message, std::move(receive), std::forward<Token>(token));
    }
    template <class Token>
    auto async_receive(lease_for limit, Token&& token) {
        auto receive = [queue = bytes_, limit]() mutable { return hold(queue.try_receive(limit)); };
        return bytes_.template async<lease<T>>(awaited::message, std::move(receive), std::forward<Token>(token));
    }

    /// Takes what is there, at most `most` values, and keeps their messages. See byte_queue::receive_many.
    [[nodiscard]] std::vector<lease<T>> receive_many(std::size_t most) { return hold(bytes_.receive_many(most)); }
    [[nodiscard]] std::vector<lease<T>> receive_many_for(std::size_t most, duration d) {
        return hold(bytes_.receive_many_for(most, d));
    }
    [[nodiscard]] std::vector<lease<T>> receive_many_until(std::size_t most, time_point t) {
        return hold(bytes_.receive_many_until(most, t));
    }
    [[nodiscard]] boost::system::result<std::vector<lease<T>>> try_receive_many(std::size_t most) {
        return hold(bytes_.try_receive_many(most));
    }
    /// The same, with leases that end by themselves.
    [[nodiscard]] std::vector<lease<T>> receive_many(std::size_t most, lease_for limit) {
        return hold(bytes_.receive_many(most, limit));
    }
    [[nodiscard]] std::vector<lease<T>> receive_many_for(std::size_t most, duration d, lease_for limit) {
        return hold(bytes_.receive_many_for(most, d, limit));
    }
    [[nodiscard]] std::vector<lease<T>> receive_many_until(std::size_t most, time_point t, lease_for limit) {
        return hold(bytes_.receive_many_until(most, t, limit));
    }
    [[nodiscard]] boost::system::result<std::vector<lease<T>>> try_receive_many(std::size_t most, lease_for limit) {
        return hold(bytes_.try_receive_many(most, limit));
    }
    /// The handler is void(error_code, std::vector<lease<T>>).
    template <class Token>
    auto async_receive_many(std::size_t most, Token&& token) {
        byte_queue::check_batch(most);
        auto receive = [queue = bytes_, most]() mutable { return hold(queue.try_receive_many(most)); };
        return bytes_.template async<std::vector<lease<T>>>(
            awaited::message, std::move(receive), std::forward<Token>(token));
    }
    template <class Token>
    auto async_receive_many(std::size_t most, lease_for limit, Token&& token) {
        byte_queue::check_batch(most);
        auto receive = [queue = bytes_, most, limit]() mutable { return hold(queue.try_receive_many(most, limit)); };
        return bytes_.template async<std::vector<lease<T>>>(
            awaited::message, std::move(receive), std::forward<Token>(token));
    }

    // See byte_queue.
    void task_done() { bytes_.task_done(); }
    [[nodiscard]] bool is_joinable() const noexcept { return bytes_.is_joinable(); }
    void join() { bytes_.join(); }
    [[nodiscard]] bool join_for(duration d) { return bytes_.join_for(d); }
    [[nodiscard]] bool join_until(time_point t) { return bytes_.join_until(t); }
    [[nodiscard]] bool try_join() const { return bytes_.try_join(); }
    template <class Token>
    auto async_join(Token&& token) {
        return bytes_.async_join(std::forward<Token>(token));
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
    void close_now() { bytes_.close_now(); }
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
    typed_queue(byte_queue bytes, queue_order order) : bytes_(std::move(bytes)) { bytes_.must_go_by(order); }

private:
    static message_writer writer(const T& value, Key... key) noexcept {
        return {
            [](const void* from, std::span<std::byte> to) { codec<T>::encode(*static_cast<const T*>(from), to); },
            &value, key...};
    }
    static batch_writer batch(const std::span<const T>& values, Key... key) noexcept {
        return {
            [](const void* from, std::size_t which) { return codec<T>::size(static_cast<const T*>(from)[which]); },
            [](const void* from, std::size_t which, std::span<std::byte> to) {
                codec<T>::encode(static_cast<const T*>(from)[which], to);
            },
            values.data(), values.size(), key...};
    }

    /// A value, or why there is none.
    struct decoded {
        std::optional<T> value;
        std::optional<decode_error> failure;

        bool read(std::span<const std::byte> from) {
            failure.reset(); // of a message that was taken away again
            try {
                value.emplace(codec<T>::decode(from));
            } catch (const decode_error& why) {
                failure = why;
            }
            return !failure;
        }
    };
    static message_reader reader(decoded& got) noexcept {
        auto read = [](void* to, std::span<const std::byte> from) { return static_cast<decoded*>(to)->read(from); };
        return {read, &got};
    }
    T take(deadline until) {
        decoded got;
        bytes_.get_read(reader(got), until);
        if (got.failure) throw *got.failure;
        return std::move(*got.value);
    }
    static boost::system::result<T> try_take(byte_queue& from, taker by) {
        decoded got;
        auto taken = from.try_get_read(reader(got), by);
        if (!taken) return taken.error();
        if (got.failure) return got.failure->code();
        return std::move(*got.value);
    }

    static constexpr std::size_t usual_batch = 64; // values, for which memory is there at once

    static batch_reader reader(std::vector<T>& values) noexcept {
        auto read = [](void* to, std::span<const std::byte> from) {
            try {
                static_cast<std::vector<T>*>(to)->push_back(codec<T>::decode(from));
                return true;
            } catch (const decode_error&) {
                return false;
            }
        };
        auto forget_last = [](void* to) noexcept { static_cast<std::vector<T>*>(to)->pop_back(); };
        return {read, forget_last, &values};
    }
    std::vector<T> take_many(std::size_t most, deadline until) {
        std::vector<T> values;
        values.reserve(std::min(most, usual_batch));
        bytes_.get_many_read(most, reader(values), until);
        return values;
    }
    static boost::system::result<std::vector<T>> try_take_many(byte_queue& from, std::size_t most, taker by) {
        std::vector<T> values;
        values.reserve(std::min(most, usual_batch));
        auto got = from.try_get_many_read(most, reader(values), by);
        if (!got) return got.error();
        return values;
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
    static boost::system::result<std::vector<lease<T>>> hold(boost::system::result<std::vector<byte_lease>> messages) {
        if (!messages) return messages.error();
        std::vector<lease<T>> leases;
        leases.reserve(messages->size());
        for (auto& m : *messages)
            if (auto held = hold(boost::system::result<byte_lease>(std::move(m)))) leases.push_back(std::move(*held));
        if (leases.empty()) return make_error_code(errc::message_malformed);
        return leases;
    }
    static std::vector<lease<T>> hold(std::vector<byte_lease> messages) {
        return hold(boost::system::result<std::vector<byte_lease>>(std::move(messages))).value();
    }

    byte_queue bytes_;
};

} // namespace plait::ipc::detail
