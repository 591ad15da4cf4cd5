// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Why a job directory cannot be used, or no longer.

#include <stdexcept>
#include <string>

namespace plait::crawl {

enum class job_trouble : unsigned char {
    in_use,         ///< another crawl has it
    exists,         ///< it was to be created, and there is a job already
    missing,        ///< it was to be resumed, and there is none
    foreign,        ///< the directory holds other things than a job
    newer,          ///< a later version of the program has written it, in a format that this one does not read
    other_settings, ///< it was begun with settings that contradict those of now
    damaged,        ///< what is in it cannot be
    full,           ///< the disk, the quota or the limit on a file's size; resumable when there is room
    failed,         ///< another call of the system has failed; perhaps resumable
};

/// what() begins with the directory.
class job_error : public std::runtime_error {
public:
    job_error(job_trouble trouble, const std::string& directory, const std::string& reason)
        : std::runtime_error(directory + ": " + reason), trouble_(trouble) {}
    [[nodiscard]] job_trouble trouble() const noexcept { return trouble_; }

private:
    job_trouble trouble_;
};

} // namespace plait::crawl
