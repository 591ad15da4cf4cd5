// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/async_spawn.hpp>
#include <plait/coro/coro_pool.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/observe.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <string>
#include <thread>
#include <utility>

using namespace plait;
using boost::system::error_code;

namespace {

local<std::string> request{inherited}; // each test sets those that it looks at

/// A coroutine that has set its `request`, and sleeps until the test is over.
class sleeping_parent {
public:
    explicit sleeping_parent(const std::string& name, const spawn_options& options = {})
        : coroutine_(spawn(
              [this, name] {
                  request.set(name);
                  has_set_.set();
                  over_.wait();
              },
              options)) {
        has_set_.wait();
    }
    ~sleeping_parent() { over_.set(); }

    [[nodiscard]] const task<void>* operator*() const noexcept { return &coroutine_; }

private:
    event has_set_, over_;
    task<void> coroutine_;
};

task<void> ended() {
    auto t = spawn([] {});
    t.wait();
    return t;
}

void refuses_with(errc code, const spawn_options& options) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(spawn([] {}, options)), error, [&](const error& e) { return e.code() == code; });
}

/// The line of a dump that begins with `name`.
std::string line_of(const std::string& name) {
    std::string all = dump_all();
    auto begin = all.find("'" + name + "'");
    return begin == std::string::npos ? "" : all.substr(begin, all.find('\n', begin) - begin);
}

} // namespace

BOOST_AUTO_TEST_SUITE(parent_suite)

BOOST_AUTO_TEST_CASE(a_coroutine_inherits_from_the_parent_that_is_named) {
    run([] {
        request.set("spawner's");
        sleeping_parent parent("parent's");
        auto child = spawn([] { return std::exchange(*request, "child's"); }, {.parent = *parent});
        BOOST_TEST(child.join() == "parent's");
        BOOST_TEST(spawn([] { return *request; }, {.parent = *parent}).join() == "parent's"); // a copy it was
        BOOST_TEST(spawn([] { return *request; }).join() == "spawner's");
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_does_not_inherit_from_its_spawner_what_the_named_parent_has_not) {
    run([] {
        auto parent = spawn([] {}); // has not begun, and has what was there when it was spawned: nothing
        request.set("spawner's");
        BOOST_TEST(!spawn([] { return request.has(); }, {.parent = &parent}).join());
    });
}

BOOST_AUTO_TEST_CASE(dumps_show_the_parent_that_is_named) {
    run([] {
        event shown;
        sleeping_parent parent("parent's");
        auto child = spawn([&] { shown.wait(); }, {.name = "child", .parent = *parent});
        yield();
        BOOST_TEST(
            line_of("child").find(" under coroutine " + std::to_string((*parent)->id()) + ",") != std::string::npos);
        shown.set();
    });
}

BOOST_AUTO_TEST_CASE(no_parent_means_the_spawner) {
    run([] {
        request.set("spawner's");
        const task<int>* nobody = nullptr;
        BOOST_TEST(spawn([] { return *request; }, {.parent = nullptr}).join() == "spawner's");
        BOOST_TEST(spawn([] { return *request; }, {.parent = nobody}).join() == "spawner's");
    });
}

BOOST_AUTO_TEST_CASE(a_child_of_a_scope_can_be_the_parent) {
    run([] {
        in_scope([](scope& s) {
            event has_set, over;
            auto parent = s.spawn([&] {
                request.set("parent's");
                has_set.set();
                over.wait();
            });
            has_set.wait();
            BOOST_TEST(s.spawn([] { return *request; }, {.parent = &parent}).join() == "parent's");
            over.set();
            parent.wait(); // it refers to what is here
        });
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_can_name_itself_by_its_task) {
    run([] {
        task<std::string> self;
        self = spawn([&] {
            request.set("mine");
            return spawn([] { return *request; }, {.parent = &self}).join();
        });
        BOOST_TEST(self.join() == "mine");
    });
}

BOOST_AUTO_TEST_CASE(a_parent_that_has_ended_is_refused) {
    run([] {
        auto parent = ended();
        refuses_with(errc::invalid_argument, {.parent = &parent});
    });
}

BOOST_AUTO_TEST_CASE(an_empty_task_as_parent_is_refused) {
    run([] {
        task<void> empty;
        BOOST_CHECK_EXCEPTION(
            static_cast<void>(parent_task(&empty)), error, [](const error& e) { return e.code() == errc::no_state; });
    });
}

BOOST_AUTO_TEST_CASE(a_parent_of_another_loop_is_refused) {
    run(
        [] {
            sleeping_parent parent("parent's", {.on = loops()[1]});
            refuses_with(errc::invalid_argument, {.parent = *parent});
            refuses_with(errc::invalid_argument, {.on = loops()[1], .parent = *parent});
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(a_plain_thread_cannot_name_a_parent) {
    run([] {
        sleeping_parent parent("parent's");
        loop* here = loop::current();
        std::thread([&] { refuses_with(errc::invalid_argument, {.on = here, .parent = *parent}); }).join();
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_run_on_another_loop_than_its_parent) {
    run(
        [] {
            sleeping_parent parent("parent's");
            BOOST_TEST(spawn([] { return *request; }, {.on = loops()[1], .parent = *parent}).join() == "parent's");
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(a_handler_can_spawn_for_a_coroutine) {
    run([] {
        sleeping_parent parent("parent's");
        event spawned;
        task<std::string> child;
        boost::asio::post(loop::current()->context(), [&] {
            child = spawn([] { return *request; }, {.parent = *parent});
            spawned.set();
        });
        spawned.wait();
        BOOST_TEST(child.join() == "parent's");
    });
}

BOOST_AUTO_TEST_CASE(launched_now_under_another_parent_a_child_runs_at_once_and_then_its_spawner_goes_on) {
    run([] {
        sleeping_parent parent("parent's");
        std::string seen;
        auto child = spawn(launch::now, [&] { seen = *request; }, {.parent = *parent});
        BOOST_TEST(seen == "parent's");
        BOOST_TEST(child.is_done());
    });
}

// While a copy waited, the parent could change or destroy what is being copied.
BOOST_AUTO_TEST_CASE(copying_what_another_has_must_not_wait) {
    struct waits_when_copied {
        waits_when_copied() = default;
        waits_when_copied(waits_when_copied&&) noexcept = default;
        waits_when_copied(const waits_when_copied&) { event().wait(); }
        waits_when_copied& operator=(waits_when_copied&&) noexcept = default;
    };
    run([] {
        local<waits_when_copied> slow(inherited);
        event over;
        auto parent = spawn([&] {
            slow.set({});
            over.wait();
            slow.reset();
        });
        yield();
        refuses_with(errc::would_block_loop, {.parent = &parent});
        BOOST_TEST(detail::party::in_coroutine());
        over.set();
        parent.join();
    });
}

BOOST_AUTO_TEST_CASE(a_pool_that_spawns_later_keeps_the_parent_until_then) {
    run([] {
        coro_pool pool(1);
        event finish, handled;
        pool.spawn([&] { finish.wait(); });
        error_code result;
        {
            auto parent = spawn([] {});
            pool.async_spawn(
                [] {},
                [&](error_code ec, const scoped_task<void>&) {
                    result = ec;
                    handled.set();
                },
                {.parent = &parent});
        } // the parent ends, and nobody else has a handle
        finish.set();
        handled.wait();
        BOOST_TEST((result == errc::invalid_argument));
    });
}

BOOST_AUTO_TEST_CASE(an_operation_that_spawns_later_keeps_the_parent_until_then) {
    run([] {
        auto parent = spawn([] {});
        auto operation = async_spawn([] {}, {.parent = &parent}, boost::asio::deferred);
        parent = {};
        BOOST_CHECK_EXCEPTION(std::move(operation)([](std::exception_ptr) {}), error, [](const error& e) {
            return e.code() == errc::invalid_argument;
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
