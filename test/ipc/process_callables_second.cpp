// Copyright 2026 the plait authors. Boost Software License 1.0
#include "process_callables.hpp"

#include <typeinfo>

namespace {
auto callable() {
    return [] { return 2; };
}
} // namespace

const char* plait::test::callable_name_in_second_file() { return typeid(decltype(callable())).name(); }

plait::ipc::process plait::test::process_of_second_file() { return ipc::process{callable()}; }
