// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The directory of named objects. Objects are made under the housekeeping lock and become visible by one store, the type
// of their entry; what a maker that died had begun is simply begun again. Looking up takes no lock.
#include "attachment.hpp"
#include "validation.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace plait::ipc::detail {
namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

/// The type of an entry; acquire pairs with the release in publish_entry(), so that the rest of it can be read.
object_type type_of(const directory_entry& entry) noexcept {
    return static_cast<object_type>(entry.type.load(std::memory_order_acquire));
}

} // namespace

std::span<directory_entry> attachment::directory() const noexcept {
    auto* first = map_.data() + directory_offset(participants_.count());
    return {std::launder(reinterpret_cast<directory_entry*>(first)), directory_entries};
}

directory_entry* attachment::lookup(std::string_view name) const noexcept {
    for (auto& entry : directory())
        if (type_of(entry) != object_type::none && entry.name_length <= name_limit &&
            std::string_view(entry.name, entry.name_length) == name)
            return &entry;
    return nullptr;
}

void attachment::check_directory() const {
    std::vector<std::pair<std::size_t, std::size_t>> extents;
    for (auto& entry : directory()) {
        if (type_of(entry) == object_type::none) continue;
        if (entry.name_length < 1 || entry.name_length > name_limit)
            refuse("its directory names an object with a name of " + std::to_string(entry.name_length) + " bytes");
        auto memory = memory_of(entry);
        extents.emplace_back(entry.offset, memory.size());
    }
    std::ranges::sort(extents);
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (extents[i].first - extents[i - 1].first < extents[i - 1].second)
            refuse("its directory names objects that overlap");
}

std::size_t attachment::first_free_byte() const noexcept {
    std::size_t end = objects_offset(participants_.count());
    std::size_t room = size();
    for (auto& entry : directory())
        if (type_of(entry) != object_type::none && entry.offset <= room && entry.bytes <= room - entry.offset)
            end = std::max(end, round_up(entry.offset + entry.bytes, cache_line));
    return std::min(end, room);
}

std::size_t attachment::free_bytes() const noexcept { return map_.room() - first_free_byte(); }

directory_entry& attachment::reserve_entry(std::string_view name, std::size_t bytes, std::uint64_t layout_hash) {
    if (name.empty() || name.size() > name_limit)
        throw error(
            errc::invalid_argument, "the name of an object is " + quoted(name) + "; it must have 1 to " +
                                        std::to_string(name_limit) + " bytes");
    if (lookup(name)) throw error(errc::object_exists, "the segment already has an object " + quoted(name));
    for (auto& entry : directory()) {
        if (type_of(entry) != object_type::none) continue;
        std::size_t at = first_free_byte();
        if (bytes > map_.room() - at)
            throw segment_error(
                errc::segment_full, quoted(name) + " needs " + std::to_string(bytes) + " bytes; the segment has " +
                                        std::to_string(map_.room() - at) + " left");
        grow(at + bytes);
        entry.offset = at;
        entry.bytes = bytes;
        entry.layout_hash = layout_hash;
        entry.name_length = static_cast<std::uint32_t>(name.size());
        std::memcpy(entry.name, name.data(), name.size());
        // A maker that died here before may have left something.
        std::memset(map_.data() + at, 0, bytes);
        PLAIT_STEP("directory.make.reserved");
        return entry;
    }
    throw segment_error(
        errc::segment_full, "the segment has " + std::to_string(directory_entries) + " objects already");
}

void attachment::publish_entry(directory_entry& entry, object_type type) noexcept {
    PLAIT_STEP("directory.make.formatted");
    entry.type.store(static_cast<std::uint32_t>(type), std::memory_order_release);
    PLAIT_STEP("directory.make.published");
}

directory_entry& attachment::find_object(std::string_view name, object_type type, std::uint64_t layout_hash) const {
    auto* entry = lookup(name);
    if (!entry) throw error(errc::object_not_found, "the segment has no object " + quoted(name));
    if (type_of(*entry) != type || entry->layout_hash != layout_hash)
        throw segment_error(errc::segment_invalid, "the object " + quoted(name) + " is of another type or layout");
    return *entry;
}

std::span<std::byte> attachment::memory_of(const directory_entry& entry) const {
    std::size_t first = objects_offset(participants_.count());
    std::size_t offset = entry.offset;
    std::size_t bytes = entry.bytes;
    std::size_t end = size();
    if (offset < first || offset % cache_line != 0 || offset > end || bytes > end - offset)
        throw segment_error(errc::segment_invalid, "the directory names an object outside the segment");
    return {map_.data() + offset, bytes};
}

} // namespace plait::ipc::detail
