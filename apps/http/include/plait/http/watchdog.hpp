// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Ends the waits of connections whose time is over. Arming and disarming a deadline is one store: a coroutine walks
// over all connections four times a second instead of keeping a timer for each read. A deadline therefore comes up to a
// quarter of a second late, which no client can tell from the network.
//
// Thread safety: none; a watchdog and all that it watches belong to one loop.

#include <plait/runtime/clock.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace plait::http {

class watchdog {
public:
    static constexpr std::chrono::milliseconds interval{250};

    /// Somebody who may have to be told that its time is over.
    class watched {
    public:
        explicit watched(watchdog& dog) noexcept;
        virtual ~watched();
        watched(const watched&) = delete;
        watched& operator=(const watched&) = delete;

        [[nodiscard]] watchdog& dog() const noexcept { return *dog_; }

    protected:
        /// From now on until disarm(), expire() is called when `at` has passed.
        void arm(time_point at) noexcept { deadline_ = at; }
        void disarm() noexcept { deadline_ = time_point::max(); }
        /// Whether look() is called at each round.
        void have_looked_after(bool yes) noexcept { is_looked_after_ = yes; }

    private:
        friend class watchdog;
        /// Called once for each armed deadline. Must not wait.
        virtual void expire() noexcept = 0;
        /// Must not wait.
        virtual void look() noexcept {}
        /// The server stops: whoever only waits for more to do ends that. Must not wait.
        virtual void stop_idling() noexcept = 0;

        watchdog* dog_;
        watched *next_, *previous_ = nullptr;
        time_point deadline_ = time_point::max();
        bool is_looked_after_ = false;
    };

    watchdog() = default;
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Watches until cancelled. Run it as a coroutine of the loop that the watched run on.
    void run();

    /// Tells everybody that the server stops.
    void stop_idling() noexcept;
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    /// From now on every deadline is over as soon as it is armed: nobody waits longer than an interval.
    void grant_no_more_time() noexcept { grants_time_ = false; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The Date of answers (RFC 9110 §6.6.1), at most one interval old, as a whole header line.
    [[nodiscard]] std::string_view date_line() const noexcept { return {date_line_.data(), date_length_}; }

private:
    void read_the_date();

    watched* first_ = nullptr;
    std::size_t size_ = 0;
    bool stopping_ = false;
    bool grants_time_ = true;
    std::chrono::system_clock::time_point date_second_{};
    std::array<char, 48> date_line_{};
    std::size_t date_length_ = 0;
};

} // namespace plait::http
