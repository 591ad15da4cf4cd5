// Copyright 2026 the plait authors. Boost Software License 1.0
#include "code_tables.hpp"

#include <myencoding/encoding.h>

namespace plait::crawl {
namespace {

myencoding_t id_of(encoding e) {
    const std::string_view name = name_of(e);
    myencoding_t id = MyENCODING_NOT_DETERMINED;
    myencoding_by_name(name.data(), name.size(), &id);
    return id;
}

/// Codes of GBK that had characters of private use before those were given places of their own (GB 18030-2022). The
/// sequences of four bytes have not moved with them.
struct moved_code {
    std::size_t code;
    char16_t formerly, now;
};
constexpr std::array<moved_code, 18> moved = {
    {{0xa6d9, 0xe78d, 0xfe10},
     {0xa6da, 0xe78e, 0xfe12},
     {0xa6db, 0xe78f, 0xfe11},
     {0xa6dc, 0xe790, 0xfe13},
     {0xa6dd, 0xe791, 0xfe14},
     {0xa6de, 0xe792, 0xfe15},
     {0xa6df, 0xe793, 0xfe16},
     {0xa6ec, 0xe794, 0xfe17},
     {0xa6ed, 0xe795, 0xfe18},
     {0xa6f3, 0xe796, 0xfe19},
     {0xfe59, 0xe81e, 0x9fb4},
     {0xfe61, 0xe826, 0x9fb5},
     {0xfe66, 0xe82b, 0x9fb6},
     {0xfe67, 0xe82c, 0x9fb7},
     {0xfe6d, 0xe832, 0x9fb8},
     {0xfe7e, 0xe843, 0x9fb9},
     {0xfe90, 0xe854, 0x9fba},
     {0xfea0, 0xe864, 0x9fbb}}};

/// Each code begins anew: what Modest keeps from one to the next is not to be relied on.
class code_reader {
public:
    explicit code_reader(encoding e) : read_(myencoding_get_function_by_id(id_of(e))) {}

    template <class... Bytes>
    char32_t operator()(Bytes... code) const {
        myencoding_result_t state{};
        unsigned status = MyENCODING_STATUS_CONTINUE;
        // A byte behind what is whole already is another code's.
        static_cast<void>(((status == MyENCODING_STATUS_CONTINUE && (status = read_(code, &state), true)) && ...));
        return status == MyENCODING_STATUS_OK ? static_cast<char32_t>(state.result) : 0;
    }

private:
    myencoding_custom_f read_;
};

single_byte_table make_single(encoding e) {
    single_byte_table table{};
    const code_reader read(e);
    for (unsigned code = 0; code < 128; ++code)
        table[code] = static_cast<char16_t>(read(static_cast<unsigned char>(code + 0x80)));
    return table;
}

std::vector<char32_t> make_double(encoding e, unsigned char prefix) {
    std::vector<char32_t> table(128 * 256);
    const code_reader read(e);
    for (unsigned lead = 0x80; lead < 0x100; ++lead) {
        const auto first = static_cast<unsigned char>(lead);
        if (prefix == 0 && read(first) != 0) continue; // a code of one byte
        for (unsigned trail = 0x40; trail < 0x100; ++trail) {
            const auto second = static_cast<unsigned char>(trail);
            table[(lead - 0x80) << 8 | trail] = prefix ? read(prefix, first, second) : read(first, second);
        }
    }
    // The first of an index, which Modest takes for none.
    if (e == encoding::shift_jis) table[0x140] = 0x3000;
    if (e == encoding::euc_kr) table[0x141] = 0xac02;
    if (e == encoding::gbk)
        for (const auto& m : moved)
            table[m.code - 0x8000] = m.now;
    return table;
}

/// By the number of the sequence: the characters that two bytes do not have, in their order.
std::vector<char16_t> make_four() {
    std::vector<bool> has_two(0x10000);
    for (const char32_t code : double_bytes(encoding::gbk).codes())
        if (code < has_two.size()) has_two[code] = true;
    // The standard's exceptions: two places of private use have been given away, one of them to U+1E3F.
    has_two[0x1e3f] = false;
    has_two[0xe5e5] = has_two[0xe7c7] = true;
    for (const auto& m : moved) {
        has_two[m.formerly] = true;
        has_two[m.now] = false;
    }
    std::vector<char16_t> four;
    for (unsigned code = 0x80; code < 0x10000; ++code)
        if (!has_two[code] && (code < 0xd800 || code > 0xdfff)) four.push_back(static_cast<char16_t>(code));
    four[7457] = 0xe7c7;
    return four;
}

} // namespace

double_byte_table::double_byte_table(encoding e, unsigned char prefix) : codes_(make_double(e, prefix)) {}

const single_byte_table& single_bytes(encoding e) {
    static const auto tables = [] {
        constexpr auto last = static_cast<std::size_t>(encoding::x_mac_cyrillic);
        std::array<single_byte_table, last + 1> all{};
        for (std::size_t i = static_cast<std::size_t>(encoding::ibm866); i <= last; ++i)
            all[i] = make_single(static_cast<encoding>(i));
        return all;
    }();
    return tables[static_cast<std::size_t>(e)];
}

const double_byte_table& double_bytes(encoding e) {
    switch (e) {
    case encoding::big5: {
        static const double_byte_table table(encoding::big5);
        return table;
    }
    case encoding::euc_jp: {
        static const double_byte_table table(encoding::euc_jp);
        return table;
    }
    case encoding::shift_jis: {
        static const double_byte_table table(encoding::shift_jis);
        return table;
    }
    case encoding::euc_kr: {
        static const double_byte_table table(encoding::euc_kr);
        return table;
    }
    default: {
        static const double_byte_table table(encoding::gbk);
        return table;
    }
    }
}

const double_byte_table& jis_0212() {
    static const double_byte_table table(encoding::euc_jp, 0x8f);
    return table;
}

char32_t gb18030_four(std::uint32_t number) {
    static const std::vector<char16_t> table = make_four();
    if (number < table.size()) return table[number];
    constexpr std::uint32_t supplementary = 189'000;
    return number >= supplementary && number < supplementary + 0x100000 ? number - supplementary + 0x10000 : 0;
}

} // namespace plait::crawl
