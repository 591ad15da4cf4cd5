// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// All settings with their names, their forms and what they mean: the one place that the command line, the configuration file
// and its documentation come from.

#include "settings.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::intake {

struct setting {
    std::string_view chapter; ///< of the documentation
    std::string name;         ///< "queue-capacity": the flag without its dashes, and the key
    std::string help;
    std::string placeholder;                      ///< "N": what stands for a value in --help
    std::string accepts;                          ///< "a number from 1 to 1048576"
    bool is_number;                               ///< written without quotes
    std::function<bool(std::string_view)> assign; ///< false: the text is not of that form, and nothing was changed
    std::function<std::string()> text;            ///< the value that it has
};

/// Those of `s`, which they refer to, in the order of the documentation.
[[nodiscard]] std::vector<setting> settings_of(settings& s);

} // namespace plait::intake
