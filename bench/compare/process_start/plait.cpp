// Copyright 2026 the plait authors. Boost Software License 1.0
#include "starts.hpp"

#include <plait/ipc/process.hpp>

namespace {

namespace ipc = plait::ipc;

void start_and_join(ipc::start_method method) {
    ipc::process p(ipc::process_options{.method = method}, [] {});
    p.start();
    p.join();
    if (p.exit_code() != 0) bench::fail("the child failed");
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    const auto row = bench::requested_row(argc, argv, {"proc_start", "proc_forkserver", "proc_forkserver_large"});
    const auto method = row == "proc_start" ? ipc::start_method::spawn : ipc::start_method::forkserver;
    bench::measure_starts(row, [&] { start_and_join(method); });
}
