// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <type_traits>

#include <fcntl.h>

using namespace plait;

BOOST_AUTO_TEST_SUITE(error_suite)

BOOST_AUTO_TEST_CASE(every_code_has_a_text_of_its_own) {
    std::set<std::string> texts;
    int codes = 0;
    for (int value = 1; value <= static_cast<int>(errc::restart_limit_reached); ++value, ++codes)
        texts.insert(make_error_code(static_cast<errc>(value)).message());
    BOOST_TEST(texts.size() == static_cast<std::size_t>(codes));
    BOOST_TEST(texts.count("unknown plait error") == 0u);
}

BOOST_AUTO_TEST_CASE(an_error_carries_its_code_and_says_what_was_done) {
    queue_closed e("queue.put");
    BOOST_TEST((e.code() == errc::queue_closed));
    BOOST_TEST(std::string(e.what()).starts_with("queue.put"));
}

BOOST_AUTO_TEST_CASE(a_failed_system_call_names_the_call_its_arguments_and_errno) {
    try {
        detail::checked(
            [] { return ::open("/nowhere/at/all", O_RDONLY); },
            [] { return std::string("open(/nowhere/at/all, O_RDONLY)"); });
        BOOST_ERROR("open succeeded");
    } catch (const boost::system::system_error& e) {
        BOOST_TEST(e.code().value() == ENOENT);
        BOOST_TEST(std::string(e.what()).find("open(/nowhere/at/all, O_RDONLY)") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(cancelled_is_no_std_exception) { BOOST_TEST((!std::is_base_of_v<std::exception, cancelled>)); }

BOOST_AUTO_TEST_SUITE_END()
