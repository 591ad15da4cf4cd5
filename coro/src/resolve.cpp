// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/resolve.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/offload.hpp>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <netdb.h>
#include <sys/socket.h>

namespace plait {
namespace {

struct answer {
    int code;        // of getaddrinfo
    int system_code; // errno, for EAI_SYSTEM
    std::vector<socket_address> addresses;
};

answer ask(const std::string& host, std::uint16_t port, resolve_for what, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV | (what == resolve_for::listening ? AI_PASSIVE : 0);
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &list);
    answer found{code, errno, {}};
    if (code != 0) return found;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    for (const addrinfo* entry = list; entry; entry = entry->ai_next)
        found.addresses.emplace_back(entry->ai_addr, entry->ai_addrlen);
    return found;
}

std::string reason(const answer& a) {
    return a.code == EAI_SYSTEM ? std::strerror(a.system_code)
                                : ::gai_strerror(a.code); // NOLINT: glibc's is thread-safe
}

} // namespace

std::vector<socket_address> resolve(std::string_view host, std::uint16_t port, resolve_for what) {
    const std::string name(host);
    if (name.find('\0') != std::string::npos)
        throw error(errc::name_not_resolved, "resolve: a host name with a zero byte in it");
    // A numeric address, and none at all, take no time. AI_ADDRCONFIG: no IPv6 addresses where there is no IPv6.
    answer found = ask(name, port, what, AI_NUMERICHOST);
    if (found.code == EAI_NONAME)
        found = offload_pool().submit([name, port, what] { return ask(name, port, what, AI_ADDRCONFIG); }).get();
    if (found.code != 0) throw error(errc::name_not_resolved, "resolve(" + name + "): " + reason(found));
    return std::move(found.addresses);
}

} // namespace plait
