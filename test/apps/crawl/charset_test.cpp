// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <crawl/extract/charset.hpp>
#include <crawl/extract/content_type.hpp>
#include <memory>
#include <string>

#include <iconv.h>

namespace plait::test {
namespace {

using namespace std::string_literals;
using crawl::encoding;

std::string decoded(std::string_view bytes, encoding from) {
    std::string buffer;
    return std::string(crawl::to_utf8(bytes, from, buffer));
}

/// The charset of a page, as "gbk meta".
std::string found(std::string_view page, std::string_view label = "") {
    constexpr std::string_view sources[] = {"mark", "http", "meta", "content", "fallback"};
    const auto c = crawl::charset_of(page, label);
    return std::string(crawl::name_of(c.what)) + ' ' + std::string(sources[static_cast<unsigned>(c.source)]);
}

std::string found_by_meta(const std::string& attributes) { return found("<!doctype html><meta " + attributes + ">"); }

/// glibc's decoder, with which to compare; nothing for what it refuses.
class converter {
public:
    explicit converter(const char* from) : handle_(::iconv_open("UTF-8", from)) {
        BOOST_REQUIRE_MESSAGE(handle_ != iconv_t(-1), "iconv knows no " << from);
    }
    converter(const converter&) = delete;
    converter& operator=(const converter&) = delete;
    ~converter() { ::iconv_close(handle_); }

    std::string operator()(std::string bytes) {
        std::string out(64, '\0');
        char* from = bytes.data();
        char* to = out.data();
        std::size_t left = bytes.size(), room = out.size();
        ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        if (::iconv(handle_, &from, &left, &to, &room) == std::size_t(-1)) return {};
        ::iconv(handle_, nullptr, nullptr, &to, &room); // Big5 holds a letter back until it knows what follows
        return out.substr(0, out.size() - room);
    }

private:
    iconv_t handle_;
};

/// Calls `f` with all codes of two bytes that begin with what is not ASCII.
template <class F>
void for_each_pair(F f) {
    for (int lead = 0x80; lead < 0x100; ++lead)
        for (int trail = 0x40; trail < 0x100; ++trail)
            f(std::string{static_cast<char>(lead), static_cast<char>(trail)});
}

/// How many codes glibc knows, and of these how many it decodes otherwise.
struct agreement {
    int known = 0, other = 0;
};

agreement pairs_beside_glibc(encoding e, const char* name) {
    converter convert(name);
    agreement all;
    for_each_pair([&](const std::string& code) {
        const std::string theirs = convert(code);
        if (theirs.empty()) return;
        ++all.known;
        if (decoded(code, e) != theirs) ++all.other;
    });
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(charset_of_a_page)

BOOST_AUTO_TEST_CASE(a_byte_order_mark_goes_before_everything) {
    BOOST_TEST(found("\xef\xbb\xbf<meta charset=gbk>", "gbk") == "UTF-8 mark");
    BOOST_TEST(found("\xfe\xff", "gbk") == "UTF-16BE mark");
    BOOST_TEST(found("\xff\xfe") == "UTF-16LE mark");
}

BOOST_AUTO_TEST_CASE(the_field_goes_before_the_page_unless_it_names_nothing_known) {
    BOOST_TEST(found("<meta charset=gbk>", " Latin1 ") == "windows-1252 http");
    BOOST_TEST(found("<meta charset=gbk>", "none") == "GBK meta");
}

BOOST_AUTO_TEST_CASE(a_meta_says_it_in_two_ways) {
    BOOST_TEST(found_by_meta("charset='Shift_JIS'") == "Shift_JIS meta");
    BOOST_TEST(found_by_meta("http-equiv=Content-Type content='text/html; charset=GB2312'") == "GBK meta");
    BOOST_TEST(found_by_meta("content=\"charset = 'euc-kr' \" http-equiv='content-type'") == "EUC-KR meta");
    BOOST_TEST(found_by_meta("content='text/html; charset=gb2312'") == "windows-1252 fallback");
    BOOST_TEST(found_by_meta("charset=nonsense><meta charset=big5") == "Big5 meta");
    BOOST_TEST(found_by_meta("charset=gbk charset=big5") == "GBK meta");
}

BOOST_AUTO_TEST_CASE(a_meta_cannot_be_utf_16) {
    BOOST_TEST(found_by_meta("charset=utf-16") == "UTF-8 meta");
    BOOST_TEST(found_by_meta("charset=x-user-defined") == "windows-1252 meta");
}

BOOST_AUTO_TEST_CASE(a_meta_counts_where_markup_is_markup) {
    BOOST_TEST(found("<!-- <meta charset=gbk> --><meta charset=big5>") == "Big5 meta");
    BOOST_TEST(found("<!--><meta charset=big5>") == "Big5 meta");
    BOOST_TEST(found("<p title='<meta charset=gbk>'><meta charset=big5>") == "Big5 meta");
    BOOST_TEST(found("<metal charset=gbk></meta charset=gbk><? <meta charset=gbk>") == "windows-1252 fallback");
    BOOST_TEST(found("<script>'<meta charset=gbk>'</script>") == "GBK meta"); // so it is: the standard looks no closer
}

BOOST_AUTO_TEST_CASE(only_the_first_1024_bytes_are_looked_at) {
    BOOST_TEST(found(std::string(1004, ' ') + "<meta charset=gbk  >") == "GBK meta");
    BOOST_TEST(found(std::string(1010, ' ') + "<meta charset=gbk>") == "windows-1252 fallback");
}

BOOST_AUTO_TEST_CASE(an_xml_declaration_counts_if_no_meta_does) {
    BOOST_TEST(found("<?xml version='1.0' encoding = \"EUC-JP\"?>") == "EUC-JP meta");
    BOOST_TEST(found("<?xml version='1.0' encoding='euc-jp'?><meta charset=gbk>") == "GBK meta");
    BOOST_TEST(found("<\0?\0x\0m\0l\0"s) == "UTF-16LE meta");
}

BOOST_AUTO_TEST_CASE(a_page_that_says_nothing_is_what_it_can_be) {
    BOOST_TEST(found("caf\xc3\xa9") == "UTF-8 content");
    BOOST_TEST(found("caf\xe9") == "windows-1252 fallback");
    BOOST_TEST(found("coffee") == "windows-1252 fallback");
}

BOOST_AUTO_TEST_CASE(the_byte_order_mark_is_no_text) {
    std::string buffer;
    const auto text = [&](std::string_view page) {
        return std::string(decoded_page(page, crawl::charset_of(page, ""), buffer));
    };
    BOOST_TEST(text("\xef\xbb\xbf<p>") == "<p>");
    BOOST_TEST(text("\xff\xfe<\0p\0>\0"s) == "<p>");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(decoding)

BOOST_AUTO_TEST_CASE(what_is_utf8_already_is_not_copied) {
    std::string buffer;
    for (const std::string_view text : {"", "plain", "caf\u00e9 \u65e5\u672c \U0001f600"})
        BOOST_TEST(crawl::to_utf8(text, encoding::utf_8, buffer).data() == text.data());
    const std::string_view plain = "plain";
    BOOST_TEST(crawl::to_utf8(plain, encoding::gbk, buffer).data() == plain.data());
}

BOOST_AUTO_TEST_CASE(malformed_utf8_is_replaced_as_often_as_the_standard_says) {
    const auto check = [](const std::string& bytes, int replacements) {
        std::string expected = "a";
        for (int i = 0; i < replacements; ++i)
            expected += "\ufffd";
        BOOST_TEST(decoded("a" + bytes + "b", encoding::utf_8) == expected + "b");
    };
    check("\x80", 1);
    check("\xc3", 1);
    check("\xc0\xaf", 2);         // overlong
    check("\xe0\x80\xaf", 3);     // overlong
    check("\xed\xa0\x80", 3);     // a surrogate
    check("\xf4\x90\x80\x80", 4); // beyond the last character
    check("\xf0\x9f\x98", 1);     // cut
    check("\xe6\x97\xe6\x97\xa5"s.substr(0, 3), 2);
    check("\xff\xfe", 2);
}

BOOST_AUTO_TEST_CASE(utf8_is_judged_alike_wherever_it_stands) {
    // The fast path takes 16 bytes at a time.
    for (std::size_t before = 0; before < 40; ++before) {
        BOOST_TEST(crawl::is_utf8(std::string(before, 'a') + "\u65e5\u672c" + std::string(40 - before, 'b')));
        BOOST_TEST(!crawl::is_utf8(std::string(before, 'a') + "\xe6\x97" + std::string(40 - before, 'b')));
        BOOST_TEST(!crawl::is_utf8(std::string(before, 'a') + "\xe6\x97"));
    }
}

BOOST_AUTO_TEST_CASE(texts_in_the_encodings_of_east_asia) {
    BOOST_TEST(decoded("<p>\xd6\xd0\xce\xc4\x80</p>", encoding::gbk) == "<p>\u4e2d\u6587\u20ac</p>");
    BOOST_TEST(
        decoded("\x81\x30\x84\x36\x95\x32\x82\x36\x90\x30\x81\x30", encoding::gb18030) ==
        "\u00a5\U00020000\U00010000"s);
    BOOST_TEST(decoded("\x93\xfa\x96{\x8c\xea\x81\x40\xb1", encoding::shift_jis) == "\u65e5\u672c\u8a9e\u3000\uff71");
    BOOST_TEST(decoded("\xc6\xfc\xcb\xdc\x8e\xb1\x8f\xb0\xa1", encoding::euc_jp) == "\u65e5\u672c\uff71\u4e02");
    BOOST_TEST(decoded("\x1b$BF|K\\\x1b(B a\x1b(J\\\x1b(I1", encoding::iso_2022_jp) == "\u65e5\u672c a\u00a5\uff71");
    BOOST_TEST(decoded("\xc7\xd1\xb1\xdb", encoding::euc_kr) == "\ud55c\uae00");
    BOOST_TEST(decoded("\xa4\xa4\xa4\xe5\x88\x62\x88\xa5", encoding::big5) == "\u4e2d\u6587\u00ca\u0304\u00ea\u030c");
}

BOOST_AUTO_TEST_CASE(texts_in_utf_16) {
    BOOST_TEST(decoded("<\0\xe5\x65\x3d\xd8\x00\xde"s, encoding::utf_16le) == "<\u65e5\U0001f600");
    BOOST_TEST(decoded("\0<\x65\xe5\xd8\x3d\xde\x00"s, encoding::utf_16be) == "<\u65e5\U0001f600");
    BOOST_TEST(decoded("\x3d\xd8<\0\x00\xde>"s, encoding::utf_16le) == "\ufffd<\ufffd\ufffd");
}

BOOST_AUTO_TEST_CASE(a_broken_character_takes_no_markup_with_it) {
    for (const auto e :
         {encoding::gbk, encoding::gb18030, encoding::big5, encoding::euc_jp, encoding::shift_jis, encoding::euc_kr})
        for (const char* broken : {"\x81\"", "\xe6<", "\xfc>", "\xe1 "})
            BOOST_TEST(decoded(broken, e) == "\ufffd"s + broken[1], crawl::name_of(e));
    BOOST_TEST(decoded("\x81\x30<", encoding::gb18030) == "\ufffd0<");
    BOOST_TEST(decoded("\x81\x30\x81<", encoding::gb18030) == "\ufffd0\ufffd<");
}

BOOST_AUTO_TEST_CASE(what_the_end_cuts_is_one_replacement) {
    for (const char* cut : {"\x81", "\x81\x30", "\x81\x30\x81"})
        BOOST_TEST(decoded(cut, encoding::gb18030) == "\ufffd", cut);
    BOOST_TEST(decoded("\x8f\xb0", encoding::euc_jp) == "\ufffd");
}

BOOST_AUTO_TEST_CASE(an_attack_s_encoding_is_one_replacement) {
    BOOST_CHECK(crawl::encoding_by_label("HZ-GB-2312").value() == encoding::replacement);
    BOOST_TEST(decoded("~{<script>", encoding::replacement) == "\ufffd");
}

BOOST_AUTO_TEST_CASE(latin_1_is_windows_1252_with_all_its_bytes) {
    BOOST_CHECK(crawl::encoding_by_label("ISO-8859-1").value() == encoding::windows_1252);
    BOOST_TEST(decoded("\x80\x81\xe9", encoding::windows_1252) == "\u20ac\xc2\x81\u00e9");
    BOOST_TEST(decoded("\xa5", encoding::iso_8859_3) == "\ufffd");
}

BOOST_AUTO_TEST_CASE(every_label_names_an_encoding_that_has_its_own_name_as_label) {
    for (unsigned i = 0; i <= static_cast<unsigned>(encoding::x_user_defined); ++i) {
        const auto e = static_cast<encoding>(i);
        BOOST_TEST((crawl::encoding_by_label(crawl::name_of(e)) == e), crawl::name_of(e));
    }
    BOOST_TEST(!crawl::encoding_by_label("").has_value());
    BOOST_TEST(!crawl::encoding_by_label("utf-8 utf8").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// glibc's tables are a vendor's, ours the standard's: the codes that differ are counted, and were looked at.
BOOST_AUTO_TEST_SUITE(tables_beside_those_of_glibc)

BOOST_AUTO_TEST_CASE(of_one_byte) {
    const std::pair<encoding, const char*> all[] = {{encoding::ibm866, "CP866"},
                                                    {encoding::iso_8859_2, "ISO-8859-2"},
                                                    {encoding::iso_8859_5, "ISO-8859-5"},
                                                    {encoding::iso_8859_7, "ISO-8859-7"},
                                                    {encoding::iso_8859_15, "ISO-8859-15"},
                                                    {encoding::koi8_r, "KOI8-R"},
                                                    {encoding::windows_874, "CP874"},
                                                    {encoding::windows_1250, "CP1250"},
                                                    {encoding::windows_1251, "CP1251"},
                                                    {encoding::windows_1252, "CP1252"},
                                                    {encoding::windows_1253, "CP1253"},
                                                    {encoding::windows_1254, "CP1254"},
                                                    {encoding::windows_1255, "CP1255"},
                                                    {encoding::windows_1256, "CP1256"},
                                                    {encoding::windows_1257, "CP1257"},
                                                    {encoding::windows_1258, "CP1258"}};
    for (const auto& [e, name] : all) {
        converter convert(name);
        for (int c = 0x80; c < 0x100; ++c) {
            const std::string byte(1, static_cast<char>(c));
            const std::string theirs = convert(byte);
            if (!theirs.empty()) BOOST_TEST(decoded(byte, e) == theirs, name << ' ' << c);
        }
    }
}

BOOST_AUTO_TEST_CASE(of_two_bytes) {
    const auto check = [](encoding e, const char* name, int known, int other) {
        const agreement all = pairs_beside_glibc(e, name);
        BOOST_TEST(all.known == known, name << ": " << all.known);
        BOOST_TEST(all.other == other, name << ": " << all.other);
    };
    check(encoding::gbk, "GB18030", 23940, 7); // 6 of private use, and A3A0, a space on the web
    check(encoding::euc_kr, "UHC", 17048, 0);
    check(encoding::shift_jis, "CP932", 17605, 0);
    check(encoding::euc_jp, "EUC-JP-MS", 10785, 3760); // control characters, and private use
    check(encoding::big5, "BIG5-HKSCS", 18528, 76);    // 0x80 alone, and 11 signs
}

BOOST_AUTO_TEST_CASE(of_four_bytes) {
    converter convert("GB18030");
    int known = 0, other = 0;
    for (unsigned number = 0; number < 189'000 + 0x10000; ++number) {
        const std::string code = {
            static_cast<char>(0x81 + number / 12600), static_cast<char>(0x30 + number / 1260 % 10),
            static_cast<char>(0x81 + number / 10 % 126), static_cast<char>(0x30 + number % 10)};
        const std::string theirs = convert(code);
        if (theirs.empty()) continue;
        ++known;
        if (decoded(code, encoding::gb18030) != theirs) ++other;
    }
    BOOST_TEST(known == 104938);
    BOOST_TEST(other == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(content_types)

BOOST_AUTO_TEST_CASE(a_field_is_read_as_browsers_read_it) {
    const auto read = [](std::string_view field) {
        const auto type = crawl::read_content_type(field);
        return type.essence + '|' + type.charset;
    };
    BOOST_TEST(read(" Text/HTML ; Charset=UTF-8 ; x=y") == "text/html|UTF-8");
    BOOST_TEST(read("text/html;charset=\"gb\\k;\";charset=x") == "text/html|gbk;");
    BOOST_TEST(read("text/html;; charset;charset=gbk") == "text/html|gbk");
    BOOST_TEST(read("text/html") == "text/html|");
    for (const char* none : {"", "text", "/", "text/", "/html", "te xt/html", "text/html charset=gbk"})
        BOOST_TEST(read(none) == "|", none);
}

BOOST_AUTO_TEST_CASE(only_html_is_a_page) {
    const auto is_page = [](std::string_view field, std::string_view start) {
        return crawl::is_page(crawl::read_content_type(field), start);
    };
    BOOST_TEST(is_page("text/html", "\x89PNG"));
    BOOST_TEST(is_page("application/xhtml+xml; charset=utf-8", ""));
    for (const char* other : {"text/plain", "application/xml", "text/xml", "image/svg+xml", "application/octet-stream"})
        BOOST_TEST(!is_page(other, "<!doctype html>"), other);
    for (const char* unknown : {"", "nonsense", "*/*", "unknown/unknown"}) {
        BOOST_TEST(is_page(unknown, " \n<!DOCTYPE html>"), unknown);
        BOOST_TEST(is_page(unknown, "<p>text"), unknown);
        BOOST_TEST(!is_page(unknown, "<pre>text"), unknown);
        BOOST_TEST(!is_page(unknown, "<?xml version='1.0'?>"), unknown);
        BOOST_TEST(!is_page(unknown, "%PDF"), unknown);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
