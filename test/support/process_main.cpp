// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The main program of a suite whose tests start child processes: a child runs its callable instead of the tests.
#include <plait/ipc/process.hpp>

#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
    if (auto code = plait::ipc::child_main(argc, argv)) return *code;
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
