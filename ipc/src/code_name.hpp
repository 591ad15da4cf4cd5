// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A code_location as it lies in memory that processes share: of fixed size, and without pointers.

#include "image.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace plait::ipc::detail {

struct code_name {
    std::uint64_t offset;
    std::uint32_t image_bytes; // of the build id
    std::array<char, 28> image;

    /// Nothing if the build id is too long.
    [[nodiscard]] static std::optional<code_name> of(const code_location& where) {
        code_name name{where.offset, static_cast<std::uint32_t>(where.image.size()), {}};
        if (where.image.size() > name.image.size()) return std::nullopt;
        std::ranges::copy(where.image, name.image.begin());
        return name;
    }
    [[nodiscard]] code_location location() const {
        return {std::string(image.data(), std::min<std::size_t>(image_bytes, image.size())), offset};
    }
    friend bool operator==(const code_name&, const code_name&) noexcept = default;
};
static_assert(sizeof(code_name) == 40);

} // namespace plait::ipc::detail
