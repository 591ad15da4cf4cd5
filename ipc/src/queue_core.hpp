// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                      ┌ queue_core.cpp      one message: put, prepare, receive, get, and what becomes of it; recovery
//   byte_queue ──▶ core│ queue_batches.cpp   many at once
//                      │ queue_join.cpp      messages that stay held until task_done(), and the wait for all of them
//                      └ queue_close.cpp     closing
//
// A queue as this process sees it: the shared structure, the three channels on which its users wait, what the process has
// learned about spinning, and the messages it has got and not said task_done() of. One per queue and process, however many
// handles there are.

#include "attachment.hpp"
#include "shared_queue.hpp"
#include "wait_point.hpp"

#include <plait/ipc/byte_queue.hpp>

#include <boost/system/result.hpp>

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plait::ipc::detail {

class queue_core : public std::enable_shared_from_this<queue_core> {
public:
    static std::shared_ptr<queue_core> create(
        const std::shared_ptr<attachment>& in, std::string_view name, const queue_options& options, queue_order order);
    static std::shared_ptr<queue_core> open(const std::shared_ptr<attachment>& in, std::string_view name);

    queue_core(std::shared_ptr<attachment> in, std::string_view name, std::span<std::byte> memory);
    ~queue_core();

    boost::system::result<void> try_put(std::size_t bytes, message_writer write);
    boost::system::result<loan> try_prepare(std::size_t bytes);
    boost::system::result<byte_lease> try_receive(std::optional<lease_for> limit = {});
    /// Receives, reads, and acknowledges; or, on a joinable queue, keeps the message until task_done().
    boost::system::result<void> try_get(message_reader read, taker by);

    void send(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, std::int64_t priority);
    void abandon(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data) noexcept;
    void acknowledge(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data);
    void give_back(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data);

    // Many at once. How many that is, is at least 1.
    boost::system::result<std::size_t> try_put_many(const batch_writer& write);
    boost::system::result<std::size_t> try_get_many(std::size_t most, const batch_reader& read, taker by);
    boost::system::result<std::vector<byte_lease>>
    try_receive_many(std::size_t most, std::optional<lease_for> limit = {});

    /// Acknowledges a message that is kept: the oldest of the calling party's, or else of the handlers', or else of all.
    /// Throws error(task_done_without_get); lease_lost.
    void task_done();
    /// Fails with must_wait() while something is left to do, unless the queue was seen idle since `join` began.
    boost::system::result<void> try_join(std::uint64_t join);
    [[nodiscard]] std::uint64_t begin_join() noexcept;
    static constexpr std::uint64_t no_join = ~std::uint64_t{0}; // for those who only look
    /// For those who found the queue idle in a look that began when `joins` joins had begun.
    static void tell_idle(shared_queue& queue, channel& idle, std::uint64_t joins) noexcept;

    void close();
    void close_now();
    /// False in a copy of the process that was made by fork().
    [[nodiscard]] bool is_attached() const noexcept { return attachment_->is_attached(); }

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
    /// Wakes those who wait although they need not, and ends what was begun: whose part that was, was stopped or died.
    static void nudge(attachment& in, std::span<std::byte> memory);

    /// Makes `attempt` until it need not wait any more for the point; see wait_point.hpp.
    template <class Attempt>
    auto wait(wait_point& at, deadline until, const char* what, Attempt attempt) {
        return detail::wait(*this, at, until, what, std::move(attempt));
    }
    [[nodiscard]] wait_point& not_empty() noexcept { return not_empty_; }
    [[nodiscard]] wait_point& not_full() noexcept { return not_full_; }
    [[nodiscard]] wait_point& idle() noexcept { return idle_; }

    [[nodiscard]] shared_queue& shared() noexcept { return shared_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::shared_ptr<attachment>& owner() const noexcept { return attachment_; }

private:
    struct kept_message {
        held_message message;
        const void* taker = nullptr; // the party, of which only the address is used; nullptr: a handler
    };
    using kept_list = std::list<kept_message>;

    boost::system::result<void> put_unless_held_up(std::size_t bytes, message_writer write);
    [[nodiscard]] std::optional<held_message> claim(unsigned self, std::size_t bytes) noexcept;
    void check_priority(std::int64_t priority, const char* what) const;
    boost::system::result<held_message> take();
    boost::system::error_code refuse_to_take() noexcept;
    boost::system::result<std::size_t> take_many(std::span<held_message> messages);
    boost::system::result<std::size_t> put_some(const batch_writer& write, std::size_t first, std::size_t most);
    void put_back(const held_message& message) noexcept;
    bool set_aside(const held_message& message);
    /// Gives back what is over its limit, if there is any and it is time to look. Returns whether anything came back.
    [[nodiscard]] bool collect_expired();
    /// False if the message was taken from the caller before the limit was set.
    [[nodiscard]] bool set_limit(held_message& m, lease_for limit) noexcept;
    [[nodiscard]] bool note(std::uint32_t cell, cell_word word, cell_note note) noexcept;
    /// False if the caller does not hold the message any more.
    [[nodiscard]] bool
    end_lease(std::uint32_t cell, std::uint64_t word, std::span<std::byte> data, dead_letter::reason why);
    void after_release() noexcept;
    void keep(kept_list& room, const held_message& message, taker by) noexcept;
    void give_back_kept() noexcept;
    void notify_if_idle() noexcept { notify_if_idle(shared_, idle_.on); }
    static void notify_if_idle(shared_queue& queue, channel& idle) noexcept;

    std::shared_ptr<attachment> attachment_;
    std::string name_;
    shared_queue shared_;
    wait_point not_empty_;
    wait_point not_full_;
    wait_point idle_;
    std::mutex kept_mutex_;
    kept_list kept_; // oldest first; guarded by kept_mutex_
};

} // namespace plait::ipc::detail
