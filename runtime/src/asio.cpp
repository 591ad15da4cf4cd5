// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's own code, compiled once for the whole tree (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
