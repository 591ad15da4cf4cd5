// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/coroutine_info.hpp>

namespace plait {

std::string to_string(const coroutine_info& info) {
    std::string text = "coroutine " + std::to_string(info.id) + " '" + info.name + "', spawned at " +
                       info.site.file_name() + ':' + std::to_string(info.site.line());
    if (info.parent != 0) text.append(" under coroutine ").append(std::to_string(info.parent));
    switch (info.state) {
    case coroutine_info::activity::ready: return text + ", is ready";
    case coroutine_info::activity::running: return text + ", runs";
    case coroutine_info::activity::waiting: return text + ", waits for " + info.waits_for;
    }
    return text;
}

} // namespace plait
