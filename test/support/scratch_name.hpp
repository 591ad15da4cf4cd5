// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A name for a segment that no other test has, gone with the object.

#include <plait/ipc/segment.hpp>

#include <string>

#include <unistd.h>

namespace test {

class scratch_name {
public:
    scratch_name() : name_("test-" + std::to_string(::getpid()) + "-" + std::to_string(++count())) {}
    ~scratch_name() {
        try {
            plait::ipc::segment::remove(name_);
        } catch (const std::exception&) {
            // The test that made it so has failed already.
        }
    }
    scratch_name(const scratch_name&) = delete;
    scratch_name& operator=(const scratch_name&) = delete;

    [[nodiscard]] const std::string& operator*() const noexcept { return name_; }
    [[nodiscard]] std::string path() const { return "/dev/shm/plait." + name_; }

private:
    static int& count() {
        static int n = 0;
        return n;
    }
    std::string name_;
};

} // namespace test
