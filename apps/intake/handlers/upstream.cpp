// Copyright 2026 the plait authors. Boost Software License 1.0
#include "handlers.hpp"

#include <stdexcept>

namespace plait::intake {

std::unique_ptr<answering> pass_to(const std::string& url, std::uint64_t) {
    throw std::runtime_error("upstream:" + url + " cannot be reached: there is no client yet");
}

} // namespace plait::intake
