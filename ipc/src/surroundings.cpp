// Copyright 2026 the plait authors. Boost Software License 1.0
#include "surroundings.hpp"

#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/error.hpp>

#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::unique_fd;
using target = plait::subprocess::stream_target;

[[noreturn]] void refuse(const std::string& field, const std::string& why) {
    throw error(errc::invalid_argument, "process_options::" + field + why);
}

void require_no_zero_byte(const std::string& value, const char* field) {
    if (value.find('\0') != std::string::npos) refuse(field, " holds a zero byte");
}

void check_variables(const std::map<std::string, std::string>& variables, const char* field) {
    for (const auto& [name, value] : variables) {
        if (name.empty() || name.find('=') != std::string::npos)
            refuse(field, ": '" + name + "' cannot be the name of a variable");
        require_no_zero_byte(name, field);
        require_no_zero_byte(value, field);
    }
}

void check_stream(const target& stream, const char* field, bool is_err) {
    if (stream.what() == target::kind::pipe)
        refuse(field, " cannot be subprocess::pipe: make a pipe, and pass its end by subprocess::to");
    if (stream.what() == target::kind::same_as_out && !is_err)
        refuse(field, " cannot be to_out, which is for err alone");
    if (stream.what() == target::kind::descriptor && stream.descriptor() < 0)
        refuse(field, " is descriptor " + std::to_string(stream.descriptor()) + ", which is negative");
}

class limit_list {
public:
    void add(const char* field, int resource, std::optional<std::uint64_t> value, std::uint64_t above = 0) {
        if (!value) return;
        rlimit mine{};
        checked(
            [&] { return ::getrlimit(static_cast<__rlimit_resource_t>(resource), &mine); },
            [&] { return "getrlimit(" + std::to_string(resource) + ")"; });
        if (*value > mine.rlim_max)
            refuse(
                "limits." + std::string(field), " is " + std::to_string(*value) +
                                                    ", above the hard limit of this process, " +
                                                    std::to_string(mine.rlim_max));
        list.push_back({resource, *value, std::min<std::uint64_t>(*value + above, mine.rlim_max)});
    }
    std::vector<limit_to_set> list;
};

} // namespace

void check_options(const process_options& options) {
    require_no_zero_byte(options.name, "name");
    require_no_zero_byte(options.directory, "directory");
    if (options.detached && options.daemon.value_or(false))
        refuse("detached", " and daemon exclude each other: one outlives this program, the other ends with it");
    if (options.environment) check_variables(*options.environment, "environment");
    check_variables(options.extra_environment, "extra_environment");
    check_stream(options.in, "in", false);
    check_stream(options.out, "out", false);
    check_stream(options.err, "err", true);
    if (options.limits.cpu_time && options.limits.cpu_time->count() < 1)
        refuse(
            "limits.cpu_time", " is " + std::to_string(options.limits.cpu_time->count()) + " s, which is less than 1");
}

std::vector<limit_to_set> limits_of(const resource_limits& limits) {
    limit_list all;
    std::optional<std::uint64_t> seconds;
    if (limits.cpu_time) seconds = static_cast<std::uint64_t>(limits.cpu_time->count());
    all.add("address_space", RLIMIT_AS, limits.address_space);
    all.add("open_files", RLIMIT_NOFILE, limits.open_files);
    all.add("file_size", RLIMIT_FSIZE, limits.file_size);
    all.add("core_size", RLIMIT_CORE, limits.core_size);
    all.add("cpu_time", RLIMIT_CPU, seconds, 1);
    return std::move(all.list);
}

void set_limits(const std::vector<limit_to_set>& limits) {
    for (const auto& limit : limits) {
        const rlimit value{limit.soft, limit.hard};
        checked(
            [&] { return ::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value); },
            [&] {
                return "setrlimit(" + std::to_string(limit.resource) + ", " + std::to_string(limit.soft) +
                       ") for process_options::limits";
            });
    }
}

std::vector<std::string> environment_of(const process_options& options) {
    return plait::detail::environment_of_child(options.environment, options.extra_environment);
}

void replace_environment(const std::vector<std::string>& variables) {
    ::clearenv();
    for (const auto& variable : variables) {
        const auto equals = variable.find('=');
        if (equals == std::string::npos) continue; // nobody can ask for it by a name
        ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
}

child_streams::child_streams(const process_options& options) {
    const std::array wanted{options.in, options.out, options.err};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        int& source = sources_[i];
        inherited_ = inherited_ && wanted[i].what() == target::kind::inherit;
        switch (wanted[i].what()) {
        case target::kind::null:
            if (!null_) {
                null_.reset(checked(
                    [] { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }, [] { return "open(/dev/null, O_RDWR)"; }));
            }
            source = null_.get();
            break;
        case target::kind::descriptor: source = wanted[i].descriptor(); break;
        case target::kind::same_as_out: source = sources_[1]; break;
        default: source = ::fcntl(static_cast<int>(i), F_GETFD) == -1 ? -1 : static_cast<int>(i); // its own, or closed
        }
        if (wanted[i].what() == target::kind::descriptor && ::fcntl(source, F_GETFD) == -1) {
            constexpr std::array names{"in", "out", "err"};
            refuse(names[i], " is descriptor " + std::to_string(source) + ", which is not open");
        }
    }
}

unique_fd open_directory(const process_options& options) {
    if (options.directory.empty()) return {};
    return unique_fd(checked(
        [&] { return ::open(options.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); },
        [&] { return "open(" + options.directory + ", O_DIRECTORY) for process_options::directory"; }));
}

} // namespace plait::ipc::detail
