// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A queue as this process sees it: the shared structure, the two channels on which its users wait, and what the process
// has learned about spinning. One per queue and process, however many handles there are.

#include "attachment.hpp"
#include "channel.hpp"
#include "loop_waiters.hpp"
#include "shared_queue.hpp"

#include <plait/ipc/byte_queue.hpp>
#include <plait/runtime/detail/spin.hpp>

#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plait::ipc::detail {

class queue_core : public std::enable_shared_from_this<queue_core> {
public:
    static std::shared_ptr<queue_core>
    create(const std::shared_ptr<attachment>& in, std::string_view name, const queue_options& options);
    static std::shared_ptr<queue_core> open(const std::shared_ptr<attachment>& in, std::string_view name);

    queue_core(std::shared_ptr<attachment> in, std::string_view name, std::span<std::byte> memory);

    boost::system::result<void> try_put(std::size_t bytes, message_writer write);
    void put(std::size_t bytes, message_writer write, deadline until);
    boost::system::result<loan> try_prepare(std::size_t bytes);
    loan prepare(std::size_t bytes, deadline until);
    boost::system::result<byte_lease> try_receive(std::optional<lease_for> limit = {});
    byte_lease receive(deadline until, std::optional<lease_for> limit = {});
    /// Receives, reads and acknowledges.
    boost::system::result<void> try_get(message_reader read);
    void get(message_reader read, deadline until);

    void send(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data);
    void abandon(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) noexcept;
    void acknowledge(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data);
    void give_back(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data);

    void close();

    // Leases that end in other ways than by an ack (leases.cpp), and where they end (dead_letters.cpp).
    /// Returns the word that the lease has now.
    std::uint64_t extend(std::uint32_t cell, std::uint64_t word, lease_for limit);
    void reject(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, dead_letter::reason why);
    std::size_t evict(unsigned participant);
    [[nodiscard]] std::vector<dead_letter> dead_letters(std::size_t limit) const;
    [[nodiscard]] std::size_t dead_letter_count() const noexcept;
    std::size_t replay_dead_letters(std::size_t limit);
    std::size_t drop_dead_letters(std::size_t limit);

    /// Recovers the queue from the death of `dead`, and wakes everybody. Under the housekeeping lock.
    static void sweep(attachment& in, std::span<std::byte> memory, unsigned dead);
    /// Wakes those who wait although they need not: their waker was stopped or died before it came to that.
    static void nudge(attachment& in, std::span<std::byte> memory);

    [[nodiscard]] shared_queue& shared() noexcept { return shared_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::shared_ptr<attachment>& owner() const noexcept { return attachment_; }

private:
    boost::system::result<held_message> take();
    /// Gives back what is over its limit, if there is any and it is time to look. Returns whether anything came back.
    [[nodiscard]] bool collect_expired();
    /// False if the message was taken from the caller before the limit was set.
    [[nodiscard]] bool set_limit(held_message& m, lease_for limit) noexcept;
    [[nodiscard]] bool note(std::uint32_t cell, cell_word word, cell_note note) noexcept;
    /// False if the caller does not hold the message any more.
    [[nodiscard]] bool
    end_lease(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, dead_letter::reason why);

    /// One of the two things that users wait for, with all that the process knows about waiting for it.
    struct wait_point {
        channel on;
        loop_waiters coroutines;
        channel::need need;
        plait::detail::spin spins;
        std::atomic<bool> known{false}; // to the attachment

        wait_point(queue_core& core, channel_memory& memory, channel::need n, std::size_t (*work)(void*));
    };

    template <class Attempt>
    auto wait(wait_point& at, deadline until, const char* what, Attempt attempt);
    template <class Attempt, class Result>
    void wait_as_thread(wait_point& at, deadline until, const char* what, Attempt& attempt, Result& result);
    template <class Attempt, class Result>
    void wait_as_coroutine(wait_point& at, deadline until, const char* what, Attempt& attempt, Result& result);

    std::shared_ptr<attachment> attachment_;
    std::string name_;
    shared_queue shared_;
    wait_point not_empty_;
    wait_point not_full_;
};

} // namespace plait::ipc::detail
