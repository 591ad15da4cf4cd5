// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A C++ function: one that the program was built with, or that a shared object exports.
#include "answer_text.hpp"

#include <stdexcept>

#include <dlfcn.h>

namespace plait::intake {
namespace {

class calling final : public answering {
public:
    calling(handler function, std::uint64_t max_answer) : function_(function), text_(max_answer) {}

private:
    outgoing answer(const incoming& from) override {
        const response r = function_(view_.read(from));
        try {
            return text_.write(r);
        } catch (const faulty_answer& why) {
            return text_.write_fault(why);
        }
    }

    handler function_;
    request_view view_;
    answer_text text_;
};

} // namespace

std::unique_ptr<answering> call(handler function, std::uint64_t max_answer) {
    return std::make_unique<calling>(function, max_answer);
}

std::unique_ptr<answering> load(const std::string& file, std::uint64_t max_answer) {
    // A name without a slash would be looked for among the system's libraries.
    const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
    void* const object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); // never closed: handlers may leave threads
    if (!object) throw std::runtime_error(std::string("the handler's library cannot be loaded: ") + ::dlerror());
    const auto* const found = static_cast<const handler_library*>(::dlsym(object, "plait_intake_library"));
    if (!found) throw std::runtime_error(path + " exports no handler: it needs PLAIT_INTAKE_HANDLER(function)");
    if (found->version != handler_library::current_version)
        throw std::runtime_error(
            path + " was built for another plait-intake: its version is " + std::to_string(found->version) + ", not " +
            std::to_string(handler_library::current_version));
    return call(found->answer, max_answer);
}

} // namespace plait::intake
