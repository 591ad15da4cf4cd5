// Copyright 2026 the plait authors. Boost Software License 1.0
#include "command_line.hpp"
#include "front.hpp"
#include "load/commands.hpp"
#include "log.hpp"
#include "processors.hpp"

#include <plait/coro/run.hpp>
#include <plait/intake/run.hpp>

#include <boost/system/system_error.hpp>

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

#include <sys/resource.h>

namespace plait::intake {
namespace {

template <class T>
std::string text(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

/// As many connections as the system lets us have. Failure leaves what there is.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void print_what_to_try(const front& f) {
    const std::string at = text(f.address());
    std::string said = "plait-intake listens on " + at + "\n\nTry:\n  curl -d hello http://" + at +
                       "/\n  curl -i http://" + at +
                       "/            X-Worker-Pid names the process that answered: kill -9 it and go on\n"
                       "  wrk -t1 -c64 http://" +
                       at + "/\n";
    if (const auto admin = f.admin_address())
        said += "  curl http://" + text(*admin) +
                "/metrics     for operators: also /healthz /readyz /quarantine, and / for people\n";
    said += "Ctrl-C answers what is in flight and ends.\n";
    std::fputs(said.c_str(), stdout);
    std::fflush(stdout);
}

int serve(const settings& s, const invocation& line) {
    raise_descriptor_limit();
    try {
        run_on(s.front_cpus);
        front f(s, line);
        print_what_to_try(f);
        f.run();
        return 0;
    } catch (const boost::system::system_error& e) {
        const bool in_use = e.code() == boost::system::errc::address_in_use;
        log(std::string(e.what()) + (in_use ? "; --listen and --admin take other addresses, --admin off none" : ""));
    } catch (const std::exception& e) {
        log(e.what());
    }
    return 1;
}

/// The raised limit is for its connections, too.
int measure(int (*command)(int, const char* const*), int argc, char** argv) {
    raise_descriptor_limit();
    return command(argc - 1, argv + 1);
}

int do_as_told(int argc, char** argv, bool has_handler) {
    // They read command lines of their own.
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "level") return measure(&load::level_main, argc, argv);
    if (first == "load") return measure(&load::load_main, argc, argv);
    settings defaults;
    if (has_handler) defaults.handler.kind = handler_kind::linked;
    const auto told = read_command_line(argc, argv, defaults);
    if (const auto* exit = std::get_if<early_exit>(&told)) {
        std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
        return exit->code;
    }
    const auto& line = std::get<invocation>(told);
    const auto read = read_settings(line);
    if (const auto* problems = std::get_if<std::vector<std::string>>(&read)) {
        for (const std::string& problem : *problems)
            log(problem);
        return 2;
    }
    const settings& s = std::get<settings>(read);
    set_log_format(s.log);
    switch (line.what) {
    case command::serve: return serve(s, line);
    case command::check: std::puts("the settings are right"); return 0;
    case command::config: std::fputs(config_text(s).c_str(), stdout); return 0;
    }
    return 2;
}

} // namespace

int run(int argc, char** argv, handler answer) {
    link_handler(answer);
    return plait::run([=] { return do_as_told(argc, argv, answer != nullptr); });
}

} // namespace plait::intake
