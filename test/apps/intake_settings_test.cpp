// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <intake/settings.hpp>
#include <string>
#include <vector>

namespace plait::test {
namespace {

using namespace intake;

std::variant<settings, early_exit> read(std::initializer_list<const char*> flags) {
    std::vector<const char*> arguments{"plait-intake"};
    arguments.insert(arguments.end(), flags);
    return read_command_line(static_cast<int>(arguments.size()), arguments.data());
}

settings accepted(std::initializer_list<const char*> flags) {
    auto result = read(flags);
    if (const auto* refused = std::get_if<early_exit>(&result)) BOOST_FAIL(refused->text);
    return std::get<settings>(result);
}

early_exit refused(std::initializer_list<const char*> flags) {
    auto result = read(flags);
    BOOST_REQUIRE_MESSAGE(std::holds_alternative<early_exit>(result), "the flags were accepted");
    return std::get<early_exit>(result);
}

/// The flags are refused with exit code 2 and a text that names both.
void check_refused(std::initializer_list<const char*> flags, const std::string& flag, const std::string& form) {
    const early_exit e = refused(flags);
    BOOST_TEST(e.code == 2);
    BOOST_TEST(e.text.find(flag) != std::string::npos, e.text);
    BOOST_TEST(e.text.find(form) != std::string::npos, e.text);
}

std::string listening(const settings& s) {
    return s.listen.address().to_string() + ' ' + std::to_string(s.listen.port());
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(without_flags_everything_has_a_default) {
    const settings s = accepted({});
    BOOST_TEST(listening(s) == "127.0.0.1 8080");
    BOOST_TEST(s.workers == 2u);
    BOOST_TEST((s.handler == handler_settings{}));
    BOOST_TEST(s.queue_capacity == 1024u);
    BOOST_TEST(s.max_body == 1024u * 1024u);
    BOOST_TEST((s.retry == retry_policy::idempotent));
}

BOOST_AUTO_TEST_CASE(every_flag_is_read) {
    const settings s = accepted(
        {"--listen", "0.0.0.0:0", "--workers", "3", "--handler", "hash", "--queue-capacity", "7", "--max-body", "9",
         "--retry", "never"});
    BOOST_TEST(listening(s) == "0.0.0.0 0");
    BOOST_TEST(s.workers == 3u);
    BOOST_TEST((s.handler.kind == handler_kind::hash));
    BOOST_TEST(s.queue_capacity == 7u);
    BOOST_TEST(s.max_body == 9u);
    BOOST_TEST((s.retry == retry_policy::never));
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_stands_in_brackets) {
    BOOST_TEST(listening(accepted({"--listen=[::1]:81"})) == "::1 81");
    check_refused({"--listen", "::1:81"}, "--listen", "ADDRESS:PORT");
}

BOOST_AUTO_TEST_CASE(a_malformed_address_is_refused_with_the_flag_and_the_form) {
    for (const char* bad :
         {"", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "127.0.0.1:8080x",
          "[127.0.0.1]:80", "127.0.0.1: 80"})
        check_refused({"--listen", bad}, "--listen", "ADDRESS:PORT");
}

BOOST_AUTO_TEST_CASE(a_malformed_number_is_refused_with_the_flag_and_the_range) {
    for (const char* bad : {"0", "1025", "-1", "two", "2x", "1.5", "99999999999999999999"})
        check_refused({"--workers", bad}, "--workers", "1 to 1024");
    check_refused({"--queue-capacity", "0"}, "--queue-capacity", "1 to 1048576");
    check_refused({"--max-body", "64M"}, "--max-body", "0 to 67108864");
}

BOOST_AUTO_TEST_CASE(a_malformed_word_is_refused_with_the_flag_and_the_words) {
    check_refused({"--retry", "sometimes"}, "--retry", "idempotent, always or never");
    check_refused({"--handler", "ech"}, "--handler", "sleep:MILLISECONDS");
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_refused_by_name) {
    check_refused({"--wrokers", "2"}, "--wrokers", "--help");
    check_refused({"stray"}, "stray", "--help");
}

BOOST_AUTO_TEST_CASE(a_flag_without_a_value_or_with_two_is_refused_with_the_flag_and_the_form) {
    check_refused({"--workers"}, "--workers", "1 to 1024");
    check_refused({"--workers", "1", "--workers", "2"}, "--workers", "1 to 1024");
    check_refused({"--workers", "1", "--listen"}, "--listen", "ADDRESS:PORT");
}

BOOST_AUTO_TEST_CASE(help_teaches_and_is_no_error) {
    const early_exit e = refused({"--help"});
    BOOST_TEST(e.code == 0);
    for (const char* flag : {"--listen", "--workers", "--handler", "--queue-capacity", "--max-body", "--retry"})
        BOOST_TEST(e.text.find(flag) != std::string::npos, flag);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handlers)

BOOST_AUTO_TEST_CASE(a_sleep_takes_decimals) {
    BOOST_TEST(parse_handler("sleep:0.25")->sleep.count() == 250'000);
    BOOST_TEST(parse_handler("sleep:100")->sleep.count() == 100'000'000);
    BOOST_TEST(parse_handler("sleep:0")->sleep.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_sleep_that_is_no_time_is_refused) {
    for (const char* bad :
         {"sleep", "sleep:", "sleep:-1", "sleep:x", "sleep:1x", "sleep:nan", "sleep:inf", "sleep:1e3", "sleep: 1",
          "sleep:86400001"})
        BOOST_TEST(!parse_handler(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(the_hash_is_sha_256_in_hexadecimal) {
    // The vectors "abc" and "" of FIPS 180-4.
    auto hash = [](std::string_view text) {
        std::vector<std::byte> scratch;
        const auto digest = handle({handler_kind::hash, {}}, std::as_bytes(std::span(text)), scratch);
        return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
    };
    BOOST_TEST(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
