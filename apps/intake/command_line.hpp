// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   argv ─▶ invocation ─┐
//   file ───────────────┴─▶ read_settings ─▶ settings, or what is wrong with them
//
// What is to be done, and with which settings. The file is read anew at each read_settings(): so SIGHUP can.

#include "settings.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace plait::intake {

enum class command {
    serve,
    check,  ///< says whether the settings are right
    config, ///< prints them as a file
};

struct invocation {
    command what = command::serve;
    settings defaults{};
    std::string config_file;                                ///< empty: none
    std::vector<std::pair<std::string, std::string>> flags; ///< names and values, checked for their form
};

/// The program is to end at once: after --help (0), or because an argument is malformed (2).
struct early_exit {
    int code;
    std::string text; ///< for standard output if the code is 0, otherwise for standard error
};

/// Reads the command line. An error names the flag and the form it accepts.
[[nodiscard]] std::variant<invocation, early_exit>
read_command_line(int argc, const char* const* argv, const settings& defaults = {});

/// The defaults, changed by the file, changed by the flags; or all that is wrong, a line for each: the flag, or the file with
/// its line and key, and what is accepted there.
[[nodiscard]] std::variant<settings, std::vector<std::string>> read_settings(const invocation& line);

/// A configuration file with all settings as they are in `s`, what they mean and what they accept.
[[nodiscard]] std::string config_text(const settings& s);

} // namespace plait::intake
