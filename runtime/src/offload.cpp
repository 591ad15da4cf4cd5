// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/process_pool.hpp>
#include <plait/runtime/offload.hpp>

#include <utility>

namespace plait {
namespace {

detail::process_pool& the_pool() {
    static detail::process_pool pool("the offload pool", {.threads = 64, .on_demand = true, .name = "offload"});
    return pool;
}

} // namespace

thread_pool& offload_pool() { return the_pool().get(); }

void set_offload_pool_options(thread_pool_options options) { the_pool().set_options(std::move(options)); }

} // namespace plait
