// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The main program of a suite whose tests start no child processes.
#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
