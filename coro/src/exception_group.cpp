// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/exception_group.hpp>

#include <algorithm>
#include <string>

namespace plait {
namespace {

std::string text_of(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& x) {
        return x.what();
    } catch (...) {
        return "an exception that is not a std::exception";
    }
}

std::string text_of_all(const std::vector<std::exception_ptr>& exceptions) {
    std::string text = std::to_string(exceptions.size()) + " failures: ";
    for (const std::exception_ptr& e : exceptions)
        text.append("(").append(text_of(e)).append(") ");
    text.pop_back();
    return text;
}

} // namespace

exception_group::exception_group(std::vector<std::exception_ptr> exceptions)
    : error(errc::several_failures, text_of_all(exceptions)),
      exceptions_(std::make_shared<const std::vector<std::exception_ptr>>(std::move(exceptions))) {}

namespace detail {

void exception_collector::add(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const exception_group& group) {
        for (const std::exception_ptr& one : group.exceptions())
            add_one(one);
    } catch (...) {
        add_one(e);
    }
}

void exception_collector::add_one(const std::exception_ptr& e) {
    if (std::find(exceptions_.begin(), exceptions_.end(), e) == exceptions_.end()) exceptions_.push_back(e);
}

void exception_collector::rethrow() && {
    if (exceptions_.size() == 1) std::rethrow_exception(exceptions_.front());
    throw exception_group(std::move(exceptions_));
}

} // namespace detail
} // namespace plait
