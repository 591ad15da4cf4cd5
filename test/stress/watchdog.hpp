// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   what is watched ──progress()──▶ watchdog, once a second ──the same for too long──▶ describe() everything, abort
//
// Finds out that somebody waits for ever. How long is "for ever" is chosen so generously that a slow machine is not
// taken for a hang; it is no judgement of speed.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace plait::stress {

/// Something that must not stand still. Both functions are called on the watchdog's thread while the others run.
class watched {
public:
    [[nodiscard]] virtual std::uint64_t progress() const = 0;
    virtual void describe(std::ostream& out) const = 0;

protected:
    watched() = default;
    ~watched() = default;
};

class watchdog {
public:
    explicit watchdog(std::chrono::seconds patience);
    ~watchdog();
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    void add(const watched& w);
    void remove(const watched& w);

    /// Says what went wrong and where, describes everything that is watched, and aborts. Any thread; the first one wins.
    [[noreturn]] void fail(const std::string& what);

private:
    using clock = std::chrono::steady_clock;
    struct sight {
        std::uint64_t progress;
        clock::time_point since;
    };

    void watch();

    const std::chrono::seconds patience_;
    std::mutex lock_;
    std::condition_variable wake_;
    bool over_ = false;
    std::map<const watched*, sight> sights_;
    std::thread thread_;
};

} // namespace plait::stress
