// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The main program of a suite whose tests start children of child_program.hpp.
#include "child_program.hpp"

#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
    if (auto code = test::run_as_child(argc, argv)) return *code;
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
