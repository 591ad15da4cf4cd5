// Copyright 2026 the plait authors. Boost Software License 1.0
#include "commands.hpp"
#include "summary.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace plait::load {
namespace {

constexpr const char* description =
    "Offers a constant rate of requests to a server, whatever it answers, and says what became of each of them.\n"
    "Latencies are counted from when a request was due, so a server that stalls is charged for all that had to wait.";

constexpr const char* footer =
    "\nTry:\n"
    "  plait-intake load 127.0.0.1:8080 --rate 5000 --connections 256 --seconds 10\n"
    "\nThe target of a request is its id: /0, /1, /2, … What becomes of it:\n"
    "  answered    with a status other than 503\n"
    "  shed        503: the server has no room\n"
    "  lost        it was sent, and the connection ended without an answer; it is not sent again\n"
    "  unanswered  it was sent, and --patience was over\n"
    "  not sent    no connection was free, or could be opened\n"
    "Exit codes: 0 each has one of these, 1 an answer came that belongs to none, or there is no server, 2 a malformed\n"
    "flag.";

struct load_settings {
    std::string server;
    client_options client;
    load_plan plan;
    double seconds = 10, patience = 5;
    std::string outcomes;
};

void set_server(load_settings& s) {
    const std::size_t colon = s.server.rfind(':');
    const char* const end = s.server.data() + s.server.size();
    const char* const digits = s.server.data() + (colon == std::string::npos ? s.server.size() : colon + 1);
    const auto [stop, error] = std::from_chars(digits, end, s.client.port);
    if (error != std::errc{} || stop != end || colon == 0)
        throw CLI::ValidationError("SERVER", "'" + s.server + "' is not HOST:PORT");
    s.client.host = s.server.substr(0, colon);
    if (s.client.host.front() == '[' && s.client.host.back() == ']')
        s.client.host = s.client.host.substr(1, s.client.host.size() - 2);
}

int run(const load_settings& s) {
    std::ofstream outcomes;
    if (!s.outcomes.empty()) {
        outcomes.open(s.outcomes);
        if (!outcomes) throw std::runtime_error("cannot write " + s.outcomes);
    }
    client c(s.client);
    // Whoever does something to the server meanwhile waits for this line.
    std::cout << s.client.connections << " connections to " << s.server << std::endl;
    const report r = c.offer(s.plan);
    print_summary(r, std::cout);
    if (outcomes.is_open()) {
        write_outcomes(r.requests, outcomes);
        if (!outcomes.flush()) throw std::runtime_error("cannot write " + s.outcomes);
    }
    return is_consistent(r) ? 0 : 1;
}

} // namespace

int load_main(int argc, const char* const* argv) {
    load_settings s;
    bool poisson = false;
    CLI::App app(description, "plait-intake load");
    app.footer(footer);
    app.add_option("SERVER", s.server, "HOST:PORT of a plait-intake")->required();
    app.add_option("--rate", s.plan.rate, "requests a second (1000)")->check(CLI::Range(0.001, 1e6));
    app.add_option("--connections", s.client.connections, "N kept open, one request at a time on each (64)")
        ->check(CLI::Range(1, 100000));
    app.add_option("--seconds", s.seconds, "for so long (10)")->check(CLI::Range(0.0, 86400.0));
    app.add_option("--patience", s.patience, "SECONDS to wait afterwards for what has no answer yet (5)")
        ->check(CLI::Range(0.0, 86400.0));
    app.add_flag("--poisson", poisson, "arrivals independent of each other, instead of evenly spaced");
    app.add_option("--seed", s.plan.seed, "N: the same for the same arrivals (1)");
    app.add_flag("--post", s.client.post, "POST with the id as its body, instead of GET");
    app.add_flag("--expect-echo", s.client.expect_echo, "with --post and --handler echo: check that body");
    app.add_option("--outcomes", s.outcomes, "FILE to write the outcome of each request to, as CSV");
    try {
        app.parse(argc, argv);
        set_server(s);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    s.plan.between = poisson ? spacing::poisson : spacing::constant;
    s.plan.length = std::chrono::duration_cast<duration>(std::chrono::duration<double>(s.seconds));
    s.plan.patience = std::chrono::duration_cast<duration>(std::chrono::duration<double>(s.patience));
    try {
        return run(s);
    } catch (const std::exception& e) {
        std::cerr << "plait-intake load: " << e.what() << '\n';
        return 1;
    }
}

} // namespace plait::load
