// Copyright 2026 the plait authors. Boost Software License 1.0
#include "schedule.hpp"

#include <plait/runtime/error.hpp>

#include <cmath>

namespace plait::load {

schedule::schedule(double rate, time_point start, spacing between, std::uint64_t seed)
    : rate_(rate), start_(start), between_(between), random_(seed), due_(start) {
    if (!(std::isfinite(rate) && rate > 0))
        throw error(errc::invalid_argument, "schedule.rate: it must be finite and more than 0 requests a second");
}

void schedule::advance() {
    ++count_;
    if (between_ == spacing::poisson) gaps_ += random_gap();
    const double seconds = (between_ == spacing::poisson ? gaps_ : static_cast<double>(count_)) / rate_;
    due_ = start_ + duration(std::llround(seconds * 1e9));
}

// By inversion, and not by std::exponential_distribution, which is free to differ from library to library.
double schedule::random_gap() {
    const double from_0_to_1 = static_cast<double>(random_() >> 11) * 0x1p-53; // less than 1
    return -std::log1p(-from_0_to_1);
}

} // namespace plait::load
