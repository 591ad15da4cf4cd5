// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The first byte says as which type the others are read. What decodes must encode, and decode again to the same.
#include "fuzz/fuzzer.hpp"
#include "ipc/codec_types.hpp"

using namespace plait;

namespace {

template <class T>
void read_as(std::span<const std::byte> message) {
    try {
        T value = ipc::codec<T>::decode(message);
        auto again = test::encoded(value);
        T same = ipc::codec<T>::decode(again);
        test::must(
            test::encoded(same).size() == again.size(), "a value that was read and written has changed its size");
    } catch (const ipc::decode_error& e) {
        test::must(e.offset() <= message.size(), "an error lies behind the message's end");
    }
}

using reader = void (*)(std::span<const std::byte>);
constexpr reader readers[] = {
    read_as<test::everything>,
    read_as<test::tree>,
    read_as<std::unique_ptr<test::chain>>,
    read_as<std::variant<std::string, std::map<std::string, std::vector<std::optional<double>>>>>,
    read_as<std::vector<std::optional<std::array<std::uint64_t, 128>>>>,
    read_as<std::unordered_multimap<int, std::set<std::byte>>>,
    read_as<std::chrono::sys_time<std::chrono::milliseconds>>,
    read_as<ipc::packed<bool>>,
    read_as<test::plain_record>,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto bytes = std::as_bytes(std::span(data, size));
    if (!bytes.empty()) readers[std::to_integer<std::size_t>(bytes[0]) % std::size(readers)](bytes.subspan(1));
    return 0;
}
