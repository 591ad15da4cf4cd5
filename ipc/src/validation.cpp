// Copyright 2026 the plait authors. Boost Software License 1.0
#include "segment_place.hpp"
#include "validation.hpp"

#include <plait/runtime/error.hpp>

#include <array>
#include <span>

#include <fcntl.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

void check_plan(const segment_plan& plan) {
    if (auto why = why_unreadable(plan)) refuse(*why);
    if (plan.checksum != checksum_of(plan)) refuse("its header is damaged: the checksum is wrong");
    if (plan.kind < segment_kind::anonymous || plan.kind > segment_kind::file)
        refuse("it is of kind " + std::to_string(static_cast<std::uint32_t>(plan.kind)) + ", which there is not");
    if (plan.outlives_participants > 1) refuse("its lifetime is neither of the two that there are");
    if (plan.objects != objects_offset(plan.max_participants)) refuse("its objects do not begin where they should");
    if (plan.max_bytes < segment_minimum || plan.max_bytes > segment_limit)
        refuse("its largest size, " + std::to_string(plan.max_bytes) + " bytes, is out of range");
    if (plan.name_length > segment_name_limit) refuse("its name is too long");
    bool is_named = plan.kind == segment_kind::named;
    if (is_named ? !is_segment_name({plan.name, plan.name_length}) : plan.name_length != 0)
        refuse("its name does not go with its kind");
}

} // namespace

std::optional<std::string> why_unreadable(const segment_plan& plan) {
    if (plan.magic != segment_magic) return "the memory does not begin with the mark of a segment";
    if (plan.version != segment_version)
        return "it has layout version " + std::to_string(plan.version) + ", this program knows " +
               std::to_string(segment_version);
    if (plan.layout_hash != segment_layout_hash) return "it was laid out by an incompatible build";
    if (plan.max_participants < 1 || plan.max_participants > participants_limit)
        return "its header says that it has room for " + std::to_string(plan.max_participants) +
               " participants; that must be 1 to " + std::to_string(participants_limit);
    return std::nullopt;
}

void refuse(const std::string& why) { throw segment_error(errc::segment_invalid, "segment: " + why); }

segment_header read_header(int memory_fd) {
    segment_header header;
    auto got = checked(
        [&] { return ::pread(memory_fd, &header, sizeof header, 0); },
        [] { return std::string("pread(segment header)"); });
    if (got < static_cast<ssize_t>(sizeof header))
        refuse("it has only " + std::to_string(got) + " bytes, less than its header");
    check_plan(header.plan);
    // Asked after the header was read: it may grow meanwhile, the file first. And it may be longer: somebody died over that.
    auto file_bytes = static_cast<std::size_t>(status_of(memory_fd).st_size);
    if (header.size > file_bytes)
        refuse(
            "it is truncated: it says that it has " + std::to_string(header.size) + " bytes, the file has " +
            std::to_string(file_bytes));
    if (header.size < header.plan.objects || header.size > header.plan.max_bytes)
        refuse("its size, " + std::to_string(header.size) + " bytes, is out of range");
    bool may_be_closed = header.plan.kind == segment_kind::file;
    if (header.closed_in_order > std::uint32_t{may_be_closed})
        refuse("its mark of having been closed in order is damaged");
    return header;
}

std::uint64_t checksum_of(const segment_plan& plan) noexcept {
    std::uint64_t hash = hash_of();
    auto* bytes = reinterpret_cast<const unsigned char*>(&plan);
    for (unsigned char byte : std::span(bytes, offsetof(segment_plan, checksum)))
        hash = (hash ^ byte) * std::uint64_t{0x100'0000'01b3U};
    return hash;
}

boot_id current_boot() {
    static const boot_id id = [] {
        constexpr const char* path = "/proc/sys/kernel/random/boot_id";
        auto describe = [&] { return std::string("read(") + path + ")"; };
        unique_fd fd(checked([&] { return ::open(path, O_RDONLY | O_CLOEXEC); }, describe));
        std::array<char, 64> text{};
        auto length = checked([&] { return ::read(fd.get(), text.data(), text.size()); }, describe);
        boot_id read{};
        unsigned digits = 0;
        for (char c : std::span(text).first(static_cast<std::size_t>(length))) {
            unsigned value = c >= '0' && c <= '9'   ? unsigned(c - '0')
                             : c >= 'a' && c <= 'f' ? unsigned(c - 'a' + 10)
                                                    : 16;
            if (value == 16 || digits == 32) continue; // the hyphens, and the end of the line
            auto& word = read.words[digits++ / 16];
            word = word << 4 | value;
        }
        return read;
    }();
    return id;
}

} // namespace plait::ipc::detail
