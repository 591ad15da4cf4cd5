// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/barrier.hpp>
#include <plait/runtime/error.hpp>

#include <boost/system/system_error.hpp>

namespace plait {

barrier::barrier(std::size_t parties, std::function<void()> action) : parties_(parties), action_(std::move(action)) {
    if (parties == 0) throw error(errc::invalid_argument, "barrier: 0 parties; there must be at least 1");
}

// With the lock held. True if the caller need not wait: it is the last, and if it is still in its phase, it has to act.
bool barrier::arrive(arrival& a) {
    if (broken_) throw error(errc::barrier_broken, arrival::what);
    if (acting_) return false;
    if (!phase_) phase_ = std::make_shared<phase>();
    a.place = phase_->arrived++;
    bool is_last = phase_->arrived == parties_;
    if (is_last && !action_) {
        end_phase(outcome::complete);
        return true;
    }
    acting_ = is_last;
    a.in = phase_;
    return is_last;
}

// With the lock held.
void barrier::end_phase(outcome ends) noexcept {
    if (phase_) phase_->ends = ends;
    phase_.reset();
    acting_ = false;
    waiting_.wake_all();
    at_the_door_.wake_all();
}

std::size_t barrier::arrive_until_deadline(deadline until) {
    detail::throw_if_park_would_block_loop("barrier.arrive_and_wait in a handler on a loop's thread");
    arrival a(*this);
    detail::wait_state result = detail::perform(a, until);
    if (result == detail::wait_state::woken)
        a.act_if_last();
    else if (!a.is_through())
        detail::throw_unless_woken(result, arrival::what);
    return a.place;
}

std::optional<std::size_t> barrier::try_arrive_and_wait() {
    arrival a(*this);
    {
        std::lock_guard guard(lock_);
        std::size_t arrived = phase_ ? phase_->arrived : 0;
        if (!broken_ && (acting_ || arrived + 1 < parties_)) return std::nullopt;
        arrive(a);
    }
    a.act_if_last();
    return a.place;
}

void barrier::abort() noexcept {
    std::lock_guard guard(lock_);
    broken_ = true;
    end_phase(outcome::broken);
}

void barrier::reset() noexcept {
    std::lock_guard guard(lock_);
    broken_ = false;
    end_phase(outcome::broken);
}

std::size_t barrier::n_waiting() const noexcept {
    std::lock_guard guard(lock_);
    return phase_ ? phase_->arrived : 0;
}

bool barrier::broken() const noexcept {
    std::lock_guard guard(lock_);
    return broken_;
}

bool barrier::arrival::attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool) {
    if (!in) return of.arrive(*this);
    bool complete = std::exchange(in, nullptr)->ends == outcome::complete;
    if (!complete) throw error(errc::barrier_broken, arrival::what);
    return true;
}

void barrier::arrival::act_if_last() {
    if (!in) return;
    of.action_(); // if it throws, the phase is left while it is open
    std::lock_guard guard(of.lock_);
    bool broken_meanwhile = std::exchange(in, nullptr)->ends == outcome::broken;
    if (broken_meanwhile) throw error(errc::barrier_broken, arrival::what);
    of.end_phase(outcome::complete);
}

boost::system::error_code barrier::arrival::act_if_last_and_report() {
    try {
        act_if_last();
        return {};
    } catch (const boost::system::system_error& e) {
        return e.code();
    }
}

// For one that was not woken: the others may have come all the same.
bool barrier::arrival::is_through() noexcept {
    std::lock_guard guard(of.lock_);
    if (!in || in->ends != outcome::complete) return false;
    in.reset();
    return true;
}

void barrier::arrival::leave() noexcept {
    if (!in) return;
    std::lock_guard guard(of.lock_);
    if (std::exchange(in, nullptr)->ends != outcome::open) return;
    of.broken_ = true;
    of.end_phase(outcome::broken);
}

} // namespace plait
