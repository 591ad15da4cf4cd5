// Copyright 2026 the plait authors. Boost Software License 1.0
#include "ledger.hpp"

namespace plait::load {

std::string_view to_string(outcome o) noexcept {
    switch (o) {
    case outcome::not_sent: return "not sent";
    case outcome::unanswered: return "unanswered";
    case outcome::answered: return "answered";
    case outcome::shed: return "shed";
    case outcome::lost: return "lost";
    }
    return "";
}

ledger::id ledger::add(time_point due) {
    entries_.push_back({.due = due});
    ++counts_[static_cast<std::size_t>(outcome::not_sent)];
    return entries_.size() - 1;
}

bool ledger::change(id which, outcome from, outcome to) {
    if (which >= entries_.size() || entries_[which].what != from) {
        ++contradictions_;
        return false;
    }
    entries_[which].what = to;
    --counts_[static_cast<std::size_t>(from)];
    ++counts_[static_cast<std::size_t>(to)];
    return true;
}

bool ledger::send(id which) { return change(which, outcome::not_sent, outcome::unanswered); }

bool ledger::take_back(id which) { return change(which, outcome::unanswered, outcome::not_sent); }

bool ledger::answer(id which, std::uint16_t status, std::int32_t worker, time_point when) {
    if (!change(which, outcome::unanswered, status == 503 ? outcome::shed : outcome::answered)) return false;
    entry& e = entries_[which];
    e.status = status;
    e.worker = worker;
    e.ended = when;
    return true;
}

bool ledger::lose(id which, time_point when) {
    if (!change(which, outcome::unanswered, outcome::lost)) return false;
    entries_[which].ended = when;
    return true;
}

} // namespace plait::load
