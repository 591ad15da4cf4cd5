// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// plait-intake's commands beside serving: they measure a server. Each reads its command line, in which argv[0] is its name,
// runs in the calling coroutine, and returns the exit code of the program: 0, 1 if something failed or should never happen,
// 2 for a malformed command line.

namespace plait::load {

/// `load`: offers a rate of requests to a server that is there, and says what became of them.
[[nodiscard]] int load_main(int argc, const char* const* argv);

/// `level`: starts a server of its own, measures what one worker can do, offers more and more, and kills workers.
[[nodiscard]] int level_main(int argc, const char* const* argv);

} // namespace plait::load
