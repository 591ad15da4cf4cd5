// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Two processes whose callables are lambdas with the same mangled name, made in two files.

#include <plait/ipc/process.hpp>

namespace plait::test {

const char* callable_name_in_first_file();
const char* callable_name_in_second_file();
ipc::process process_of_first_file();
ipc::process process_of_second_file();

} // namespace plait::test
