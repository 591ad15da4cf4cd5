// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/async.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>

namespace plait::detail {

boost::asio::any_io_executor default_executor() {
    if (loop* l = loop::current()) return l->context().get_executor();
    return boost::asio::system_executor();
}

boost::asio::io_context* io_context_of(const boost::asio::any_io_executor& e) noexcept {
    using executor = boost::asio::io_context::executor_type;
    if (auto* direct = e.target<executor>()) return &direct->context();
    if (auto* strand = e.target<boost::asio::strand<executor>>()) return io_context_of(*strand);
    if (auto* strand = e.target<boost::asio::strand<boost::asio::any_io_executor>>()) return io_context_of(*strand);
    return nullptr;
}

} // namespace plait::detail
