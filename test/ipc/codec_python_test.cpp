// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   queue ──bytes of messages──▶ python3 codec_python.py ──bytes of messages──▶ queue
//
// Another language, with a MessagePack of its own, reads and writes the messages of a plait queue. It cannot enter the
// segment; whoever bridges hands over the bytes of a byte_queue, here through pipes.
#include "codec_types.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/runtime/subprocess.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <numeric>

using namespace plait;
using namespace plait::test;
using namespace std::chrono_literals;

namespace {

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // GCC 12 at -O1, of the value of an optional that has none

/// A conversation: values go to Python in order, and must come back as they were.
class conversation {
public:
    template <class T>
    void say(const T& value) {
        ipc::queue<ipc::packed<T>> typed(there_);
        typed.put(value);
        auto message = there_.receive();
        said_.append(reinterpret_cast<const char*>(message.data().data()), message.data().size());
        message.ack();
        answers_.push_back([this, value, nth = answers_.size()] {
            BOOST_TEST((ipc::queue<ipc::packed<T>>(back_).get().value == value), "the answer to message " << nth);
        });
    }
    void finish() {
        // Debian's Python, whose msgpack the tests need; another one may come first in the path.
        auto done = subprocess::run(
            {"/usr/bin/python3", PLAIT_TEST_FOLDER "/codec_python.py"}, {.input = said_, .capture = true});
        BOOST_REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        std::string_view rest = done.out;
        for (const auto& answer : answers_) {
            std::size_t length = 0;
            for (char c : rest.substr(0, 4))
                length = length << 8 | static_cast<unsigned char>(c);
            back_.put(std::as_bytes(std::span(rest.substr(4, length))));
            rest.remove_prefix(4 + length);
            answer();
        }
        BOOST_TEST(rest.empty());
    }

private:
    ipc::segment shared_ = ipc::segment::create({.bytes = 4 << 20, .max_participants = 2});
    ipc::byte_queue there_ = ipc::byte_queue::create(shared_, "there");
    ipc::byte_queue back_ = ipc::byte_queue::create(shared_, "back");
    std::string said_;
    std::vector<std::function<void()>> answers_;
};

} // namespace

BOOST_AUTO_TEST_CASE(python_reads_and_writes_the_messages_of_a_queue) {
    using either = std::variant<std::monostate, int, std::string>;
    using time = std::chrono::sys_time<std::chrono::nanoseconds>;
    using seconds = std::chrono::sys_seconds;
    bytes all_bytes;
    for (unsigned b = 0; b < 256; ++b)
        all_bytes.push_back(std::byte(b));
    std::vector<int> many(70'000);
    std::iota(many.begin(), many.end(), 0);

    conversation with_python;
    with_python.say(true);
    with_python.say(std::numeric_limits<std::int64_t>::min());
    with_python.say(std::numeric_limits<std::uint64_t>::max());
    with_python.say(1.5);
    with_python.say(std::string("text with\0zero", 14));
    with_python.say(all_bytes);
    with_python.say(std::array<int, 3>{1, 2, 3});
    with_python.say(many);
    with_python.say(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
    with_python.say(std::optional<int>());
    with_python.say(std::optional<std::string>("there"));
    with_python.say(either());
    with_python.say(either("two"));
    with_python.say(tree{"root", {{"leaf", {}}}});
    with_python.say(time());
    with_python.say(time(-1ns));
    with_python.say(seconds(17'179'869'184s));
    with_python.say(sample());
    with_python.finish();
}
