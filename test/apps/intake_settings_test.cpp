// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/syscall.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <initializer_list>
#include <intake/command_line.hpp>
#include <intake/forms.hpp>
#include <intake/handlers/handlers.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <stdlib.h>
#include <unistd.h>

namespace plait::test {
namespace {

using namespace intake;

std::variant<invocation, early_exit> read(std::initializer_list<const char*> flags) {
    std::vector<const char*> arguments{"plait-intake"};
    arguments.insert(arguments.end(), flags);
    return read_command_line(static_cast<int>(arguments.size()), arguments.data());
}

settings accepted(std::initializer_list<const char*> flags) {
    auto result = read(flags);
    if (const auto* refused = std::get_if<early_exit>(&result)) BOOST_FAIL(refused->text);
    const auto settled = read_settings(std::get<invocation>(result));
    BOOST_REQUIRE(std::holds_alternative<settings>(settled));
    return std::get<settings>(settled);
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

/// What a file with this text says, and then the flags.
auto read_file(const std::string& text, std::vector<std::pair<std::string, std::string>> flags = {}) {
    char name[] = "/tmp/plait-intake-XXXXXX";
    const plait::detail::unique_fd fd(::mkstemp(name));
    BOOST_REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    invocation line;
    line.config_file = name;
    line.flags = std::move(flags);
    auto read = read_settings(line);
    ::unlink(name);
    return read;
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
    check_refused({"--max-body", "64M"}, "--max-body", "from 0 to 64MiB");
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

BOOST_AUTO_TEST_CASE(settings_that_do_not_go_together_are_refused) {
    const auto line = std::get<invocation>(read({"--workers", "2", "--min-workers", "3"}));
    const auto problems = std::get<std::vector<std::string>>(read_settings(line));
    BOOST_REQUIRE(problems.size() == 1U);
    BOOST_TEST(problems[0] == "min-workers is 3, which is more than workers, 2");
}

BOOST_AUTO_TEST_CASE(subcommands_take_the_flags_before_and_after_them) {
    for (auto flags : {std::initializer_list<const char*>{"check", "--workers", "3"}, {"--workers", "3", "check"}}) {
        const auto line = std::get<invocation>(read(flags));
        BOOST_CHECK(line.what == command::check);
        BOOST_TEST(std::get<settings>(read_settings(line)).workers == 3U);
    }
    BOOST_CHECK(std::get<invocation>(read({"config"})).what == command::config);
}

BOOST_AUTO_TEST_CASE(help_teaches_and_is_no_error) {
    const early_exit e = refused({"--help"});
    BOOST_TEST(e.code == 0);
    for (const char* flag : {"--listen", "--workers", "--handler", "--queue-capacity", "--max-body", "--retry"})
        BOOST_TEST(e.text.find(flag) != std::string::npos, flag);
}

BOOST_AUTO_TEST_CASE(help_fits_on_a_terminal_and_names_what_takes_the_place_of_a_value) {
    std::istringstream help(refused({"--help"}).text);
    for (std::string line; std::getline(help, line);)
        BOOST_TEST(line.size() <= 120U, line);
    for (const char* flag :
         {"--deadline TIME ", "--retry idempotent|always|never ", "--admin ADDRESS:PORT|off ", "--workers N "})
        BOOST_TEST(help.str().find(flag) != std::string::npos, flag);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(setting_forms)

BOOST_AUTO_TEST_CASE(sizes_have_binary_units_or_none) {
    const forms::size form{0, std::uint64_t{1} << 40};
    BOOST_TEST(form.read("0").value() == 0U);
    BOOST_TEST(form.read("1536").value() == 1536U);
    BOOST_TEST(form.read("64KiB").value() == 65536U);
    BOOST_TEST(form.read("2GiB").value() == 2147483648U);
    for (const char* bad : {"", "KiB", "1KB", "1k", "1 KiB", "-1", "1.5MiB", "2000GiB", "18446744073709551615GiB"})
        BOOST_TEST(!form.read(bad).has_value(), bad);
    for (const std::uint64_t size : {0ull, 1ull, 1024ull, 1536ull, 1048576ull, 3221225472ull})
        BOOST_TEST(form.read(form.write(size)).value() == size);
}

BOOST_AUTO_TEST_CASE(times_always_have_a_unit) {
    using std::chrono::milliseconds;
    const forms::time form{milliseconds(1), std::chrono::hours(24)};
    BOOST_TEST(form.read("250ms").value().count() == 250);
    BOOST_TEST(form.read("10s").value().count() == 10'000);
    BOOST_TEST(form.read("5m").value().count() == 300'000);
    for (const char* bad : {"", "0ms", "10", "25h", "1d", "1.5s", "-1s", "10 s", "18446744073709551615h"})
        BOOST_TEST(!form.read(bad).has_value(), bad);
    BOOST_TEST(form.write(milliseconds(90'000)) == "90s");
    BOOST_TEST(form.write(milliseconds(1500)) == "1500ms");
}

BOOST_AUTO_TEST_CASE(processors_are_numbers_and_ranges) {
    for (const char* good : {"", "0", "0,2-3", "1-1", "1023"})
        BOOST_TEST(forms::processors{}.read(good).has_value(), good);
    for (const char* bad : {",", "0,", "-1", "3-2", "1024", "a", "0-", "0 1"})
        BOOST_TEST(!forms::processors{}.read(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_handler_is_a_word_or_a_kind_with_its_argument) {
    BOOST_TEST(forms::handler{}.read("program:python3 a.py")->argument == "python3 a.py");
    BOOST_CHECK(forms::handler{}.read("upstream:http://127.0.0.1:1")->kind == handler_kind::upstream);
    for (const char* text :
         {"echo", "hash", "sleep:0.5", "sleep:86400000", "sleep:1234.5678", "library:./a.so", "program:a b",
          "upstream:/run/a.sock"})
        BOOST_TEST(forms::handler{}.write(*forms::handler{}.read(text)) == text);
    for (const char* bad :
         {"", "program:", "library:", "upstream:", "ech", "programa:b", "upstream:http://", "upstream:ftp://a",
          "upstream:http://a/b?c", "upstream:http://a/b#c", "upstream:http://a b/", "upstream:http://a/b\r\nX: 1",
          "upstream:run/a"})
        BOOST_TEST(!forms::handler{}.read(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(configuration_file)

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_as_the_same_settings) {
    settings s;
    s.listen.port(0);
    s.admin.reset();
    s.workers = 9;
    s.min_workers = 2;
    s.handler = {handler_kind::program, {}, R"~(python3 -c "print('\\n')")~"};
    s.overload = overload_policy::priority;
    s.deadline = std::chrono::milliseconds(1234);
    s.max_body = 12345;
    s.worker_cpus = "0,2-3";
    BOOST_CHECK(std::get<settings>(read_file(config_text(s))) == s);
    BOOST_CHECK(std::get<settings>(read_file(config_text({}))) == settings{});
}

BOOST_AUTO_TEST_CASE(a_text_of_several_lines_is_printed_so_that_it_is_read_again) {
    settings s;
    s.handler = {handler_kind::program, {}, "python3 -c 'print(1)\n\tprint(2)\x7f\x01'"};
    BOOST_CHECK(std::get<settings>(read_file(config_text(s))) == s);
}

BOOST_AUTO_TEST_CASE(a_file_without_a_line_changes_nothing) {
    BOOST_CHECK(std::get<settings>(read_file("")) == settings{});
}

BOOST_AUTO_TEST_CASE(a_file_of_another_system_s_editor_is_read) {
    BOOST_TEST(std::get<settings>(read_file("\xef\xbb\xbfworkers = 3\r\n")).workers == 3U);
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_file) {
    invocation line;
    line.config_file = "/tmp";
    const auto problems = std::get<std::vector<std::string>>(read_settings(line));
    BOOST_REQUIRE(problems.size() == 1U);
    BOOST_TEST(problems[0] == "/tmp: it cannot be read");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_with_its_line_and_what_is_accepted) {
    const auto problems =
        std::get<std::vector<std::string>>(read_file("workers = 0\nwrokers = 2\nlisten = \"here\"\ndeadline = 3.5\n"));
    BOOST_REQUIRE(problems.size() == 4U);
    const auto has = [&](const std::string& text) {
        return std::ranges::any_of(problems, [&](const auto& p) { return p.find(text) != std::string::npos; });
    };
    BOOST_TEST(has(":1: workers: '0' is not a number from 1 to 1024"));
    BOOST_TEST(has(":2: there is no setting 'wrokers'"));
    BOOST_TEST(has(":3: listen: 'here' is not ADDRESS:PORT"));
    BOOST_TEST(has(":4: deadline: is neither a text nor a whole number"));
}

BOOST_AUTO_TEST_CASE(what_is_no_toml_is_named_with_its_line) {
    const auto problems = std::get<std::vector<std::string>>(read_file("workers = 1\nhandler = \"echo\n"));
    BOOST_REQUIRE(problems.size() == 1U);
    BOOST_TEST(problems[0].find(":2: ") != std::string::npos, problems[0]);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named) {
    invocation line;
    line.config_file = "/nonexistent/intake.toml";
    const auto problems = std::get<std::vector<std::string>>(read_settings(line));
    BOOST_REQUIRE(problems.size() == 1U);
    BOOST_TEST(problems[0] == "/nonexistent/intake.toml: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_flag_goes_before_the_file) {
    const auto read = read_file("workers = 3\nqueue-capacity = 7\n", {{"workers", "5"}});
    BOOST_TEST(std::get<settings>(read).workers == 5U);
    BOOST_TEST(std::get<settings>(read).queue_capacity == 7U);
}

BOOST_AUTO_TEST_CASE(the_file_in_the_tree_has_all_settings_with_their_defaults) {
    std::ifstream file(PLAIT_INTAKE_TOML);
    std::stringstream text;
    text << file.rdbuf();
    BOOST_TEST(text.str() == config_text({}));
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
    const auto hashing = hash();
    auto digest = [&](std::string_view text) {
        const auto bytes = hashing->answer({.id = {}, .head = {}, .body = text}).bytes;
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    BOOST_TEST(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
