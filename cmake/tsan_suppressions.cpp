// Copyright 2026 the plait authors. Boost Software License 1.0
//
// ThreadSanitizer does not see libstdc++ count the references to an exception, and takes the last release for a race with
// whoever looked at the exception before, in another thread.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
