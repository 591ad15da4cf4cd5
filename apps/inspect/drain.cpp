// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Taking everything out of a queue. A message is acknowledged once it is printed, so that a full disk or a reader that
// has gone costs none.
#include "commands.hpp"
#include "json.hpp"
#include "message_pack.hpp"
#include "text.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cerrno>

namespace plait::inspector {
namespace {

void print(std::span<const std::byte> data, unsigned deliveries, std::size_t number, bool json, std::ostream& out) {
    if (json) {
        boost::json::object o{{"deliveries", deliveries}, {"bytes", data.size()}};
        if (auto value = message_pack_text(data)) o["msgpack"] = *value;
        add_contents(o, data);
        out << boost::json::serialize(o) << '\n';
    } else {
        out << '#' << number << "  " << size_text(data.size()) << ", delivery " << deliveries << '\n';
        if (auto value = message_pack_text(data)) out << "    MessagePack  " << *value << '\n';
        out << hex_dump(data, "    ");
    }
}

} // namespace

int drain(const request& what, std::ostream& out) {
    auto queue = inspect::open_queue(inspect::find_segment(what.segment), what.queue);
    std::size_t drained = 0, damaged = 0;
    for (;;) {
        auto message = queue.try_receive();
        if (!message && message.error() == errc::message_malformed) {
            ++damaged;
            continue;
        }
        if (!message && message.error() != errc::queue_empty && message.error() != errc::queue_closed)
            throw boost::system::system_error(message.error(), "receiving from '" + what.queue + "'");
        if (!message) break;
        ++drained;
        print(message->data(), message->deliveries(), drained, what.json, out);
        if (!out.flush())
            throw boost::system::system_error(
                EIO, boost::system::system_category(),
                "message " + std::to_string(drained) + " cannot be printed and goes back");
        message->ack();
    }
    if (!what.json) out << counted(drained, "message") << " drained\n";
    if (damaged == 0) return 0;
    throw error(
        errc::message_malformed, counted(damaged, "message") + " had a damaged header and could not be printed");
}

} // namespace plait::inspector
