// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Messages as large as the whole queue.
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <vector>

using namespace plait;
using ipc::byte_queue;
using ipc::segment;

namespace {

constexpr std::size_t size = 64 << 20;

/// One number in each page, which tells where it lies.
void fill(std::span<std::byte> message) {
    for (std::size_t at = 0; at + sizeof at <= message.size(); at += 4096)
        std::memcpy(&message[at], &at, sizeof at);
}
bool is_filled(std::span<const std::byte> message) {
    for (std::size_t at = 0, seen = 0; at + sizeof at <= message.size(); at += 4096)
        if (std::memcpy(&seen, &message[at], sizeof seen); seen != at) return false;
    return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(large_messages)

// 64 MiB of cells of 64 bytes: as many as a message can have.
BOOST_AUTO_TEST_CASE(one_message_takes_all_of_the_cells_again_and_again) {
    auto s = segment::create({.bytes = size + (48 << 20), .max_participants = 8});
    auto q = byte_queue::create(s, "q", {.bytes = size, .cell_bytes = 64});
    BOOST_TEST(q.max_message() == size - 16);
    for (int round = 0; round < 2; ++round) {
        auto room = q.prepare(q.max_message());
        fill(room.data());
        std::move(room).send();
        BOOST_TEST((q.try_put({}).error() == errc::queue_full));
        auto held = q.receive();
        BOOST_TEST(held.data().size() == size - 16);
        BOOST_TEST(is_filled(held.data()));
        held.ack();
    }
    BOOST_TEST(q.free_bytes() == size);
}

BOOST_AUTO_TEST_CASE(a_message_of_64_MiB_is_copied_in_and_out) {
    auto s = segment::create({.bytes = size + (8 << 20), .max_participants = 8});
    auto q = ipc::queue<std::vector<std::uint64_t>>::create(s, "q", {.bytes = size + 65536, .cell_bytes = 65536});
    std::vector<std::uint64_t> value(size / 8);
    for (std::size_t i = 0; i < value.size(); i += 512)
        value[i] = i;
    q.put(value);
    BOOST_TEST((q.get() == value));
}

BOOST_AUTO_TEST_CASE(one_byte_more_can_never_fit) {
    auto s = segment::create({.bytes = 1 << 20, .max_participants = 8});
    auto q = byte_queue::create(s, "q", {.bytes = 64 << 10, .cell_bytes = 64});
    BOOST_TEST(q.try_prepare(q.max_message()).has_value());
    BOOST_TEST((q.try_prepare(q.max_message() + 1).error() == errc::message_too_large));
}

BOOST_AUTO_TEST_SUITE_END()
