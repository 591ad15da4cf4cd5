// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// One request and its answer on one connection: what a response is behind its handle.

#include "connection_pool.hpp"

#include <plait/http/client_error.hpp>
#include <plait/http/content_decoder.hpp>
#include <plait/http/request.hpp>
#include <plait/http/response_head.hpp>

#include <memory>
#include <optional>
#include <string>

namespace plait::http {

class exchange {
public:
    /// `name` is the origin's, for errors; `until` is when everything has to be over.
    exchange(connection_pool::lease lease, std::unique_ptr<connection> c, std::string name, time_point until);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    ~exchange();

    /// Sends the request, and reads the answer's head. False if the connection ended before any byte of the answer, and the
    /// request was not, or may be, sent once more; only asked for a connection that was `kept`.
    [[nodiscard]] bool run(std::string_view head, const request& r, bool kept);

    /// As of a response.
    [[nodiscard]] const response_head& head() const noexcept { return head_; }
    [[nodiscard]] std::string_view read_some();

    /// Closes the connection, and gives the right to one on to another exchange.
    [[nodiscard]] connection_pool::lease give_up() noexcept {
        connection_.reset();
        return std::move(lease_);
    }

private:
    enum class received : unsigned char { bytes, end };

    void send(std::string_view head, const request& r);
    [[nodiscard]] bool read_head(time_point first_byte_by);
    [[nodiscard]] received receive(time_point first_byte_by);
    void keep_head();
    void decode(const decoding_limits& l);
    [[nodiscard]] std::string_view read_undecoded();
    void finish();
    void abandon();
    [[noreturn]] void fail(fault what, const std::string& why, boost::system::error_code cause = {});

    connection_pool::lease lease_;
    std::unique_ptr<connection> connection_;
    const std::string name_;
    const time_point until_;
    bool keep_alive_ = true;
    boost::system::error_code broken_; // why not all of the request was sent, or no more can be received
    std::unique_ptr<char[]> texts_;
    response_head head_;
    std::optional<content_decoder> decoder_;
    std::string_view undecoded_; // received, in the reader's buffer
    std::optional<client_error> failure_;
};

} // namespace plait::http
