// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/http/fault.hpp>

#include <string>

namespace plait::http {
namespace {

constexpr const char* message_of(fault f) noexcept {
    switch (f) {
    case fault::none: return "no fault";
    case fault::invalid_request: return "the request cannot be sent";
    case fault::busy: return "no connection became free in time";
    case fault::not_resolved: return "the host has no address";
    case fault::address_refused: return "the address is not allowed";
    case fault::not_connected: return "the host does not answer";
    case fault::tls: return "TLS failed";
    case fault::connect_timed_out: return "connecting took too long";
    case fault::first_byte_timed_out: return "the answer took too long to begin";
    case fault::timed_out: return "the answer took too long";
    case fault::closed: return "the connection ended without an answer";
    case fault::truncated: return "the answer is cut short";
    case fault::malformed: return "the answer is malformed";
    case fault::version: return "the answer is of another version of HTTP";
    case fault::framing: return "where the answer ends is not certain";
    case fault::head_too_large: return "the answer's head is too large";
    case fault::body_too_large: return "the answer's body is too large";
    case fault::chunk: return "the answer's chunks are damaged";
    case fault::too_many_interim: return "there are too many interim answers";
    case fault::upgrade: return "the answer changes the protocol";
    case fault::unasked: return "the answer came before the request";
    case fault::coding_unknown: return "the answer is in an unknown coding";
    case fault::coding_damaged: return "the answer's body does not decode";
    case fault::coding_truncated: return "the answer's compressed body is cut short";
    case fault::decoded_too_large: return "the answer's decoded body is too large";
    case fault::decoded_ratio: return "the answer's body is a decompression bomb";
    }
    return "unknown fault";
}

class category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "plait.http"; }
    [[nodiscard]] std::string message(int value) const override { return message_of(static_cast<fault>(value)); }
};

} // namespace

const boost::system::error_category& fault_category() noexcept {
    static const category the_category;
    return the_category;
}

boost::system::error_code make_error_code(fault what) noexcept { return {static_cast<int>(what), fault_category()}; }

} // namespace plait::http
