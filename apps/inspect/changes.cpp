// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What an operator does to the messages of a queue without reading them. Each is one call of the library, made as a
// participant.
#include "commands.hpp"
#include "text.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/ipc/queue.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace plait::inspector {
namespace {

/// Opens the queue, and says how many messages `act` has dealt with.
template <class Act>
int change(const request& what, const char* done, std::ostream& out, Act act) {
    auto queue = ipc::inspect::open_queue(ipc::inspect::find_segment(what.segment), what.queue);
    std::size_t n = act(queue);
    if (what.json)
        out << boost::json::serialize(boost::json::object{{done, n}}) << '\n';
    else
        out << counted(n, "message") << ' ' << done << '\n';
    return 0;
}

} // namespace

int replay(const request& what, std::ostream& out) {
    return change(what, "replayed", out, [](auto& queue) { return queue.replay_dead_letters(); });
}

int drop(const request& what, std::ostream& out) {
    return change(what, "dropped", out, [](auto& queue) { return queue.drop_dead_letters(); });
}

int evict(const request& what, std::ostream& out) {
    return change(what, "evicted", out, [&](auto& queue) { return queue.evict(what.participant); });
}

} // namespace plait::inspector
