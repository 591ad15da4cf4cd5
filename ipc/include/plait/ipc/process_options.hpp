// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How a child process is made, and what surroundings it finds. Everything that is not said is as in this process.

#include <plait/runtime/stream_target.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plait::ipc {

/// How a child comes to be.
enum class start_method : std::uint8_t {
    /// The same program started anew, by posix_spawn. Works everywhere; the child holds nothing of its parent's.
    spawn,
    /// A copy of a small process that was started anew once, for this purpose, and has done nothing since: it starts as
    /// clean as with spawn, and several times faster, since the program needs no loading. From the server, which is started
    /// with the first such child, the children have what cannot be passed on: umask, credentials, priority, ignored signals,
    /// resource limits, and what static initialisers have made. That stays the server's: a child ends with the functions that it
    /// has given to atexit itself, its standard streams flushed, and without the destructors of static objects that were there
    /// before. A server that was killed is started again with the next child, and one that was stopped is killed then; the
    /// children that it has made are this process's own, and not touched by that.
    forkserver,
    /// A copy of this process, by fork: the function finds global variables as they are at the start. Only on a thread that
    /// is alone (the library's own monitor does not count) and runs no loop. The child does not return from start(): when
    /// its function ends, its threads and children are waited for, its standard streams flushed, and it ends with neither
    /// destructors of this process's objects nor functions of atexit. Segments that this process has entered are not
    /// entered in the child: pass queues as arguments. Signals that this process handles have their default effect in the
    /// child, but for those of crashes. Of the descriptors the child has those of its arguments and the standard streams;
    /// the numbers of all others are taken by what can be neither read nor written. Prefer forkserver.
    fork,
};

/// What a process may use at most. Soft and hard limits both, so that it cannot raise them again. See setrlimit(2).
struct resource_limits {
    std::optional<std::uint64_t> address_space = {};   ///< bytes; beyond: memory allocation fails
    std::optional<std::uint64_t> open_files = {};      ///< descriptors; beyond: opening fails with EMFILE
    std::optional<std::uint64_t> file_size = {};       ///< bytes a file; beyond: SIGXFSZ
    std::optional<std::uint64_t> core_size = {};       ///< bytes of a core dump; 0: none
    std::optional<std::chrono::seconds> cpu_time = {}; ///< at least 1; beyond: SIGXCPU, a second later SIGKILL
};

struct process_options {
    /// For people: messages, process lists (the first 15 bytes). Default: "process-1", "process-2", ….
    std::string name = {};
    /// Whether the process ends with its parent. Default: as the parent itself.
    std::optional<bool> daemon = {};
    /// Whether it is on its own: it leads a session of its own (setsid), the end of this program neither waits for it nor
    /// ends it, and then it is adopted by init. Not together with `daemon`.
    bool detached = false;
    start_method method = start_method::spawn;
    /// The working directory; empty: this process's.
    std::string directory = {};
    /// The whole environment; nothing: this process's.
    std::optional<std::map<std::string, std::string>> environment = {};
    /// Variables to add to that, or to replace in it.
    std::map<std::string, std::string> extra_environment = {};
    /// The standard streams: subprocess::inherit, subprocess::null or subprocess::to(descriptor), which must be open until
    /// start(); for `err` also subprocess::to_out.
    subprocess::stream_target in = subprocess::inherit;
    subprocess::stream_target out = subprocess::inherit;
    subprocess::stream_target err = subprocess::inherit;
    resource_limits limits = {};
};

} // namespace plait::ipc
