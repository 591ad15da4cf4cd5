// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   frames ─▶ guard page ─SIGSEGV─▶ handler, on an alternate stack ─▶ report on stderr ─▶ who had SIGSEGV before
//
// A coroutine that runs out of stack touches its guard page. By itself that is a bare SIGSEGV; this says which coroutine
// it was, how large its stack is, and where it was spawned, and then lets the signal do what it would have done.

namespace plait::detail {

/// Prepares the calling thread, which is going to run coroutines: gives it an alternate signal stack unless it has one,
/// and, the first time in the process, puts the handler before the one that SIGSEGV has. Where that fails, overflows go
/// without a report. Under AddressSanitizer nothing happens: it reports them itself.
void report_stack_overflows_of_this_thread() noexcept;

} // namespace plait::detail
