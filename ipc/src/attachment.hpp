// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   create, create_at ──▶ header ──▶ participant 0 ──▶ the name                creation.cpp
//   attach, open_at   ──▶ housekeeping lock ──▶ checks ──▶ participant i        entering.cpp
//   ~attachment       ──▶ housekeeping lock ──▶ the last one clears up          leaving.cpp
//
// This process's attachment to one segment: the mapping, the participant index, the directory of objects. A process has
// at most one per segment, whatever number of handles; the registry sees to that, because the kernel's locks belong to
// the whole process.

#include "liveness_file.hpp"
#include "mapped_file.hpp"
#include "participants.hpp"

#include <plait/ipc/segment.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plait::ipc::detail {

class channel;
class loop_waiters;
class segment_place;

class attachment {
public:
    static std::shared_ptr<attachment> create(const segment_options& options);
    static std::shared_ptr<attachment> attach(int memory_fd, int liveness_fd);
    static std::shared_ptr<attachment> create_at(const segment_place& place, const segment_options& options);
    static std::shared_ptr<attachment> open_at(const segment_place& place, std::optional<uid_t> owner);
    static std::shared_ptr<attachment> open_or_create_at(const segment_place& place, const segment_options& options);
    /// Takes the names away; those who are in stay in. False if there was none.
    static bool remove_at(const segment_place& place);

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
    [[nodiscard]] int liveness_fd() const noexcept { return participants_.liveness().fd(); }
    [[nodiscard]] const segment_plan& plan() const noexcept { return plan_; } ///< as it was when it was checked
    /// How many bytes there are now. Never more than the file has.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {map_.data(), size()}; }
    [[nodiscard]] participant_table& participants() noexcept { return participants_; }
    [[nodiscard]] std::size_t free_bytes() const noexcept;

    /// Makes an object of `bytes` bytes: `format` fills its memory, which is zero, before anybody can see it. The segment
    /// grows if it must and may. Throws error(object_exists), segment_error(segment_full), error(invalid_argument) for a
    /// bad name.
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

    /// In the child of a fork: the attachment is the parent's.
    void forget_after_fork() noexcept {
        self_.store(no_participant, std::memory_order_relaxed);
        forked_ = true;
    }

private:
    friend class registry; // destroys it
    attachment(plait::detail::unique_fd memory, liveness_file liveness, mapped_file map, const segment_plan& plan);
    ~attachment();
    static std::shared_ptr<attachment>
    construct(plait::detail::unique_fd memory, liveness_file liveness, mapped_file map, const segment_plan& plan);

    [[noreturn]] static void throw_not_attached();

    static std::shared_ptr<attachment> make_at(const segment_place& place, const segment_options& options);
    enum class intent { enter, look };
    struct look_result {
        std::shared_ptr<attachment> there;
        bool exists = false;
    };
    static look_result look_at(const segment_place& place, std::optional<uid_t> owner, intent what);
    /// Validates what the checked header leaves open and takes an index. By the holder of the housekeeping lock.
    static std::shared_ptr<attachment>
    enter(plait::detail::unique_fd memory, liveness_file liveness, const segment_header& header);
    static void format(const mapped_file& map, const segment_plan& plan, std::size_t bytes, ino_t liveness_inode);
    void check_directory() const;
    /// The first to enter a file that was closed in order: makes it one of this boot. May be cut off and begun again.
    void reopen();
    void claim();
    void start_ticking();
    void leave() noexcept;
    void close_in_order();

    [[nodiscard]] segment_header& header() const noexcept;
    [[nodiscard]] std::size_t look_at_size(std::size_t said) const noexcept;
    void grow(std::size_t bytes);
    void restart_objects();
    unsigned sweep_locked();
    void sweep_participant(unsigned dead);
    void ring_again_for(unsigned dead) noexcept;
    directory_entry& reserve_entry(std::string_view name, std::size_t bytes, std::uint64_t layout_hash);
    void publish_entry(directory_entry& entry, object_type type) noexcept;
    [[nodiscard]] directory_entry* lookup(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t first_free_byte() const noexcept;

    plait::detail::unique_fd memory_;
    file_id id_; // of the memory
    mapped_file map_;
    segment_plan plan_;
    mutable std::atomic<std::size_t> known_size_{0}; // that the file has had
    participant_table participants_;
    std::atomic<unsigned> self_{no_participant};
    bool forked_ = false;       // this is the child's copy of its parent's
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
