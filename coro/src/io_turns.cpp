// Copyright 2026 the plait authors. Boost Software License 1.0
#include "io_turns.hpp"

#include <plait/runtime/await.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace plait::detail {

// A yield would do for the coroutines that are ready, but the loop looks at its I/O once in hundreds of turns only.
void io_turns::let_loop_go_round() {
    without_wait_ = 0;
    if (loop* home = party::current().home()) boost::asio::post(home->context(), await);
    throw_if_cancelled();
}

} // namespace plait::detail
