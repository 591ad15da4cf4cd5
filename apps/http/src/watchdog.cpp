// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/http/watchdog.hpp>
#include <plait/runtime/wait.hpp>

#include <ctime>

namespace plait::http {

watchdog::watched::watched(watchdog& dog) noexcept : dog_(&dog), next_(dog.first_) {
    if (next_) next_->previous_ = this;
    dog.first_ = this;
    ++dog.size_;
}

watchdog::watched::~watched() {
    (previous_ ? previous_->next_ : dog_->first_) = next_;
    if (next_) next_->previous_ = previous_;
    --dog_->size_;
}

void watchdog::run() {
    for (;;) {
        read_the_date();
        const time_point now = plait::detail::party::current().now();
        for (watched* w = first_; w; w = w->next_) {
            if (w->is_looked_after_) w->look();
            if (w->deadline_ > (grants_time_ ? now : time_point::max() - duration(1))) continue;
            w->disarm();
            w->expire();
        }
        sleep_for(interval);
    }
}

void watchdog::stop_idling() noexcept {
    stopping_ = true;
    for (watched* w = first_; w; w = w->next_)
        w->stop_idling();
}

void watchdog::read_the_date() {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now == date_second_) return;
    date_second_ = now;
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    // The C locale's names are the English ones that the format asks for; nobody here sets another locale.
    date_length_ = std::strftime(date_line_.data(), date_line_.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
}

} // namespace plait::http
