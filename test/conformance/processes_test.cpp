// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What users of Python's multiprocessing.Process rely on, with each of the start methods.
#include "support/pipe.hpp"
#include "support/start_methods.hpp"

#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/thread.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <sys/wait.h>

namespace ipc = plait::ipc;
using plait::errc;
using plait::detail::unique_fd;
using plait::test::read_byte;
using plait::test::write_byte;
using namespace std::chrono_literals;

namespace {

ipc::process_options by(ipc::start_method method) { return {.method = method}; }

int stay(unique_fd until_closed, int result) {
    read_byte(until_closed);
    return result;
}
void wait_for_ever() {
    for (;;)
        ::pause();
}
int exit_code_of(ipc::process p) {
    p.start();
    p.join();
    return p.exit_code().value();
}
int open_descriptors() {
    std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<int>(std::distance(begin(all), end(all)));
}
auto with_code(errc code) {
    return [code](const plait::error& e) { return e.code() == code; };
}
bool is_active(const ipc::process& p) {
    auto all = ipc::active_children();
    return std::find(all.begin(), all.end(), p) != all.end();
}

/// A function object with a state that takes more than a copy of its bytes.
struct cook {
    std::string name;
    std::map<std::string, std::vector<int>> menu;

    int operator()(const std::string& dish, int count) const {
        const auto found = menu.find(dish);
        if (name != "Ann" || found == menu.end()) return -1;
        return count + static_cast<int>(found->second.size());
    }
};

/// Says when it goes.
class farewell {
public:
    explicit farewell(int fd) : to_(fd) {}
    farewell(farewell&& other) noexcept : to_(std::exchange(other.to_, -1)) {}
    farewell(const farewell&) = delete;
    ~farewell() {
        if (to_ >= 0) static_cast<void>(::write(to_, "d", 1) == 1);
    }

private:
    int to_;
};

} // namespace

template <>
struct plait::ipc::argument<farewell> {
    static void encode(argument_writer&, const farewell&) {}
    static farewell decode(argument_reader&) { return farewell(STDOUT_FILENO); }
};

BOOST_AUTO_TEST_SUITE(processes_conformance)

// conformance A: start from a function, and from a callable object with state
BOOST_DATA_TEST_CASE(a_process_runs_a_function_or_an_object_with_a_state_of_any_shape, test::start_methods) {
    plait::test::pipe door;
    door.writer.reset();
    BOOST_TEST(exit_code_of(ipc::process{by(sample), plait::fn<&stay>, std::move(door.reader), 7}) == 7);
    cook ann{"Ann", {{"soup", {1, 2, 3}}, {"duck", {}}}};
    BOOST_TEST(exit_code_of(ipc::process{by(sample), ann, "soup", 10}) == 13);
}

// conformance A, B 1: attributes in the current process, and in the child
BOOST_DATA_TEST_CASE(a_process_knows_its_pid_its_name_and_its_parent, test::start_methods) {
    auto self = ipc::current_process();
    BOOST_TEST(self.is_alive());
    BOOST_TEST(!self.is_daemon());
    BOOST_TEST(self.pid().value() == ::getpid());
    BOOST_TEST(!self.exit_code().has_value());
    auto options = by(sample);
    options.name = "chef";
    ipc::process p{
        options,
        [](pid_t parent) {
            auto me = ipc::current_process();
            auto mine = ipc::parent_process();
            if (me.name() != "chef" || me.pid() != ::getpid() || !me.is_alive()) return 1;
            if (!mine || mine->pid() != parent || mine->name() != "main" || !mine->is_alive()) return 2;
            return ::getppid() == parent && ipc::active_children().empty() ? 0 : 3;
        },
        ::getpid()};
    BOOST_TEST(exit_code_of(p) == 0);
}

// conformance A, B 2: is_alive and exit code before, while, after; start is asynchronous, join waits
BOOST_DATA_TEST_CASE(a_process_is_alive_from_start_to_end_and_then_has_an_exit_code, test::start_methods) {
    plait::test::pipe door;
    ipc::process p{by(sample), plait::fn<&stay>, std::move(door.reader), 0};
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(!p.exit_code().has_value());
    p.start();
    BOOST_TEST(p.is_alive());
    BOOST_TEST(!p.exit_code().has_value());
    door.writer.reset();
    p.join();
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(p.exit_code().value() == 0);
}

// conformance B 3: arguments of every shape arrive unchanged
BOOST_DATA_TEST_CASE(arguments_of_every_shape_arrive_unchanged, test::start_methods) {
    struct plain {
        int a;
        double b;
    };
    auto shared = ipc::segment::create({.bytes = 4 << 20});
    auto queue = ipc::queue<std::string>::create(shared, "words");
    ipc::process p{
        by(sample),
        [](int n, const std::string& text, const std::vector<std::string>& list, plain values,
           const std::map<std::string, int>& prices, const std::optional<std::string>& nothing, const cook& aggregate,
           ipc::queue<std::string> words) {
            words.put(text + list.at(1) + aggregate.name);
            const bool same = n == -5 && list.size() == 2 && values.a == 1 && values.b == 2.5 &&
                              prices.at("duck") == 12 && !nothing && aggregate.menu.at("soup").at(0) == 4;
            return same ? 0 : 1;
        },
        -5,
        std::string(100'000, 't'),
        std::vector<std::string>{"", "x"},
        plain{1, 2.5},
        std::map<std::string, int>{{"duck", 12}},
        std::optional<std::string>(),
        cook{"Ann", {{"soup", {4}}}},
        queue};
    BOOST_TEST(exit_code_of(p) == 0);
    BOOST_TEST(queue.get() == std::string(100'000, 't') + "xAnn");
}

// conformance B 4: the daemon flag is inherited and overridden
BOOST_DATA_TEST_CASE(the_daemon_flag_is_inherited_and_can_be_overridden, test::start_methods) {
    auto options = by(sample);
    options.daemon = true;
    ipc::process daemon{options, [] {
                            ipc::process inherited{[] {}};
                            ipc::process overridden{{.daemon = false}, [] {}};
                            return inherited.is_daemon() && !overridden.is_daemon() ? 0 : 1;
                        }};
    BOOST_TEST(daemon.is_daemon());
    BOOST_TEST(exit_code_of(daemon) == 0);
    BOOST_TEST(!ipc::process([] {}).is_daemon());
}

// conformance B 5: a grandchild notices its parent's end
BOOST_DATA_TEST_CASE(a_grandchild_notices_the_end_of_its_parent, test::start_methods) {
    plait::test::pipe news;
    ipc::process parent{
        by(sample),
        [](unique_fd writer, ipc::start_method method) {
            ipc::process orphan{
                by(method),
                [](unique_fd to) {
                    auto mine = ipc::parent_process().value();
                    write_byte(to, mine.is_alive() ? 'a' : 'x');
                    mine.join();
                    write_byte(to, mine.is_alive() ? 'x' : 'e');
                },
                std::move(writer)};
            orphan.start();
            wait_for_ever();
        },
        std::move(news.writer), sample};
    parent.start();
    BOOST_TEST(read_byte(news.reader).value() == 'a');
    parent.kill();
    BOOST_TEST(read_byte(news.reader).value() == 'e');
    parent.join();
}

// conformance A, B 4: a daemon ends with its parent, even one that is killed
BOOST_DATA_TEST_CASE(a_daemon_ends_when_its_parent_is_killed, test::start_methods) {
    plait::test::pipe alive;
    ipc::process parent{
        by(sample),
        [](unique_fd writer, ipc::start_method method) {
            ipc::process daemon{
                {.daemon = true, .method = method},
                [](unique_fd held) {
                    write_byte(held, 'd');
                    wait_for_ever();
                },
                std::move(writer)};
            daemon.start();
            wait_for_ever();
        },
        std::move(alive.writer), sample};
    parent.start();
    BOOST_TEST(read_byte(alive.reader).value() == 'd');
    parent.kill();
    BOOST_TEST(!read_byte(alive.reader).has_value()); // the daemon held the last writer
    parent.join();
}

// conformance B 6: join with a zero timeout; terminate and kill
BOOST_DATA_TEST_CASE(terminate_and_kill_end_a_process_by_their_signals, test::start_methods) {
    ipc::process terminated{by(sample), plait::fn<&wait_for_ever>}, killed{by(sample), plait::fn<&wait_for_ever>};
    terminated.start();
    killed.start();
    BOOST_TEST(!terminated.join_for(0s));
    terminated.terminate();
    killed.kill();
    terminated.join();
    killed.join();
    BOOST_TEST(terminated.exit_code().value() == -SIGTERM);
    BOOST_TEST(killed.exit_code().value() == -SIGKILL);
    terminated.terminate(); // no effect on what has ended
    killed.kill();
}

// conformance B 7: active_children exactly between start and join
BOOST_DATA_TEST_CASE(a_child_is_active_from_start_to_end, test::start_methods) {
    plait::test::pipe door;
    ipc::process p{by(sample), plait::fn<&stay>, std::move(door.reader), 0};
    BOOST_TEST(!is_active(p));
    p.start();
    BOOST_TEST(is_active(p));
    door.writer.reset();
    p.join();
    BOOST_TEST(!is_active(p));
}

int tree(int depth, ipc::start_method method) {
    int leaves = depth == 0 ? 1 : 0;
    for (int i = 0; depth > 0 && i < 2; ++i)
        leaves += exit_code_of(ipc::process{by(method), plait::fn<&tree>, depth - 1, method});
    return leaves;
}

// conformance B 8: children of children
BOOST_DATA_TEST_CASE(children_have_children, test::start_methods) { BOOST_TEST(tree(3, sample) == 8); }

// conformance B 9: an awaitable handle becomes ready at the exit
BOOST_DATA_TEST_CASE(the_end_can_be_waited_for_together_with_others, test::start_methods) {
    plait::test::pipe slow, quick;
    ipc::process one{by(sample), plait::fn<&stay>, std::move(slow.reader), 1};
    ipc::process two{by(sample), plait::fn<&stay>, std::move(quick.reader), 2};
    std::vector<plait::shared_future<int>> ends{one.sentinel(), two.sentinel()};
    one.start();
    two.start();
    BOOST_TEST(plait::wait_for(0s, ends).done.empty());
    quick.writer.reset();
    auto first = plait::wait(ends, plait::first_completed);
    BOOST_TEST(first.done.size() == 1u);
    BOOST_TEST(first.done.front()->get() == 2);
    BOOST_TEST(!two.is_alive());
    slow.writer.reset();
    BOOST_TEST(plait::wait(ends).done.size() == 2u);
    BOOST_TEST(one.sentinel().get() == 1);
}

// conformance B 10: close while alive, use after close, twice
BOOST_DATA_TEST_CASE(a_closed_handle_refuses_and_can_be_closed_again, test::start_methods) {
    plait::test::pipe door;
    ipc::process p{by(sample), plait::fn<&stay>, std::move(door.reader), 0};
    p.start();
    BOOST_CHECK_EXCEPTION(p.close(), plait::error, with_code(errc::process_running));
    door.writer.reset();
    p.join();
    p.close();
    p.close();
    BOOST_CHECK_EXCEPTION(p.join(), plait::error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.is_alive()), plait::error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.sentinel()), plait::error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.exit_code()), plait::error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(static_cast<void>(p.pid()), plait::error, with_code(errc::no_state));
    BOOST_CHECK_EXCEPTION(p.terminate(), plait::error, with_code(errc::no_state));
}

// conformance B 11, A: 100 short-lived and 100 terminated right after start; no zombie is ever left
BOOST_DATA_TEST_CASE(one_hundred_short_lived_and_one_hundred_terminated_have_their_exit_codes, test::start_methods) {
    std::vector<ipc::process> short_lived, terminated;
    for (int i = 0; i < 100; ++i) {
        short_lived.emplace_back(
            by(sample), [](int n) { return n; }, i);
        short_lived.back().start();
        terminated.emplace_back(by(sample), plait::fn<&wait_for_ever>);
        terminated.back().start();
        terminated.back().terminate();
    }
    for (int i = 0; i < 100; ++i) {
        auto& p = short_lived[static_cast<std::size_t>(i)];
        p.join();
        BOOST_TEST(p.exit_code().value() == i);
    }
    for (auto& p : terminated) {
        p.join();
        BOOST_TEST(p.exit_code().value() == -SIGTERM);
        BOOST_TEST(::kill(p.pid().value(), 0) == -1); // not even a zombie
    }
    BOOST_TEST(ipc::active_children().empty());
}

// conformance B 12: the callable and its arguments are released after the run
BOOST_DATA_TEST_CASE(what_the_function_was_given_goes_when_it_has_run, test::start_methods) {
    plait::test::pipe farewells;
    auto options = by(sample);
    options.out = plait::subprocess::to(farewells.writer.get());
    ipc::process p{
        options, [](const farewell&) { static_cast<void>(::write(STDOUT_FILENO, "r", 1) == 1); }, farewell(-1)};
    p.start();
    farewells.writer.reset();
    BOOST_TEST(read_byte(farewells.reader).value() == 'r');
    BOOST_TEST(read_byte(farewells.reader).value() == 'd');
    BOOST_TEST(!read_byte(farewells.reader).has_value());
    p.join();
}

// conformance B 13: descriptors in children do not grow with siblings. A copy of this process has what this process has.
BOOST_DATA_TEST_CASE(descriptors_of_children_do_not_grow_with_siblings, test::clean_start_methods) {
    auto count = [] { return open_descriptors(); };
    const int alone = exit_code_of(ipc::process{by(sample), count});
    std::vector<plait::test::pipe> pipes(20);
    std::vector<ipc::process> siblings;
    for (int i = 0; i < 10; ++i) {
        siblings.emplace_back(by(sample), plait::fn<&wait_for_ever>);
        siblings.back().start();
    }
    BOOST_TEST(exit_code_of(ipc::process{by(sample), count}) == alone);
    for (auto& p : siblings) {
        p.kill();
        p.join();
    }
}

// conformance B 14: a child waits for its threads, but not for daemons
BOOST_DATA_TEST_CASE(a_child_waits_for_its_threads_and_not_for_daemons, test::start_methods) {
    plait::test::pipe news, gate;
    ipc::process p{
        by(sample),
        [](unique_fd to, unique_fd until_closed) {
            // Handles that are never destroyed: it is the end of the program that waits.
            static auto* const writer = new plait::thread([to = std::move(to), until_closed = std::move(until_closed)] {
                read_byte(until_closed);
                write_byte(to, 't');
            });
            static auto* const daemon = new plait::thread({.daemon = true}, plait::fn<&wait_for_ever>);
            static_cast<void>(writer);
            static_cast<void>(daemon);
            return 5;
        },
        std::move(news.writer), std::move(gate.reader)};
    p.start();
    gate.writer.reset();
    BOOST_TEST(read_byte(news.reader).value() == 't');
    p.join();
    BOOST_TEST(p.exit_code().value() == 5);
}

// conformance B 15: broken standard streams do not change the exit status
BOOST_DATA_TEST_CASE(broken_standard_streams_do_not_change_the_exit_code, test::start_methods) {
    plait::test::pipe broken;
    broken.reader.reset();
    auto options = by(sample);
    options.out = options.err = plait::subprocess::to(broken.writer.get());
    BOOST_TEST(exit_code_of(ipc::process{options, [] { throw std::runtime_error("nobody reads this"); }}) == 1);
    BOOST_TEST(exit_code_of(ipc::process{by(sample), [] {
                                             ::close(STDIN_FILENO);
                                             ::close(STDOUT_FILENO);
                                             ::close(STDERR_FILENO);
                                             return 4;
                                         }}) == 4);
}

// conformance B 17: exit(3) is exit code 3; an escaped exception is exit code 1, with a message on standard error
BOOST_DATA_TEST_CASE(exit_3_is_3_and_an_escaped_exception_is_1_and_a_message, test::start_methods) {
    BOOST_TEST(exit_code_of(ipc::process{by(sample), [] { std::exit(3); }}) == 3);
    plait::test::pipe errors;
    auto options = by(sample);
    options.name = "thrower";
    options.err = plait::subprocess::to(errors.writer.get());
    ipc::process p{options, [] { throw std::runtime_error("out of flour"); }};
    BOOST_TEST(exit_code_of(p) == 1);
    errors.writer.reset();
    std::string line;
    while (auto c = read_byte(errors.reader))
        line += *c;
    BOOST_TEST(line.find("thrower") != std::string::npos);
    BOOST_TEST(line.find("out of flour") != std::string::npos);
}

// conformance A: ten children joined, then one line
BOOST_DATA_TEST_CASE(ten_children_are_joined_before_one_goes_on, test::start_methods) {
    plait::test::pipe order;
    std::vector<ipc::process> all;
    for (int i = 0; i < 10; ++i) {
        all.emplace_back(
            by(sample), [](unique_fd to) { write_byte(to, 'c'); }, unique_fd(::dup(order.writer.get())));
        all.back().start();
    }
    for (auto& p : all)
        p.join();
    write_byte(order.writer, 'p');
    order.writer.reset();
    std::string seen;
    while (auto c = read_byte(order.reader))
        seen += *c;
    BOOST_TEST(seen == "ccccccccccp");
}

int global = 1;

// conformance A: memory is isolated
BOOST_DATA_TEST_CASE(a_child_s_change_to_a_global_is_not_seen, test::start_methods) {
    global = 2;
    const int seen = exit_code_of(ipc::process{by(sample), [] { return std::exchange(global, 3); }});
    BOOST_TEST(seen == (sample == ipc::start_method::fork ? 2 : 1)); // a copy, or begun anew
    BOOST_TEST(global == 2);
}

// conformance A: non-daemon children are waited for at the end of the program, daemons are ended
BOOST_DATA_TEST_CASE(the_end_of_a_program_waits_for_children_and_ends_daemons, test::start_methods) {
    plait::test::pipe news, gate;
    ipc::process parent{
        by(sample),
        [](unique_fd to, unique_fd until_closed, ipc::start_method method) {
            ipc::process child{
                by(method),
                [](unique_fd out, unique_fd in) {
                    read_byte(in);
                    write_byte(out, 'c');
                },
                std::move(to), std::move(until_closed)};
            ipc::process daemon{{.daemon = true, .method = method}, plait::fn<&wait_for_ever>};
            child.start();
            daemon.start();
        },
        std::move(news.writer), std::move(gate.reader), sample};
    parent.start();
    BOOST_TEST(!parent.join_for(0s));
    gate.writer.reset();
    BOOST_TEST(read_byte(news.reader).value() == 'c');
    BOOST_TEST(!read_byte(news.reader).has_value());
    parent.join();
    BOOST_TEST(parent.exit_code().value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
