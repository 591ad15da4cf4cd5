// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Which character a code of one byte or two stands for. The tables are those of Modest, which have been compared with
// glibc's and Python's code by code; its decoders are not used, because they are wrong about state: GB18030's sequences of
// four bytes, ISO-2022-JP's escapes, and Shift_JIS from the second character on.

#include "encodings.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace plait::crawl {

/// Of 0x80 to 0xff; 0 where there is none.
using single_byte_table = std::array<char16_t, 128>;
[[nodiscard]] const single_byte_table& single_bytes(encoding e);

/// Of two bytes, the first 0x80 to 0xff; 0 where there is none. Big5 has four codes of two characters each, the second
/// of which a table leaves out.
class double_byte_table {
public:
    explicit double_byte_table(encoding e, unsigned char prefix = 0);
    [[nodiscard]] char32_t operator()(unsigned char lead, unsigned char trail) const {
        return codes_[static_cast<std::size_t>(lead - 0x80) << 8 | trail];
    }
    [[nodiscard]] const std::vector<char32_t>& codes() const { return codes_; }

private:
    std::vector<char32_t> codes_;
};

/// Of gbk, big5, euc_jp, shift_jis or euc_kr.
[[nodiscard]] const double_byte_table& double_bytes(encoding e);
/// Of EUC-JP's codes behind 0x8f.
[[nodiscard]] const double_byte_table& jis_0212();

/// What the sequences of four bytes of GB18030 stand for, by their number from 0; 0 where there is none.
[[nodiscard]] char32_t gb18030_four(std::uint32_t number);

} // namespace plait::crawl
