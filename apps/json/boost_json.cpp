// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Boost.JSON, compiled here: so the package of its headers is all that is needed.
#include <boost/json/src.hpp>
