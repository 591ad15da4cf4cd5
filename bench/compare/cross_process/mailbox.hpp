// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Room for one message in shared memory: what the peers that only wake each other, and queue nothing, pass it in.

#include "forked.hpp"

namespace bench {

struct mailbox {
    alignas(64) std::atomic<std::uint32_t> full{0};
    small_message message;

    static mailbox& make() { return *new (shared_with_children(sizeof(mailbox))) mailbox; }

    void fill(std::span<const std::byte> from) {
        std::memcpy(message.data(), from.data(), from.size());
        full.store(1, std::memory_order_release); // pairs with the acquire of whoever finds it full
    }
    void empty(std::span<std::byte> into) {
        std::memcpy(into.data(), message.data(), into.size());
        full.store(0, std::memory_order_relaxed); // the next message is only put after the answer to this one
    }
};

} // namespace bench
