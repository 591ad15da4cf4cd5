// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Answers of handlers that the front does not know, made into what it can send as it is, or refused.

#include "handlers.hpp"

#include <plait/http/request_head.hpp>
#include <plait/intake/response.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait::intake {

/// What a handler has answered cannot be sent; the text says why, for the client and for the log.
class faulty_answer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Header lines and the body, in one piece of memory that is used again.
class answer_text {
public:
    explicit answer_text(std::uint64_t max_body) noexcept : max_body_(max_body) {}

    /// Throws faulty_answer: for a status that is none, or no final one (RFC 9110 §15); for names and values that are not
    /// those of header lines (§5.1, §5.5), or that the front alone may send; for a body that is too large, or where there
    /// must be none.
    [[nodiscard]] outgoing write(const response& from);
    /// An answer that says why there is none.
    [[nodiscard]] outgoing write_fault(const faulty_answer& why);

    /// Whether a field of this name belongs to the connection, or is the front's to say (RFC 9110 §7.6.1, §6.6.1).
    [[nodiscard]] static bool is_of_the_front(std::string_view name) noexcept;

    [[nodiscard]] std::uint64_t max_body() const noexcept { return max_body_; }

private:
    void add_line(std::string_view name, std::string_view value);

    std::uint64_t max_body_;
    std::string bytes_;
};

/// The head of a request as handlers see it. Used again for the next one.
class request_view {
public:
    /// Refers to `from`.
    [[nodiscard]] const request& read(const incoming& from);

private:
    http::request_head head_;
    std::vector<header> headers_;
    std::array<char, 24> id_{};
    request request_{};
};

} // namespace plait::intake
