// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/event.hpp>

#include <atomic>
#include <memory>

using namespace plait;

BOOST_AUTO_TEST_SUITE(event_suite)

BOOST_AUTO_TEST_CASE(setting_lets_everybody_through) {
    test::for_every_kind([](test::parties& party) {
        event go;
        std::atomic<int> through{0};
        for (int i = 0; i < 8; ++i)
            party([&] {
                go.wait();
                ++through;
            });
        party([&] { go.set(); });
        party.join();
        BOOST_TEST(through == 8);
    });
}

BOOST_AUTO_TEST_CASE(a_set_event_does_not_block_and_a_cleared_one_does) {
    event e;
    e.set();
    e.wait();
    e.clear();
    BOOST_TEST(!e.is_set());
    BOOST_TEST(!e.wait_for(duration(0)));
}

BOOST_AUTO_TEST_CASE(the_one_that_was_waited_for_may_destroy_the_event) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 200; ++round) {
            auto e = std::make_unique<event>();
            party([raw = e.get()] { raw->set(); });
            e->wait();
            e.reset();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_wait_in_a_handler_on_the_loop_s_thread_is_refused) {
    loop l;
    event never;
    boost::system::error_code code;
    auto t = spawn([] {}, {.on = &l});
    struct refusing : detail::ready_item {
        event& e;
        boost::system::error_code& code;
        loop& l;
        refusing(event& ev, boost::system::error_code& c, loop& lp)
            : detail::ready_item([](detail::ready_item& item) noexcept {
                  auto& self = static_cast<refusing&>(item);
                  try {
                      self.e.wait();
                  } catch (const error& refused) {
                      self.code = refused.code();
                  }
                  self.l.stop();
              }),
              e(ev),
              code(c),
              l(lp) {}
    } item(never, code, l);
    l.make_ready(item);
    l.run();
    BOOST_TEST((code == errc::would_block_loop));
}

BOOST_AUTO_TEST_SUITE_END()
