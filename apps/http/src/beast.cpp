// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The one translation unit that compiles Beast.
#include <boost/beast/src.hpp>
