// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "monitor.hpp"
#include "registry.hpp"

#include <plait/runtime/error.hpp>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

constexpr std::size_t room_factor = 16; // address space reserved, in sizes of the segment

[[noreturn]] void refuse(const std::string& why) { throw segment_error(errc::segment_invalid, "segment: " + why); }

struct stat status_of(int fd) {
    struct stat s {};
    checked([&] { return ::fstat(fd, &s); }, [&] { return "fstat(" + std::to_string(fd) + ")"; });
    return s;
}

registry::key key_of(int fd) {
    auto s = status_of(fd);
    return {s.st_dev, s.st_ino};
}

unique_fd make_memfd(const char* name, unsigned flags) {
    return unique_fd(checked(
        [&] { return ::memfd_create(name, flags | MFD_CLOEXEC); },
        [&] { return std::string("memfd_create(") + name + ")"; }));
}

void set_close_on_exec(int fd) {
    checked(
        [&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); }, [&] { return "fcntl(" + std::to_string(fd) + ", F_SETFD)"; });
}

/// The boot that this is: what a lock or a process id of another boot says means nothing now.
boot_id current_boot() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    std::getline(file, text);
    boot_id id{{hash_of(1U), hash_of(2U)}};
    for (char c : text) {
        id.words[0] = hash_of(id.words[0], static_cast<unsigned char>(c));
        id.words[1] = hash_of(id.words[1], static_cast<unsigned char>(c), 7U);
    }
    return id;
}

/// Checks everything that the header says against the file behind it, so that no later step has to.
void validate(const segment_header& header, std::size_t file_bytes, ino_t liveness_inode) {
    if (header.magic != segment_magic) refuse("the memory does not begin with the mark of a segment");
    if (header.version != segment_version)
        refuse(
            "it has layout version " + std::to_string(header.version) + ", this program " +
            std::to_string(segment_version));
    if (header.layout_hash != segment_layout_hash) refuse("it was laid out by an incompatible build");
    if (header.boot != current_boot()) refuse("it is of an earlier boot");
    if (header.size != file_bytes)
        refuse(
            "it says that it has " + std::to_string(header.size) + " bytes, the file has " +
            std::to_string(file_bytes));
    if (header.max_participants < 1 || header.max_participants > participants_limit)
        refuse("its number of participants is out of range");
    if (header.objects != objects_offset(header.max_participants) || header.objects > header.size)
        refuse("its parts do not fit into it");
    if (header.address_room < header.size || header.address_room > header.size * room_factor + (1U << 21))
        refuse("its address room is out of range");
    if (header.liveness_inode != liveness_inode) refuse("the liveness file belongs to another segment");
}

participant_slot* slots_in(std::byte* base) {
    return std::launder(reinterpret_cast<participant_slot*>(base + participants_offset()));
}

bool same_file(int a, int b) noexcept {
    struct stat x {
    }, y{};
    return ::fstat(a, &x) == 0 && ::fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/// What was refused may be the liveness file of a segment that this process is in: closing it would drop that lock.
void keep_lock_behind(unique_fd liveness) {
    for (auto& a : registry::instance().all()) {
        if (!same_file(a->liveness_fd(), liveness.get())) continue;
        if (a->liveness_fd() == liveness.get())
            static_cast<void>(liveness.release());
        else
            a->keep(std::move(liveness));
        return;
    }
}

} // namespace

mapped_file::mapped_file(int fd, std::size_t bytes, std::size_t room) : bytes_(bytes), room_(room) {
    void* at = ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        plait::detail::throw_system_error(errno, "mmap(" + std::to_string(room) + " bytes of address space)");
    if (::mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
        int code = errno;
        ::munmap(at, room);
        plait::detail::throw_system_error(code, "mmap(segment, " + std::to_string(bytes) + " bytes)");
    }
    data_ = static_cast<std::byte*>(at);
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_), room_(other.room_) {}

mapped_file::~mapped_file() {
    if (data_) ::munmap(data_, room_);
}

std::shared_ptr<attachment> attachment::create(const segment_options& options) {
    if (options.max_participants < 1 || options.max_participants > participants_limit)
        throw error(
            errc::invalid_argument, "segment_options::max_participants is " + std::to_string(options.max_participants) +
                                        "; it must be 1 to " + std::to_string(participants_limit));
    auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::size_t least = std::max(segment_minimum, objects_offset(options.max_participants) + page);
    if (options.bytes < least || options.bytes > std::size_t{1} << 46)
        throw error(
            errc::invalid_argument, "segment_options::bytes is " + std::to_string(options.bytes) +
                                        "; it must be at least " + std::to_string(least) +
                                        " with so many participants, and at most 64 TiB");
    std::size_t bytes = round_up(options.bytes, page);

    unique_fd memory = make_memfd("plait-segment", MFD_ALLOW_SEALING);
    if (int code = ::posix_fallocate(memory.get(), 0, static_cast<off_t>(bytes)))
        plait::detail::throw_system_error(code, "posix_fallocate(segment, " + std::to_string(bytes) + " bytes)");
    // Nobody can take the memory away from under those who map it; and nobody can seal it against writing.
    checked(
        [&] { return ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL); },
        [] { return std::string("fcntl(segment, F_ADD_SEALS)"); });
    unique_fd liveness = make_memfd("plait-liveness", 0);

    mapped_file map(memory.get(), bytes, bytes * room_factor);
    auto* header = new (map.data()) segment_header{};
    header->version = segment_version;
    header->max_participants = options.max_participants;
    header->layout_hash = segment_layout_hash;
    header->boot = current_boot();
    header->size = bytes;
    header->address_room = bytes * room_factor;
    header->liveness_inode = status_of(liveness.get()).st_ino;
    header->objects = objects_offset(options.max_participants);
    header->magic = segment_magic;

    auto key = key_of(memory.get());
    bool made = false;
    return registry::instance().find_or_make(
        key, [&] { return std::make_shared<attachment>(std::move(memory), std::move(liveness), std::move(map)); },
        made);
}

std::shared_ptr<attachment> attachment::attach(int memory_fd, int liveness_fd) {
    unique_fd memory(memory_fd);
    unique_fd liveness(liveness_fd);
    bool made = false;
    auto make = [&] {
        auto status = status_of(memory.get());
        auto file_bytes = static_cast<std::size_t>(status.st_size);
        if (!S_ISREG(status.st_mode)) refuse("the descriptor is not one of memory");
        int seals = ::fcntl(memory.get(), F_GET_SEALS);
        if (seals == -1 || (seals & F_SEAL_SHRINK) == 0) refuse("the memory is not sealed against shrinking");
        if (file_bytes < segment_minimum) refuse("it has only " + std::to_string(file_bytes) + " bytes");
        segment_header header;
        auto got = checked(
            [&] { return ::pread(memory.get(), &header, sizeof header, 0); },
            [] { return std::string("pread(segment header)"); });
        if (got != static_cast<ssize_t>(sizeof header)) refuse("the header is truncated");
        auto live = status_of(liveness.get());
        if (!S_ISREG(live.st_mode)) refuse("the descriptor of the liveness file is not one of a file");
        // The header was read into memory of our own first: nobody can change it between check and use.
        validate(header, file_bytes, live.st_ino);
        set_close_on_exec(memory.get());
        set_close_on_exec(liveness.get());
        mapped_file map(memory.get(), file_bytes, header.address_room);
        return std::make_shared<attachment>(std::move(memory), std::move(liveness), std::move(map));
    };
    std::shared_ptr<attachment> there;
    try {
        there = registry::instance().find_or_make(key_of(memory.get()), make, made);
    } catch (...) {
        keep_lock_behind(std::move(liveness));
        throw;
    }
    if (!made) {
        // Closing any descriptor of the liveness file would drop this process's lock, so it is kept. Descriptors that
        // are the attachment's own are not ours to close either.
        if (memory.get() == there->memory_fd()) static_cast<void>(memory.release());
        if (liveness.get() == there->liveness_fd())
            static_cast<void>(liveness.release());
        else
            there->keep(std::move(liveness));
    }
    return there;
}

attachment::attachment(unique_fd memory, unique_fd liveness, mapped_file map)
    : memory_(std::move(memory)),
      liveness_(std::move(liveness)),
      map_(std::move(map)),
      participants_(slots_in(map_.data()), header().max_participants, liveness_.get()) {
    self_.store(participants_.claim(), std::memory_order_relaxed);
    // Alive until the tick is over: waking a coroutine may drop the last handle, and unwatch() does not wait for a tick
    // that is its own caller. In a destructor, or before anybody has a handle, there is nothing to look after.
    ticking_ = monitor::instance().tick([this] {
        if (auto alive = registry::instance().handle_of(*this)) alive->tick();
    });
}

void attachment::stop_ticking() noexcept { monitor::instance().unwatch(std::exchange(ticking_, 0)); }

attachment::~attachment() {
    if (!is_attached()) {
        // A forked child. It may have entered the segment anew: closing these descriptors would drop that lock.
        static_cast<void>(liveness_.release());
        for (auto& fd : also_liveness_)
            static_cast<void>(fd.release());
        return;
    }
    stop_ticking();
    auto detach = [this] {
        participants_.leave(self_.load(std::memory_order_relaxed));
        also_liveness_.clear();
        liveness_.reset();
    };
    registry::instance().remove(key_of(memory_.get()), detach);
}

std::shared_ptr<void> attachment::only_one(const void* key, const std::function<std::shared_ptr<void>()>& make) {
    std::scoped_lock lock(objects_mutex_);
    auto& there = objects_[key];
    auto object = there.lock();
    if (!object) there = object = make();
    return object;
}

const segment_header& attachment::header() const noexcept {
    return *std::launder(reinterpret_cast<const segment_header*>(map_.data()));
}

void attachment::throw_not_attached() {
    throw segment_error(
        errc::segment_invalid,
        "segment: this process was made by fork() and is not a participant; attach() in it, or start it with exec");
}

} // namespace plait::ipc::detail
