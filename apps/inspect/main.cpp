// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait: shows segments, who is in them, and what lies in their queues.
#include "command_line.hpp"
#include "commands.hpp"
#include "text.hpp"

#include <plait/ipc/inspect.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <variant>

namespace {

using namespace plait::inspector;

int run(const request& what, std::ostream& out) {
    switch (what.what) {
    case request::command::list: return list(what, out);
    case request::command::participants: return show_participants(what, out);
    case request::command::queue: return show_queue(what, out);
    case request::command::drain: return drain(what, out);
    case request::command::replay: return replay(what, out);
    case request::command::drop: return drop(what, out);
    case request::command::evict: return evict(what, out);
    case request::command::remove: return remove(what, out);
    }
    return 2;
}

int fail(const std::string& why) {
    std::fprintf(stderr, "plait: %s\n", printable(why).c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN); // a reader that has gone is an error of writing
    const auto line = read_command_line(argc, argv);
    if (const auto* exit = std::get_if<early_exit>(&line)) {
        std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
        return exit->code;
    }
    try {
        int code = run(std::get<request>(line), std::cout);
        return std::cout.flush() ? code : fail("standard output cannot be written");
    } catch (const boost::system::system_error& e) {
        return fail(plait::ipc::inspect::sentence_of(e));
    } catch (const std::exception& e) {
        return fail(e.what());
    }
}
