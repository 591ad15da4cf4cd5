// Copyright 2026 the plait authors. Boost Software License 1.0
#include "http_date.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace plait::crawl {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> days = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                  "Friday", "Saturday", "Sunday"};

/// Takes a text apart from its front. What does not fit makes it bad, and is read as 0.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool is_at_a_good_end() const noexcept { return good_ && rest_.empty(); }

    bool take(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }
    reader& expect(std::string_view expected) noexcept {
        good_ = take(expected) && good_;
        return *this;
    }
    int number(std::size_t digits) noexcept {
        int n = 0;
        for (; digits > 0; --digits) {
            if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
                good_ = false;
                return 0;
            }
            n = 10 * n + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return n;
    }
    unsigned month() noexcept {
        for (std::size_t i = 0; i < months.size(); ++i)
            if (take(months[i])) return static_cast<unsigned>(i) + 1;
        good_ = false;
        return 0;
    }
    /// 3 for "Sun", the length of the name for "Sunday".
    std::size_t day_name() noexcept {
        for (const std::string_view day : days) {
            if (take(day)) return day.size();
            if (take(day.substr(0, 3))) return 3;
        }
        good_ = false;
        return 0;
    }
    seconds time_of_day() noexcept {
        const int h = number(2), m = expect(":").number(2), s = expect(":").number(2);
        if (h > 23 || m > 59 || s > 60) good_ = false; // 60 is a leap second
        return hours(h) + minutes(m) + seconds(s);
    }

private:
    std::string_view rest_;
    bool good_ = true;
};

struct date_parts {
    int year = 0;
    unsigned month = 0, day = 0;
    seconds time{};
};

std::optional<wall_time> joined(const reader& r, const date_parts& d) {
    const year_month_day date{year(d.year), month(d.month), day(d.day)};
    if (!r.is_at_a_good_end() || !date.ok()) return std::nullopt;
    return sys_days(date) + d.time;
}

int whole_year(int two_digits, wall_time now) {
    const int this_year = static_cast<int>(year_month_day(floor<std::chrono::days>(now)).year());
    const int near = this_year - this_year % 100 + two_digits;
    return near > this_year + 50 ? near - 100 : near;
}

} // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) {
    reader r(text);
    date_parts d;
    const std::size_t name = r.day_name();
    if (r.take(" ")) { // asctime's, whose day may have one digit
        d.month = r.month();
        d.day = static_cast<unsigned>(r.expect(" ").take(" ") ? r.number(1) : r.number(2));
        r.expect(" ");
        d.time = r.time_of_day();
        d.year = r.expect(" ").number(4);
        return name == 3 ? joined(r, d) : std::nullopt;
    }
    const bool is_short = name == 3; // else as in RFC 850
    const std::string_view dash = is_short ? " " : "-";
    d.day = static_cast<unsigned>(r.expect(", ").number(2));
    d.month = r.expect(dash).month();
    d.year = r.expect(dash).number(is_short ? 4 : 2);
    if (!is_short) d.year = whole_year(d.year, now);
    r.expect(" ");
    d.time = r.time_of_day();
    r.expect(" GMT");
    return joined(r, d);
}

} // namespace plait::crawl
