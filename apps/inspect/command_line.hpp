// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the command line asks for.

#include <cstddef>
#include <string>
#include <variant>

namespace plait::inspector {

struct request {
    enum class command { list, participants, queue, drain, replay, drop, evict, remove };
    command what = command::list;
    bool json = false;
    bool force = false;
    std::string segment; ///< empty: all
    std::string queue;
    std::size_t peek = 0;    ///< messages to show
    std::size_t bytes = 256; ///< of each
    bool dead = false;       ///< show the dead letters
    unsigned participant = 0;
};

/// The command line asked for its help, or is refused: `text` says what to print, `code` is the exit code.
struct early_exit {
    int code;
    std::string text;
};

[[nodiscard]] std::variant<request, early_exit> read_command_line(int argc, const char* const* argv);

} // namespace plait::inspector
