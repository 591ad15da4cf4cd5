// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/async.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>

namespace plait::detail {

boost::asio::any_io_executor default_executor() {
    if (loop* l = loop::current()) return l->context().get_executor();
    return boost::asio::system_executor();
}

} // namespace plait::detail
