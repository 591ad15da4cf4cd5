// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Arguments of a child process, read from bytes that no parent wrote. Each element takes at least one byte.
#include "fuzz/fuzzer.hpp"

#include <plait/ipc/argument.hpp>
#include <plait/runtime/error.hpp>

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using nested = std::vector<std::pair<std::string, std::optional<std::vector<std::uint16_t>>>>;
    using all = std::tuple<std::uint32_t, std::string, nested, std::vector<std::vector<std::string>>>;
    try {
        ipc::argument_reader in(std::as_bytes(std::span(data, size)), {});
        all value = in.value<all>();
        in.finish();
        ipc::argument_writer out;
        out.value(value);
        ipc::argument_reader again(out.written(), {});
        test::must(again.value<all>() == value, "arguments that were read and written have changed");
    } catch (const error& e) {
        test::must(e.code() == errc::message_malformed, e.what());
    }
    return 0;
}
