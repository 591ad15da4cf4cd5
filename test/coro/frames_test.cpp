// Copyright 2026 the plait authors. Boost Software License 1.0
#include "coro/src/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <vector>

using plait::detail::frames;

namespace {

// A stack of frames that a test lays out: at word 2n the address of a caller's frame, at word 2n + 1 a return address.
class made_up_stack {
public:
    made_up_stack() {
        for (std::size_t n = 0; n < count; ++n)
            lay(n, address(n + 1));
    }
    [[nodiscard]] std::uintptr_t address(std::size_t n) const {
        return reinterpret_cast<std::uintptr_t>(&words_[2 * n]);
    }
    void lay(std::size_t n, std::uintptr_t caller) {
        words_[2 * n] = caller;
        words_[2 * n + 1] = 100 + n;
    }
    /// What is found from frame 0 on.
    [[nodiscard]] std::vector<std::uintptr_t> walk() const {
        frames found(words_.data(), &words_[2 * count]);
        return {found.return_addresses().begin(), found.return_addresses().end()};
    }

private:
    static constexpr std::size_t count = 4;
    alignas(16) std::array<std::uintptr_t, 2 * count + 2> words_{};
};

using addresses = std::vector<std::uintptr_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(frames_suite)

BOOST_AUTO_TEST_CASE(every_frame_up_to_the_end_of_the_stack_is_found) {
    made_up_stack s;
    BOOST_TEST((s.walk() == addresses{100, 101, 102, 103}));
}

BOOST_AUTO_TEST_CASE(a_frame_pointer_that_leads_out_of_the_stack_is_not_followed) {
    made_up_stack s;
    for (std::uintptr_t out_of_it : {std::uintptr_t{0}, std::uintptr_t{8}, s.address(4), ~std::uintptr_t{15}}) {
        s.lay(1, out_of_it);
        BOOST_TEST((s.walk() == addresses{100, 101}));
    }
}

BOOST_AUTO_TEST_CASE(a_frame_pointer_that_leads_back_is_not_followed) {
    made_up_stack s;
    for (std::size_t back : {0u, 1u, 2u}) {
        s.lay(2, s.address(back));
        BOOST_TEST((s.walk() == addresses{100, 101, 102}));
    }
}

BOOST_AUTO_TEST_CASE(a_frame_pointer_that_is_no_multiple_of_a_word_is_not_followed) {
    made_up_stack s;
    s.lay(0, s.address(1) + 3);
    BOOST_TEST((s.walk() == addresses{100}));
}

BOOST_AUTO_TEST_CASE(a_frame_that_begins_in_the_last_word_is_none) {
    made_up_stack s;
    s.lay(0, s.address(3) + sizeof(std::uintptr_t));
    BOOST_TEST((s.walk() == addresses{100}));
}

BOOST_AUTO_TEST_SUITE_END()
