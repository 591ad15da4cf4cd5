// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What reaches a child: values of every shape, descriptors, and the right function.
#include "process_callables.hpp"
#include "support/pipe.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <sys/mman.h>
#include <sys/stat.h>

namespace ipc = plait::ipc;
using plait::detail::unique_fd;
using namespace std::string_literals;

namespace {

int exit_code_of(ipc::process p) {
    p.start();
    p.join();
    return p.exit_code().value();
}

enum class flavour : unsigned char { sweet = 3, sour = 200 };

struct recipe { // trivially copyable, without a default constructor
    explicit recipe(int m) : minutes(m) {}
    int minutes;
    double litres = 0.25;
    bool operator==(const recipe&) const = default;
};

// A type with an encoding of its own.
struct menu {
    std::map<std::string, int> prices;
};

struct counter { // a function object with state
    int from;
    int operator()(int n) const { return from + n; }
};

using nested = std::vector<std::tuple<std::string, std::optional<std::vector<int>>, std::pair<bool, std::string>>>;

int check_all(
    bool b, char c, long long l, double d, flavour f, recipe r, std::string s, std::vector<std::string> v, nested n,
    std::optional<int> some, std::optional<std::string> none, std::vector<int> empty, std::vector<bool> bits) {
    if (!b || c != 'x' || l != -5'000'000'000 || d != 0.1 || f != flavour::sour || r != recipe(20)) return 1;
    if (s != "with a \0 in the middle"s || v != std::vector<std::string>{"", "a", "bc"}) return 2;
    if (n.size() != 2 || std::get<0>(n[1]) != "second" || std::get<1>(n[0]) != std::vector<int>{1, 2, 3}) return 3;
    if (std::get<1>(n[1]) || std::get<2>(n[1]) != std::pair(true, "p"s)) return 4;
    return some == 7 && !none && empty.empty() && bits == std::vector<bool>{true, false, true} ? 0 : 5;
}

template <class T>
void decoding_any_shorter_form_is_refused(const T& value) {
    ipc::argument_writer out;
    out.value(value);
    auto all = out.written();
    for (std::size_t length = 0; length < all.size(); ++length) {
        ipc::argument_reader in(all.first(length), {});
        BOOST_CHECK_EXCEPTION(static_cast<void>(in.value<T>()), plait::error, [](const plait::error& e) {
            return e.code() == plait::errc::message_malformed;
        });
    }
    ipc::argument_reader in(all, {});
    BOOST_CHECK_NO_THROW(static_cast<void>(in.value<T>()));
    BOOST_CHECK_NO_THROW(in.finish());
}

} // namespace

template <>
struct plait::ipc::argument<menu> {
    static void encode(argument_writer& out, const menu& value) {
        out.size(value.prices.size());
        for (const auto& [dish, price] : value.prices) {
            out.value(dish);
            out.value(price);
        }
    }
    static menu decode(argument_reader& in) {
        menu value;
        for (std::size_t left = in.size(); left > 0; --left) {
            auto dish = in.value<std::string>();
            value.prices.emplace(std::move(dish), in.value<int>());
        }
        return value;
    }
};

BOOST_AUTO_TEST_SUITE(ipc_process_arguments)

BOOST_AUTO_TEST_CASE(arguments_of_every_shape_arrive_unchanged) {
    nested n{{"first", std::vector<int>{1, 2, 3}, {false, ""}}, {"second", std::nullopt, {true, "p"}}};
    BOOST_TEST(
        exit_code_of(ipc::process{
            plait::fn<&check_all>, true, 'x', -5'000'000'000, 0.1, flavour::sour, recipe(20),
            "with a \0 in the middle"s, std::vector<std::string>{"", "a", "bc"}, n, std::optional<int>(7),
            std::optional<std::string>(), std::vector<int>(), std::vector<bool>{true, false, true}}) == 0);
}

BOOST_AUTO_TEST_CASE(string_literals_and_views_arrive_as_strings) {
    std::string text = "a view";
    ipc::process p{
        [](std::string literal, std::string pointer, std::string view) {
            return literal == "literal" && pointer == "pointer" && view == "view" ? 0 : 1;
        },
        "literal", static_cast<const char*>("pointer"), std::string_view(text).substr(2)};
    text = "overwritten after the process was made";
    BOOST_TEST(exit_code_of(p) == 0);
}

BOOST_AUTO_TEST_CASE(a_type_may_have_an_encoding_of_its_own) {
    ipc::process p{
        [](menu m) { return m.prices.at("soup") + m.prices.at("bread"); }, menu{{{"soup", 5}, {"bread", 2}}}};
    BOOST_TEST(exit_code_of(p) == 7);
}

BOOST_AUTO_TEST_CASE(megabytes_arrive) {
    std::vector<std::uint32_t> many(1'000'000);
    std::iota(many.begin(), many.end(), 0u);
    ipc::process p{
        [](std::vector<std::uint32_t> got) {
            for (std::uint32_t i = 0; i < 1'000'000; ++i)
                if (got.at(i) != i) return 1;
            return got.size() == 1'000'000 ? 0 : 2;
        },
        many};
    BOOST_TEST(exit_code_of(p) == 0);
}

BOOST_AUTO_TEST_CASE(descriptors_arrive_in_order_wherever_they_lie) {
    // Those with low numbers lie where others go in the child.
    std::vector<unique_fd> files;
    std::vector<ino_t> inodes;
    for (int i = 0; i < 40; ++i) {
        files.emplace_back(::memfd_create("plait-test", MFD_CLOEXEC));
        struct stat status {};
        BOOST_REQUIRE(::fstat(files.back().get(), &status) == 0);
        inodes.push_back(status.st_ino);
    }
    std::swap(files.front(), files.back());
    std::swap(inodes.front(), inodes.back());
    ipc::process p{
        [](std::vector<unique_fd> got, std::vector<ino_t> expected) {
            if (got.size() != expected.size()) return 1;
            for (std::size_t i = 0; i < got.size(); ++i) {
                struct stat status {};
                if (::fstat(got[i].get(), &status) != 0 || status.st_ino != expected[i]) return 2;
                if (::fcntl(got[i].get(), F_GETFD) != FD_CLOEXEC) return 3;
            }
            return 0;
        },
        std::move(files), inodes};
    BOOST_TEST(exit_code_of(p) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_passed_is_released_in_the_parent_once_the_child_has_started) {
    plait::test::pipe p;
    ipc::process child{[](unique_fd writer) { plait::test::write_byte(writer, 'w'); }, std::move(p.writer)};
    child.start();
    BOOST_TEST(plait::test::read_byte(p.reader).value() == 'w');
    BOOST_TEST(!plait::test::read_byte(p.reader).has_value()); // neither the parent nor anybody else holds the writer
    child.join();
}

BOOST_AUTO_TEST_CASE(the_callable_is_released_after_the_run) {
    plait::test::pipe p;
    ipc::process child{
        [](unique_fd writer) {
            // Registered before the run, so run after it: by then the argument has been released.
            static int number = writer.get();
            std::atexit([] { std::_Exit(::fcntl(number, F_GETFD) == -1 ? 0 : 1); });
            return 2;
        },
        std::move(p.writer)};
    BOOST_TEST(exit_code_of(child) == 0);
}

BOOST_AUTO_TEST_CASE(a_function_object_is_copied_with_its_state) {
    BOOST_TEST(exit_code_of(ipc::process{counter{.from = 3}, 10}) == 13);
}

BOOST_AUTO_TEST_CASE(lambdas_with_the_same_name_in_two_files_are_not_confused) {
    BOOST_TEST(std::string(plait::test::callable_name_in_first_file()) == plait::test::callable_name_in_second_file());
    BOOST_TEST(exit_code_of(plait::test::process_of_first_file()) == 1);
    BOOST_TEST(exit_code_of(plait::test::process_of_second_file()) == 2);
}

BOOST_AUTO_TEST_CASE(truncated_arguments_are_refused_at_every_length) {
    decoding_any_shorter_form_is_refused("text"s);
    decoding_any_shorter_form_is_refused(std::vector<std::string>{"a", "", "bc"});
    decoding_any_shorter_form_is_refused(std::optional<std::string>("some"));
    decoding_any_shorter_form_is_refused(std::optional<int>(5));
    decoding_any_shorter_form_is_refused(std::variant<int, std::string>("text"));
    decoding_any_shorter_form_is_refused(std::tuple(1, "two"s, std::pair(3.0, "four"s)));
    decoding_any_shorter_form_is_refused(menu{{{"soup", 5}}});
}

BOOST_AUTO_TEST_CASE(an_announced_length_beyond_the_bytes_reserves_nothing) {
    ipc::argument_writer out;
    out.size(std::size_t{1} << 60);
    auto malformed = [](const plait::error& e) { return e.code() == plait::errc::message_malformed; };
    ipc::argument_reader text(out.written(), {}), list(out.written(), {});
    BOOST_CHECK_EXCEPTION(static_cast<void>(text.value<std::string>()), plait::error, malformed);
    BOOST_CHECK_EXCEPTION(static_cast<void>(list.value<std::vector<int>>()), plait::error, malformed);
}

BOOST_AUTO_TEST_CASE(elements_that_are_large_in_memory_are_not_reserved_before_they_are_there) {
    struct bulky {
        std::array<char, 1 << 20> text;
    };
    ipc::argument_writer out;
    out.size((1 << 20) - 1); // a terabyte of them
    out.bytes(std::vector<std::byte>((1 << 20) - 1));
    ipc::argument_reader in(out.written(), {});
    auto malformed = [](const plait::error& e) { return e.code() == plait::errc::message_malformed; };
    BOOST_CHECK_EXCEPTION(static_cast<void>(in.value<std::vector<bulky>>()), plait::error, malformed);
}

BOOST_AUTO_TEST_CASE(an_optional_that_is_neither_there_nor_not_is_refused) {
    ipc::argument_writer out;
    out.value(std::uint64_t{0x0606'0606'0606'0606});
    ipc::argument_reader in(out.written(), {});
    BOOST_CHECK_THROW(static_cast<void>(in.value<std::optional<int>>()), plait::error);
}

BOOST_AUTO_TEST_CASE(an_alternative_that_a_variant_does_not_have_is_refused) {
    using either = std::variant<int, bool>;
    ipc::argument_writer out;
    out.value(std::uint64_t{0x0202'0202'0202'0202});
    ipc::argument_reader in(out.written(), {});
    BOOST_CHECK_THROW(static_cast<void>(in.value<either>()), plait::error);
}

BOOST_AUTO_TEST_CASE(a_byte_that_is_neither_true_nor_false_is_refused) {
    ipc::argument_writer out;
    out.value(std::uint8_t{6});
    ipc::argument_reader in(out.written(), {});
    BOOST_CHECK_THROW(static_cast<void>(in.value<bool>()), plait::error);
}

BOOST_AUTO_TEST_CASE(arguments_that_are_left_over_are_refused) {
    ipc::argument_writer out;
    out.value(1);
    ipc::argument_reader in(out.written(), {});
    BOOST_CHECK_THROW(in.finish(), plait::error);
    BOOST_CHECK_THROW(static_cast<void>(in.descriptor()), plait::error);
}

BOOST_AUTO_TEST_SUITE_END()

// Not arguments: what they mean stays behind.
static_assert(!ipc::process_argument<int*>);
static_assert(!ipc::process_argument<std::string_view>);
static_assert(!ipc::process_argument<std::vector<const char*>>);
static_assert(!ipc::process_argument<int (*)()>);
