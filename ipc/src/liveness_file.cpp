// Copyright 2026 the plait authors. Boost Software License 1.0
#include "layout.hpp"
#include "liveness_file.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::unique_fd;

struct flock record_lock(short type, unsigned first, unsigned count) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(first);
    lock.l_len = static_cast<off_t>(count);
    return lock;
}

std::string call(const char* command, unsigned byte) {
    return std::string("fcntl(liveness file, ") + command + ", byte " + std::to_string(byte) + ")";
}

constexpr unsigned all_bytes = housekeeping_byte + 1;

} // namespace

/// One liveness file that this process uses.
struct liveness_file::record {
    file_id id;
    std::vector<unique_fd> descriptors; // the first is the one that is used
    unsigned users = 0;                 // handles; guarded by the table's mutex
    std::mutex housekeeping;
};

struct liveness_file::table {
    std::mutex mutex; // held while a descriptor of any liveness file is opened or closed
    std::map<file_id, std::shared_ptr<record>> records;
    // What a forked child inherited: neither used nor closed there.
    std::vector<std::shared_ptr<record>> inherited;

    static table& instance() {
        static table* const one = new table; // never destroyed: attachments may outlive every static object
        return *one;
    }
    table() {
        ::pthread_atfork(
            [] { instance().mutex.lock(); }, [] { instance().mutex.unlock(); },
            [] {
                for (auto& [id, r] : instance().records)
                    instance().inherited.push_back(r);
                instance().records.clear();
                instance().mutex.unlock();
            });
    }

    /// With the mutex held.
    std::shared_ptr<record> enter(unique_fd fd) {
        struct stat status {};
        plait::detail::checked([&] { return ::fstat(fd.get(), &status); }, [] { return "fstat(liveness file)"; });
        file_id id{status.st_dev, status.st_ino};
        auto& there = records[id];
        if (!there) {
            there = std::make_shared<record>();
            there->id = id;
        }
        auto& all = there->descriptors;
        bool known = std::ranges::any_of(all, [&](auto& known_fd) { return known_fd.get() == fd.get(); });
        if (known)
            static_cast<void>(fd.release());
        else
            all.push_back(std::move(fd));
        ++there->users;
        return there;
    }
};

liveness_file liveness_file::adopt(unique_fd fd) {
    auto& t = table::instance();
    std::scoped_lock lock(t.mutex);
    return liveness_file(t.enter(std::move(fd)));
}

liveness_file liveness_file::open(const std::string& path, bool create, mode_t mode, uid_t owner) {
    auto& t = table::instance();
    std::scoped_lock lock(t.mutex);
    constexpr int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    for (;;) {
        // A look that opens nothing (O_PATH holds no file, so that closing it drops no lock).
        unique_fd look(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!look && errno != ENOENT) plait::detail::throw_system_error(errno, "open(" + path + ", O_PATH)");
        if (!look && !create) return {};
        if (look) {
            struct stat status {};
            plait::detail::checked([&] { return ::fstat(look.get(), &status); }, [&] { return "fstat(" + path + ")"; });
            if (!S_ISREG(status.st_mode)) throw segment_error(errc::segment_invalid, path + " is not a regular file");
            if (status.st_uid != owner)
                throw segment_error(
                    errc::segment_invalid, path + " belongs to user " + std::to_string(status.st_uid) +
                                               ", the segment to user " + std::to_string(owner));
            auto known = t.records.find({status.st_dev, status.st_ino});
            if (known != t.records.end()) {
                ++known->second->users;
                return liveness_file(known->second);
            }
        }
        // Without O_CREAT first: where fs.protected_regular is set, it is refused for the files of others.
        unique_fd fd(::open(path.c_str(), look ? flags : flags | O_CREAT | O_EXCL, mode));
        if (!fd && errno == (look ? ENOENT : EEXIST)) continue; // it changed between the two looks
        if (!fd) plait::detail::throw_system_error(errno, "open(" + path + ", O_RDWR)");
        if (!look) // the mask of the process has no say in it
            plait::detail::checked([&] { return ::fchmod(fd.get(), mode); }, [&] { return "fchmod(" + path + ")"; });
        return liveness_file(t.enter(std::move(fd)));
    }
}

void liveness_file::close(unique_fd fd) noexcept {
    if (!fd) return;
    auto& t = table::instance();
    std::scoped_lock lock(t.mutex);
    struct stat status {};
    if (::fstat(fd.get(), &status) == -1) return;
    auto at = t.records.find({status.st_dev, status.st_ino});
    if (at != t.records.end())
        at->second->descriptors.push_back(std::move(fd));
    else
        fd.reset(); // under the mutex: nobody begins to use the file in between
}

void liveness_file::remove_if_unused(const std::string& path, const std::function<bool()>& unused) {
    auto& t = table::instance();
    std::scoped_lock lock(t.mutex);
    struct stat status {};
    if (::lstat(path.c_str(), &status) == -1 || !S_ISREG(status.st_mode)) return;
    if (t.records.contains({status.st_dev, status.st_ino})) return;
    unique_fd fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return;
    auto all = record_lock(F_WRLCK, 0, all_bytes);
    struct stat locked {};
    if (::fcntl(fd.get(), F_SETLK, &all) == -1 || ::fstat(fd.get(), &locked) == -1) return;
    // Locked, and still the file of that name: whoever opened it meanwhile finds it gone when he has the lock.
    bool the_same =
        ::lstat(path.c_str(), &status) == 0 && status.st_dev == locked.st_dev && status.st_ino == locked.st_ino;
    if (the_same && unused()) ::unlink(path.c_str());
}

liveness_file::liveness_file(const liveness_file& other) noexcept : record_(other.record_) {
    if (!record_) return;
    std::scoped_lock lock(table::instance().mutex);
    ++record_->users;
}

liveness_file& liveness_file::operator=(liveness_file other) noexcept {
    std::swap(record_, other.record_);
    return *this;
}

liveness_file::~liveness_file() {
    if (!record_) return;
    auto& t = table::instance();
    std::scoped_lock lock(t.mutex);
    auto at = t.records.find(record_->id);
    if (at == t.records.end() || at->second != record_) return; // inherited by fork(): not ours to close
    if (--record_->users > 0) return;
    record_->descriptors.clear(); // under the mutex: nobody opens the file again before it is closed
    t.records.erase(at);
}

int liveness_file::fd() const noexcept { return record_->descriptors.front().get(); }
const file_id& liveness_file::id() const noexcept { return record_->id; }

bool liveness_file::lock(unsigned byte) const {
    auto lock = record_lock(F_WRLCK, byte, 1);
    if (plait::detail::retry_interrupted([&] { return ::fcntl(fd(), F_SETLK, &lock); }) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    plait::detail::throw_system_error(errno, call("F_SETLK", byte));
}

void liveness_file::unlock(unsigned byte) const noexcept {
    auto lock = record_lock(F_UNLCK, byte, 1);
    ::fcntl(fd(), F_SETLK, &lock);
}

std::optional<pid_t> liveness_file::other_holder(unsigned first, unsigned count) const {
    // The kernel does not tell a process about its own locks.
    auto lock = record_lock(F_WRLCK, first, count);
    if (plait::detail::retry_interrupted([&] { return ::fcntl(fd(), F_GETLK, &lock); }) == -1)
        plait::detail::throw_system_error(errno, call("F_GETLK", first));
    if (lock.l_type == F_UNLCK) return std::nullopt;
    return lock.l_pid;
}

liveness_file::housekeeping::housekeeping(const liveness_file& file)
    : file_(file), lock_(file.record_->housekeeping, std::defer_lock) {
    lock_within(longest_wait);
    if (owns_) return;
    auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(longest_wait).count();
    auto holder = file_.other_holder(housekeeping_byte, 1);
    throw timeout_error(
        "the housekeeping of a segment: " +
        (holder ? "process " + std::to_string(*holder) + " keeps it" : std::string("another thread keeps it")) +
        " for more than " + std::to_string(seconds) + " s; is that stopped?");
}

liveness_file::housekeeping::housekeeping(const liveness_file& file, std::try_to_lock_t)
    : file_(file), lock_(file.record_->housekeeping, std::defer_lock) {
    owns_ = try_lock();
}

liveness_file::housekeeping::housekeeping(const liveness_file& file, duration patience)
    : file_(file), lock_(file.record_->housekeeping, std::defer_lock) {
    lock_within(patience);
}

void liveness_file::housekeeping::lock_within(duration patience) {
    // There is no record lock with a timeout, and an alarm would be the program's. What is waited for takes
    // microseconds, or a stopped process has it.
    auto until = std::chrono::steady_clock::now() + patience;
    while (!(owns_ = try_lock()) && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::microseconds(200));
}

liveness_file::housekeeping::~housekeeping() {
    if (owns_) file_.unlock(housekeeping_byte);
}

bool liveness_file::housekeeping::try_lock() {
    if (!lock_.try_lock()) return false;
    if (file_.lock(housekeeping_byte)) return true;
    lock_.unlock();
    return false;
}

} // namespace plait::ipc::detail
