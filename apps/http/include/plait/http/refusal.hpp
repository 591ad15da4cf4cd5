// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Why a request is not answered by the application: the status to send, and one sentence for the client. After a
// refusal the connection is closed: where the next request begins is no longer certain.

#include <string_view>

namespace plait::http {

struct refusal {
    unsigned status = 0;       ///< 0: nothing is wrong
    std::string_view reason{}; ///< a literal, so that it outlives everything

    [[nodiscard]] explicit operator bool() const noexcept { return status != 0; }
};

} // namespace plait::http
