// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// This process's attachment to one segment: the mapping, the participant index, the directory of objects. A process has
// at most one per segment, whatever number of handles; the registry in attachment.cpp sees to that, because the
// kernel's locks belong to the whole process.

#include "participants.hpp"

#include <plait/ipc/segment.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace plait::ipc::detail {

/// A mapping with more address space reserved behind it.
class mapped_file {
public:
    mapped_file() noexcept = default;
    mapped_file(int fd, std::size_t bytes, std::size_t room);
    ~mapped_file();
    mapped_file(mapped_file&& other) noexcept;
    mapped_file& operator=(mapped_file&&) = delete;
    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }

private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
    std::size_t room_ = 0;
};

class channel;
class loop_waiters;

class attachment {
public:
    static std::shared_ptr<attachment> create(const segment_options& options);
    static std::shared_ptr<attachment> attach(int memory_fd, int liveness_fd);

    attachment(plait::detail::unique_fd memory, plait::detail::unique_fd liveness, mapped_file map);
    ~attachment();
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;

    /// This process's index. Throws segment_error in a child made by fork(), which is not a participant.
    [[nodiscard]] unsigned self() const {
        unsigned index = self_.load(std::memory_order_relaxed);
        if (index == no_participant) [[unlikely]]
            throw_not_attached();
        return index;
    }
    [[nodiscard]] unsigned self_or_none() const noexcept { return self_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool is_attached() const noexcept { return self_.load(std::memory_order_relaxed) != no_participant; }

    [[nodiscard]] int memory_fd() const noexcept { return memory_.get(); }
    [[nodiscard]] int liveness_fd() const noexcept { return liveness_.get(); }
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {map_.data(), map_.size()}; }
    [[nodiscard]] const segment_header& header() const noexcept;
    [[nodiscard]] participant_table& participants() noexcept { return participants_; }
    [[nodiscard]] std::size_t free_bytes() const noexcept;

    /// Makes an object of `bytes` bytes: `format` fills its memory, which is zero, before anybody can see it.
    /// Throws error(object_exists), segment_error(segment_full), error(invalid_argument) for a bad name.
    template <class Format>
    directory_entry&
    make_object(std::string_view name, object_type type, std::size_t bytes, std::uint64_t layout_hash, Format format) {
        participant_table::housekeeping lock(participants_);
        directory_entry& entry = reserve_entry(name, bytes, layout_hash);
        format(memory_of(entry));
        publish_entry(entry, type);
        return entry;
    }
    /// Throws error(object_not_found); segment_error(segment_invalid) if it is of another type or layout.
    [[nodiscard]] directory_entry&
    find_object(std::string_view name, object_type type, std::uint64_t layout_hash) const;
    /// The memory of an object. Throws segment_error(segment_invalid) if the entry points outside the segment.
    [[nodiscard]] std::span<std::byte> memory_of(const directory_entry& entry) const;
    [[nodiscard]] std::span<directory_entry> directory() const noexcept;

    /// The object that stands for `key` in this process: the one there is, or the one that `make` makes.
    [[nodiscard]] std::shared_ptr<void> only_one(const void* key, const std::function<std::shared_ptr<void>()>& make);

    /// Wakes a coroutine of participant `index` that waits on `on`: here if that is this process, by its doorbell else.
    void ring(unsigned index, const channel& on) noexcept;
    /// Makes this process's doorbell known. Throws as doorbell::instance().
    void publish_doorbell();
    /// The doorbell was rung: looks after everybody in this process who waits for something in the segment.
    void answer() noexcept;
    void add_waiters(const void* on, const std::shared_ptr<loop_waiters>& waiters);

    /// See segment::sweep.
    unsigned sweep();
    /// The monitor's form: does nothing while somebody else sweeps, and wakes waiters whose waker was stopped.
    void tick() noexcept;
    /// No more ticks: for tests in which nobody else may sweep.
    void stop_ticking() noexcept;

    /// Keeps a second descriptor of the liveness file open for as long as the attachment lives.
    void keep(plait::detail::unique_fd liveness) {
        std::scoped_lock lock(waiters_mutex_);
        also_liveness_.push_back(std::move(liveness));
    }

    /// In the child of a fork: the attachment is the parent's.
    void forget_after_fork() noexcept { self_.store(no_participant, std::memory_order_relaxed); }

private:
    [[noreturn]] static void throw_not_attached();
    unsigned sweep_locked();
    void sweep_participant(unsigned dead);
    void ring_again_for(unsigned dead) noexcept;
    directory_entry& reserve_entry(std::string_view name, std::size_t bytes, std::uint64_t layout_hash);
    void publish_entry(directory_entry& entry, object_type type) noexcept;
    [[nodiscard]] directory_entry* lookup(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t first_free_byte() const noexcept;

    plait::detail::unique_fd memory_;
    plait::detail::unique_fd liveness_;
    std::vector<plait::detail::unique_fd> also_liveness_;
    mapped_file map_;
    participant_table participants_;
    std::atomic<unsigned> self_{no_participant};
    std::uint64_t ticking_ = 0; // the registration with the monitor

    struct local_waiters {
        const void* on;
        std::weak_ptr<loop_waiters> who;
    };
    [[nodiscard]] std::vector<std::shared_ptr<loop_waiters>> waiters_on(const void* on); // nullptr: on anything
    std::mutex waiters_mutex_;
    std::vector<local_waiters> waiters_;
    bool doorbell_published_ = false; // guarded by waiters_mutex_
    std::mutex objects_mutex_;
    std::map<const void*, std::weak_ptr<void>> objects_; // see only_one; guarded by objects_mutex_
};

} // namespace plait::ipc::detail
