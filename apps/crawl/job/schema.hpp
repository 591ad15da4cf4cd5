// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The file of a job: what is in it, how it is made, and how another file is told from it.

#include "job.hpp"

#include <exception>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plait::crawl {

inline constexpr const char* frontier_file = "/frontier.sqlite"; ///< behind the directory's name

/// What SQLite has to say of `failure`, in the words of job_error; `system_error` is the errno that it met last, or 0.
[[nodiscard]] job_error job_error_of(const SQLite::Exception& failure, int system_error, const std::string& directory);

/// Before the directory is locked: makes it, or says that it is no job's. Throws job_error.
void enter_directory(const std::string& directory, job_opening opening);

/// Makes `file` a job's, unless it is one; and checks that it is the one that was meant.
/// Throws job_error, SQLite::Exception.
void prepare_file(
    SQLite::Database& file, const std::string& directory, job_opening opening, const job_settings& settings,
    std::size_t page_cache_bytes);

} // namespace plait::crawl
