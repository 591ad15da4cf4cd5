// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Messages from producer processes to consumer processes through one queue that holds 1,024 of them; 64 of those that
// have 64 KiB.
//
//   producers (all on one CPU)  ──put──▶ [ queue ] ──get──▶  consumers (all on another CPU)
//
// A message carries a number in its first eight bytes; the consumers add the numbers up, so a lost, doubled or torn
// message fails the run. The time goes from the first put to the last get.
//
// In the row xq64_batch_1x1 a producer puts 64 messages at a time, and a consumer takes as many as there are, up to 64.
//
// Messages of 64 KiB are written and read where they lie, every word of them: a message is the numbers from its own on.

#include "../measure.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

namespace bench {

inline constexpr long producer_cpu = 0;
inline constexpr long consumer_cpu = 1;
inline constexpr std::uint64_t end_of_messages = ~std::uint64_t{0};

struct shape {
    std::string_view row;
    std::size_t message_bytes;
    int producers;
    int consumers;
    std::uint64_t messages_each; ///< from each producer
    std::size_t queue_depth = 1024;

    std::uint64_t messages() const { return messages_each * static_cast<std::uint64_t>(producers); }
};

inline shape shape_of(std::string_view row) {
    if (row == "xq64_1x1") return {row, 64, 1, 1, 2'000'000};
    if (row == "xq64_batch_1x1") return {row, 64, 1, 1, 4'000'000};
    if (row == "xq64_2x2") return {row, 64, 2, 2, 1'000'000};
    if (row == "xq1k_1x1") return {row, 1024, 1, 1, 1'000'000};
    return {row, 65536, 1, 1, 20'000, 64};
}

inline bool is_in_batches(const shape& what) { return what.row == "xq64_batch_1x1"; }
inline bool is_in_place(const shape& what) { return what.message_bytes == 65536; }

/// One of the rows of this comparison.
inline std::string_view requested_row(int argc, char** argv) {
    return requested_row(
        argc, argv,
        {"xq64_1x1", "xq64_batch_1x1", "xq64_2x2", "xq1k_1x1", "xq64k_1x1", "xrtt_busy", "xrtt_sleep", "xrtt_loops",
         "xrtt_one_core"});
}

/// What one process did, and when, on the clock that all processes share.
struct tally {
    std::int64_t started = 0;
    std::int64_t finished = 0;
    std::uint64_t messages = 0;
    std::uint64_t sum = 0;
};

inline std::int64_t now_for_all_processes() { return clock::now().time_since_epoch().count(); }

/// Puts the numbers 1 … `messages_each`.
template <class Put>
tally produce(const shape& what, Put put) {
    std::vector<std::byte> message(what.message_bytes);
    tally done{.started = now_for_all_processes()};
    for (std::uint64_t i = 1; i <= what.messages_each; ++i) {
        std::memcpy(message.data(), &i, sizeof i);
        put(std::span<const std::byte>(message));
    }
    done.finished = now_for_all_processes();
    return done;
}

/// Puts what tells one consumer that nothing more comes.
template <class Put>
void put_end(const shape& what, Put put) {
    std::vector<std::byte> message(what.message_bytes);
    std::memcpy(message.data(), &end_of_messages, sizeof end_of_messages);
    put(std::span<const std::byte>(message));
}

/// Gets messages until the end is told.
template <class Get>
tally consume(const shape& what, Get get) {
    std::vector<std::byte> message(what.message_bytes);
    tally done{.started = now_for_all_processes()};
    for (;;) {
        get(std::span<std::byte>(message));
        std::uint64_t number = 0;
        std::memcpy(&number, message.data(), sizeof number);
        if (number == end_of_messages) break;
        ++done.messages;
        done.sum += number;
    }
    done.finished = now_for_all_processes();
    return done;
}

inline std::span<std::uint64_t> words_of(std::span<std::byte> message) {
    return {reinterpret_cast<std::uint64_t*>(message.data()), message.size() / sizeof(std::uint64_t)};
}

/// Produces messages in place: `put(write)` lets `write` fill the room of one.
template <class Put>
tally produce_in_place(const shape& what, Put put) {
    tally done{.started = now_for_all_processes()};
    for (std::uint64_t i = 1; i <= what.messages_each; ++i)
        put([i](std::span<std::byte> message) {
            auto words = words_of(message);
            std::iota(words.begin(), words.end(), i);
        });
    done.finished = now_for_all_processes();
    return done;
}

/// Consumes them in place: `get(read)` lets `read` look at one. Nobody has to tell the end of a known number.
template <class Get>
tally consume_in_place(const shape& what, Get get) {
    tally done{.started = now_for_all_processes()};
    for (std::uint64_t i = 0; i < what.messages(); ++i)
        get([&](std::span<std::byte> message) {
            for (std::uint64_t word : words_of(message))
                done.sum += word;
        });
    done.messages = what.messages();
    done.finished = now_for_all_processes();
    return done;
}

/// Checks that every message arrived once, and reports messages per second.
inline void report_transfer(const shape& what, std::span<const tally> producers, std::span<const tally> consumers) {
    std::int64_t first = producers.front().started, last = 0;
    std::uint64_t messages = 0, sum = 0;
    for (const tally& t : producers)
        first = std::min(first, t.started);
    for (const tally& t : consumers) {
        last = std::max(last, t.finished);
        messages += t.messages;
        sum += t.sum;
    }
    std::uint64_t each = what.messages_each;
    std::uint64_t expected_sum = each * (each + 1) / 2 * static_cast<std::uint64_t>(what.producers);
    if (std::uint64_t words = what.message_bytes / 8; is_in_place(what))
        expected_sum = expected_sum * words + each * (words * (words - 1) / 2);
    if (messages != what.messages() || sum != expected_sum) fail("the queue lost, doubled or changed a message");
    auto seconds = static_cast<double>(last - first) / 1e9;
    auto per_second = static_cast<double>(messages) / seconds;
    if (is_in_place(what))
        report(what.row, "GB_per_s", per_second * static_cast<double>(what.message_bytes) / 1e9, "GB/s");
    else
        report(what.row, "msgs_per_s", per_second, "msgs/s");
}

} // namespace bench
