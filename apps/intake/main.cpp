// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait-intake: accepts HTTP requests, queues them in shared memory, and has worker processes answer them.
#include "front.hpp"
#include "log.hpp"
#include "settings.hpp"

#include <plait/coro/run.hpp>

#include <boost/system/system_error.hpp>

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <variant>

#include <sys/resource.h>

namespace {

using namespace plait::intake;

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

void print_what_to_try(const std::string& address) {
    std::printf(
        "plait-intake listens on %s\n"
        "\n"
        "Try:\n"
        "  curl -d hello http://%s/\n"
        "  curl -i http://%s/            X-Worker-Pid names the process that answered: kill -9 it and go on\n"
        "  wrk -t1 -c64 http://%s/\n"
        "Ctrl-C answers what is in flight and ends.\n",
        address.c_str(), address.c_str(), address.c_str(), address.c_str());
    std::fflush(stdout);
}

int serve(const settings& s) {
    raise_descriptor_limit();
    try {
        front f(s);
        print_what_to_try(text(f.address()));
        f.run();
        return 0;
    } catch (const boost::system::system_error& e) {
        if (e.code() == boost::system::errc::address_in_use)
            log(text(s.listen) + " is in use already; --listen takes another address");
        else
            log(e.what());
    } catch (const std::exception& e) {
        log(e.what());
    }
    return 1;
}

int intake_main(int argc, char** argv) {
    const auto line = read_command_line(argc, argv);
    if (const auto* exit = std::get_if<early_exit>(&line)) {
        std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
        return exit->code;
    }
    return serve(std::get<settings>(line));
}

} // namespace

int main(int argc, char** argv) {
    return plait::run([=] { return intake_main(argc, argv); });
}
