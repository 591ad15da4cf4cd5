// Copyright 2026 the plait authors. Boost Software License 1.0
//
// No fork and join here: a task that waits for another blocks its thread.
#include "work.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

namespace asio = boost::asio;

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"pool_empty", "pool_one"});
    asio::thread_pool pool(bench::pool_threads);
    if (row == "pool_empty")
        bench::measure_empty_tasks([&] {
            bench::countdown all;
            for (long i = 0; i < bench::empty_tasks; ++i)
                asio::post(pool, [&all] { all.one_done(); });
            all.wait();
        });
    else
        bench::measure_single_tasks([&] { asio::post(pool, asio::use_future([] {})).get(); });
}
