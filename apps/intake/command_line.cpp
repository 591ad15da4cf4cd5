// Copyright 2026 the plait authors. Boost Software License 1.0
#include "command_line.hpp"
#include "config_file.hpp"
#include "setting_list.hpp"
#include "wrapped.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

namespace plait::intake {
namespace {

constexpr const char* description =
    "Accepts HTTP requests, queues them in shared memory, and has worker processes answer them.\n"
    "A worker that dies costs nobody more than a moment: its request goes to another worker if it may be retried;\n"
    "otherwise its caller is told at once. docs/guide/intake.md tells more.\n";

constexpr const char* examples =
    "\nN is a whole number; TIME is 250ms, 10s or 5m; SIZE is bytes, 65536 or 64KiB; CPUS is 0 or 0,2-3.\n"
    "Every setting is also a key of the file that --config names; a flag goes before the file, the file before the "
    "default.\n"
    "\nTry:\n"
    "  plait-intake --handler hash --workers 4\n"
    "  curl -d hello http://127.0.0.1:8080/\n"
    "  plait-intake --handler 'program:python3 answer.py'\n"
    "  plait-intake --handler upstream:http://127.0.0.1:9000\n"
    "  plait-intake config > intake.toml && plait-intake check --config intake.toml && plait-intake --config "
    "intake.toml\n"
    "\nSIGTERM or SIGINT: no new connections, what is in flight is answered, then it ends; a second one ends it at "
    "once.\n"
    "SIGHUP reads the file again; a wrong one changes nothing. SIGTTIN and SIGTTOU add and remove a worker.\n"
    "Exit codes: 0 drained, 1 it could not start, 2 a malformed flag or file.";

constexpr const char* of_a_subcommand =
    "\nIt takes all settings, as flags and from the file: plait-intake --help lists them.";

/// Of a setting, for --help: what it means, in lines, and its default.
std::string description_of(const setting& s) {
    constexpr std::size_t width = 72;
    const std::string now = s.text();
    return wrapped(s.help + (now.empty() ? "" : " (default " + now + ")"), width);
}

/// What to tell somebody whose command line is refused. CLI11 names the flag that was given no value, or two, before a
/// colon, but cannot know what a value looks like.
std::string refusal(const CLI::ParseError& e, const std::vector<setting>& all) {
    const std::string what = e.what();
    const auto flag =
        std::ranges::find(all, what.substr(0, what.find(':')), [](const setting& s) { return "--" + s.name; });
    const bool wrong_count = dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr && flag != all.end();
    return wrong_count ? "--" + flag->name + ": takes one value, " + flag->accepts : what;
}

std::string not_accepted(const setting& s, const std::string& text) { return "'" + text + "' is not " + s.accepts; }

} // namespace

std::variant<invocation, early_exit> read_command_line(int argc, const char* const* argv, const settings& defaults) {
    invocation result;
    result.defaults = defaults;
    settings ignored = defaults;
    const std::vector<setting> all = settings_of(ignored);
    CLI::App app(description, "plait-intake");
    app.footer(examples);
    app.fallthrough();
    app.add_option("--config", result.config_file, "settings (TOML)")->type_name("FILE");
    for (const setting& s : all) {
        auto take = [&result, &s](const std::string& text) {
            if (!s.assign(text)) throw CLI::ValidationError("--" + s.name, not_accepted(s, text));
            result.flags.emplace_back(s.name, text);
        };
        app.add_option_function<std::string>("--" + s.name, take, description_of(s))
            ->type_name(s.placeholder)
            ->group(std::string(s.chapter));
    }
    app.get_formatter()->column_width(35);
    app.add_subcommand("check", "say whether the settings are right, and end: 0 or 2")
        ->footer(of_a_subcommand)
        ->callback([&] { result.what = command::check; });
    app.add_subcommand("level", "show what load levelling is worth on this machine (level --help)");
    app.add_subcommand("load", "offer a rate of requests to a server, and audit its answers (load --help)");
    app.add_subcommand("config", "print the settings as a file (TOML), with what they mean")
        ->footer(of_a_subcommand)
        ->callback([&] { result.what = command::config; });
    for (CLI::App* sub : app.get_subcommands({}))
        sub->fallthrough();
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return early_exit{0, app.help()};
    } catch (const CLI::ParseError& e) {
        return early_exit{2, "plait-intake: " + refusal(e, all) + " (--help lists the flags)\n"};
    }
    return result;
}

std::variant<settings, std::vector<std::string>> read_settings(const invocation& line) {
    settings result = line.defaults;
    const std::vector<setting> all = settings_of(result);
    std::vector<std::string> problems;
    if (!line.config_file.empty()) problems = read_config_file(line.config_file, all);
    for (const auto& [name, text] : line.flags) {
        const auto s = std::ranges::find(all, name, &setting::name);
        if (s == all.end() || !s->assign(text)) problems.push_back("--" + name + ": '" + text + "' is not accepted");
    }
    if (result.min_workers.value_or(1) > result.workers)
        problems.push_back(
            "min-workers is " + std::to_string(*result.min_workers) + ", which is more than workers, " +
            std::to_string(result.workers));
    if (!problems.empty()) return problems;
    return result;
}

} // namespace plait::intake
