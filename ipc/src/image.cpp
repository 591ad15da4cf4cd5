// Copyright 2026 the plait authors. Boost Software License 1.0
#include "image.hpp"

#include <bit>
#include <cstring>
#include <span>
#include <string_view>

#include <elf.h>
#include <link.h>

namespace plait::ipc::detail {

namespace {

// An image as the loader describes it; every address that is read lies in a segment that the loader has mapped.
class image {
public:
    explicit image(const dl_phdr_info& info) noexcept
        : base_(info.dlpi_addr), headers_(info.dlpi_phdr, info.dlpi_phnum) {}

    [[nodiscard]] bool holds_code_at(std::uintptr_t address) const noexcept {
        for (const auto& header : headers_) {
            std::uintptr_t begin = base_ + header.p_vaddr;
            if (header.p_type == PT_LOAD && (header.p_flags & PF_X) != 0 && address >= begin &&
                address - begin < header.p_memsz)
                return true;
        }
        return false;
    }

    [[nodiscard]] std::uintptr_t base() const noexcept { return base_; }

    [[nodiscard]] std::string identity() const {
        for (const auto& header : headers_)
            if (header.p_type == PT_NOTE)
                if (auto id = build_id(contents(header), header.p_align); !id.empty()) return std::string(id);
        return hash_of_read_only_segments();
    }

private:
    [[nodiscard]] std::string_view contents(const ElfW(Phdr) & header) const noexcept {
        return {std::bit_cast<const char*>(base_ + header.p_vaddr), header.p_memsz};
    }

    // The notes of one segment: {name size, contents size, type, name, contents}, each part padded (System V gABI,
    // "Note Section"; segments of alignment 8 pad to 8).
    [[nodiscard]] static std::string_view build_id(std::string_view notes, std::size_t alignment) noexcept {
        std::size_t padding = alignment == 8 ? 8 : 4;
        auto padded = [&](std::size_t n) { return (n + padding - 1) / padding * padding; };
        ElfW(Nhdr) note;
        while (notes.size() >= sizeof note) {
            std::memcpy(&note, notes.data(), sizeof note);
            notes.remove_prefix(sizeof note);
            std::size_t name = padded(note.n_namesz), length = padded(note.n_descsz);
            if (name > notes.size() || length > notes.size() - name) break;
            if (note.n_type == NT_GNU_BUILD_ID && notes.substr(0, note.n_namesz) == std::string_view("GNU\0", 4))
                return notes.substr(name, note.n_descsz);
            notes.remove_prefix(name + length);
        }
        return {};
    }

    // FNV-1a, 64 bits. Read-only segments hold no relocations, so they are the same wherever the image is loaded.
    [[nodiscard]] std::string hash_of_read_only_segments() const {
        std::uint64_t hash = 14695981039346656037u;
        for (const auto& header : headers_) {
            if (header.p_type != PT_LOAD || (header.p_flags & PF_W) != 0) continue;
            for (char c : contents(header))
                hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
        }
        return "fnv1a:" + std::to_string(hash);
    }

    std::uintptr_t base_;
    std::span<const ElfW(Phdr)> headers_;
};

// Calls `visit(image)` for each loaded image until it returns true.
template <class Visit>
void for_each_image(Visit visit) {
    ::dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) { return (*static_cast<Visit*>(data))(image(*info)) ? 1 : 0; },
        &visit);
}

} // namespace

std::optional<code_location> locate_code(const void* address) {
    auto wanted = std::bit_cast<std::uintptr_t>(address);
    std::optional<code_location> found;
    for_each_image([&](const image& candidate) {
        if (!candidate.holds_code_at(wanted)) return false;
        found = code_location{candidate.identity(), wanted - candidate.base()};
        return true;
    });
    return found;
}

std::optional<std::uintptr_t> resolve_code(const code_location& where) {
    std::optional<std::uintptr_t> found;
    for_each_image([&](const image& candidate) {
        std::uintptr_t address = candidate.base() + where.offset;
        // The cheap test first: an identity may have to be computed.
        if (!candidate.holds_code_at(address) || candidate.identity() != where.image) return false;
        found = address;
        return true;
    });
    return found;
}

std::string to_hex(const std::string& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace plait::ipc::detail
