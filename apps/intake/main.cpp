// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait-intake: accepts HTTP requests, queues them in shared memory, and has worker processes answer them.
#include <plait/intake/run.hpp>

int main(int argc, char** argv) { return plait::intake::run(argc, argv, nullptr); }
