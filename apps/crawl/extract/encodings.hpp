// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The encodings of the WHATWG Encoding standard, by the labels that pages give them: "latin1" and "ascii" are windows-1252
// there, "gb2312" is GBK, "ks_c_5601-1987" is EUC-KR with the extensions of windows-949.

#include <optional>
#include <string>
#include <string_view>

namespace plait::crawl {

enum class encoding : unsigned char {
    utf_8,
    ibm866,
    iso_8859_2,
    iso_8859_3,
    iso_8859_4,
    iso_8859_5,
    iso_8859_6,
    iso_8859_7,
    iso_8859_8,
    iso_8859_8_i,
    iso_8859_10,
    iso_8859_13,
    iso_8859_14,
    iso_8859_15,
    iso_8859_16,
    koi8_r,
    koi8_u,
    macintosh,
    windows_874,
    windows_1250,
    windows_1251,
    windows_1252,
    windows_1253,
    windows_1254,
    windows_1255,
    windows_1256,
    windows_1257,
    windows_1258,
    x_mac_cyrillic,
    gbk,
    gb18030,
    big5,
    euc_jp,
    iso_2022_jp,
    shift_jis,
    euc_kr,
    replacement, ///< ISO-2022-KR, HZ and others that are only good for attacks: all of it is one U+FFFD
    utf_16be,
    utf_16le,
    x_user_defined,
};

/// Whatever its case, with or without whitespace around.
[[nodiscard]] std::optional<encoding> encoding_by_label(std::string_view label);

/// The name that the standard gives it.
[[nodiscard]] std::string_view name_of(encoding e) noexcept;

/// `bytes` in UTF-8, with U+FFFD for each malformed sequence as the standard counts them. A byte order mark is a character
/// like others. Returns `bytes` itself if that is UTF-8 already, otherwise a view of `buffer`.
///
/// Thread safety: any thread. The first use of an encoding of East Asia makes its table (128 KiB, under a millisecond).
/// Throws: bad_alloc.
/// Complexity: O(size of `bytes`); at most three bytes come of one.
[[nodiscard]] std::string_view to_utf8(std::string_view bytes, encoding from, std::string& buffer);

/// Whether `bytes` are UTF-8: no surrogates, nothing overlong, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

} // namespace plait::crawl
