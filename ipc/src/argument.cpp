// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/ipc/argument.hpp>
#include <plait/runtime/error.hpp>

#include <cstring>

namespace plait::ipc {

void argument_writer::bytes(std::span<const std::byte> data) {
    if (data.empty()) return;
    std::size_t end = bytes_.size();
    bytes_.resize(end + data.size());
    std::memcpy(bytes_.data() + end, data.data(), data.size());
}

void argument_writer::size(std::size_t n) { value(static_cast<std::uint64_t>(n)); }

std::span<const std::byte> argument_reader::bytes(std::size_t n) {
    if (n > rest_.size())
        throw error(
            errc::message_malformed,
            "arguments: " + std::to_string(n) + " bytes expected, " + std::to_string(rest_.size()) + " left");
    auto taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
}

std::size_t argument_reader::size() {
    auto n = value<std::uint64_t>();
    if (n > rest_.size() + (descriptors_.size() - next_descriptor_))
        throw error(
            errc::message_malformed,
            "arguments: " + std::to_string(n) + " elements announced, " + std::to_string(rest_.size()) + " bytes left");
    return static_cast<std::size_t>(n);
}

plait::detail::unique_fd argument_reader::descriptor() {
    if (next_descriptor_ == descriptors_.size())
        throw error(errc::message_malformed, "arguments: more descriptors expected than were passed");
    return std::move(descriptors_[next_descriptor_++]);
}

void argument_reader::finish() const {
    if (rest_.empty() && next_descriptor_ == descriptors_.size()) return;
    throw error(
        errc::message_malformed, "arguments: " + std::to_string(rest_.size()) + " bytes and " +
                                     std::to_string(descriptors_.size() - next_descriptor_) +
                                     " descriptors are left over");
}

void detail::refuse_alternative(std::uint64_t index, std::size_t alternatives) {
    throw error(
        errc::message_malformed,
        "arguments: alternative " + std::to_string(index) + " of a variant that has " + std::to_string(alternatives));
}

void argument<bool>::encode(argument_writer& out, bool value) { out.value(static_cast<std::uint8_t>(value)); }

bool argument<bool>::decode(argument_reader& in) {
    auto byte = in.value<std::uint8_t>();
    if (byte > 1)
        throw error(errc::message_malformed, "arguments: " + std::to_string(byte) + " is neither true nor false");
    return byte != 0;
}

void argument<std::string>::encode(argument_writer& out, const std::string& value) {
    out.size(value.size());
    out.bytes(std::as_bytes(std::span(value)));
}

std::string argument<std::string>::decode(argument_reader& in) {
    auto data = in.bytes(in.size());
    std::string value(data.size(), '\0');
    if (!data.empty()) std::memcpy(value.data(), data.data(), data.size());
    return value;
}

} // namespace plait::ipc
