// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What happens when a launch makes no sense: blocks that are no blocks, callables that nobody knows.
#include "launch_block.hpp"
#include "launcher.hpp"
#include "monitor.hpp"
#include "support/pipe.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace ipc = plait::ipc;
namespace detail = plait::ipc::detail;
using plait::detail::unique_fd;

namespace {

constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

unique_fd memfd_with(const std::string& bytes, int seals) {
    unique_fd fd(::memfd_create("plait-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    BOOST_REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    BOOST_REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
    return fd;
}

detail::launch_block some_block() {
    detail::launch_block block;
    block.callable = {"image", 4711};
    block.name = "chef";
    block.parent_name = "main";
    block.parent_pid = ::getpid();
    block.daemon = true;
    block.descriptors = 3;
    block.arguments.resize(20, std::byte{7});
    block.limits = {{7, 20, 20}};
    block.new_session = true;
    block.environment = {"MENU=duck", ""};
    return block;
}

std::string bytes_of(const unique_fd& fd) {
    std::string bytes(4096, '\0');
    auto count = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
    BOOST_REQUIRE(count > 0);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

bool is_malformed(const plait::error& e) { return e.code() == plait::errc::message_malformed; }

struct outcome {
    int status = 0;
    std::string errors;
};

// Runs this program with PLAIT_CHILD set by hand, and `block` as descriptor 3.
outcome run_with_marker(std::string marker, const unique_fd* block = nullptr) {
    plait::test::pipe errors;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, errors.writer.get(), STDERR_FILENO);
    if (block) ::posix_spawn_file_actions_adddup2(&actions, block->get(), 100);
    if (block) ::posix_spawn_file_actions_adddup2(&actions, 100, 3);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, block ? 4 : 3);
    std::string program = "ipc_process", variable = "PLAIT_CHILD=" + marker;
    std::vector<char*> argv{program.data(), nullptr}, envp{variable.data(), nullptr};
    pid_t pid = -1;
    BOOST_REQUIRE(::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), envp.data()) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    errors.writer.reset();
    outcome result;
    while (auto c = plait::test::read_byte(errors.reader))
        result.errors += *c;
    BOOST_REQUIRE(::waitpid(pid, &result.status, 0) == pid);
    return result;
}

void is_refused(const outcome& o, const std::string& naming) {
    BOOST_TEST(WIFEXITED(o.status));
    BOOST_TEST(WEXITSTATUS(o.status) == 126);
    BOOST_TEST(o.errors.find(naming) != std::string::npos, "'" << o.errors << "' does not name " << naming);
}

// Starts a child with `block` and returns what it reports and how it ends.
std::pair<std::optional<detail::launch_report>, int> report_of(const detail::launch_block& block) {
    detail::started_child child;
    detail::monitor::instance().call([&] { child = detail::launch(block, {}); });
    siginfo_t status{};
    BOOST_REQUIRE(::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &status, WEXITED) == 0);
    return {detail::receive_report(child.socket.get()), status.si_status};
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_launch)

BOOST_AUTO_TEST_CASE(a_launch_block_is_read_as_it_was_written) {
    auto written = some_block();
    auto fd = detail::write_launch_block(written);
    auto read = detail::read_launch_block(fd.get());
    BOOST_TEST(read.callable.image == written.callable.image);
    BOOST_TEST(read.callable.offset == written.callable.offset);
    BOOST_TEST(read.name == written.name);
    BOOST_TEST(read.parent_name == written.parent_name);
    BOOST_TEST(read.parent_pid == written.parent_pid);
    BOOST_TEST(read.daemon == written.daemon);
    BOOST_TEST(read.descriptors == written.descriptors);
    BOOST_TEST((read.arguments == written.arguments));
    BOOST_TEST((read.task == written.task));
    BOOST_TEST(read.limits.size() == 1u);
    BOOST_TEST(read.limits.at(0).hard == 20u);
    BOOST_TEST(read.new_session);
    BOOST_TEST((read.environment == written.environment));
}

BOOST_AUTO_TEST_CASE(a_launch_block_cannot_be_changed_any_more) {
    auto fd = detail::write_launch_block(some_block());
    BOOST_TEST(::pwrite(fd.get(), "x", 1, 0) == -1);
    BOOST_TEST(::ftruncate(fd.get(), 1) == -1);
    BOOST_TEST(::ftruncate(fd.get(), 1 << 20) == -1);
}

BOOST_AUTO_TEST_CASE(a_block_of_any_other_length_is_refused) {
    auto bytes = bytes_of(detail::write_launch_block(some_block()));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        auto fd = memfd_with(bytes.substr(0, length), all_seals);
        BOOST_CHECK_EXCEPTION(detail::read_launch_block(fd.get()), plait::error, is_malformed);
    }
    auto longer = memfd_with(bytes + "x", all_seals);
    BOOST_CHECK_EXCEPTION(detail::read_launch_block(longer.get()), plait::error, is_malformed);
}

BOOST_AUTO_TEST_CASE(a_block_that_is_not_sealed_is_refused) {
    auto bytes = bytes_of(detail::write_launch_block(some_block()));
    auto unsealed = memfd_with(bytes, F_SEAL_SHRINK);
    BOOST_CHECK_EXCEPTION(detail::read_launch_block(unsealed.get()), plait::error, is_malformed);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_refused_or_read_but_do_no_harm) {
    std::mt19937 random(1);
    auto good = bytes_of(detail::write_launch_block(some_block()));
    for (int round = 0; round < 500; ++round) {
        auto bytes = good;
        for (int changes = 0; changes < 3; ++changes)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        auto fd = memfd_with(bytes, all_seals);
        try {
            auto block = detail::read_launch_block(fd.get());
            BOOST_TEST(block.arguments.size() <= bytes.size());
        } catch (const plait::error& e) {
            BOOST_TEST(is_malformed(e));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_marker_set_by_hand_is_refused_with_a_clear_message) {
    is_refused(run_with_marker("soup"), "PLAIT_CHILD is 'soup'");
    is_refused(run_with_marker("-1"), "PLAIT_CHILD is '-1'");
    is_refused(run_with_marker("3x"), "PLAIT_CHILD is '3x'");
    is_refused(run_with_marker(""), "PLAIT_CHILD is ''");
    is_refused(run_with_marker("99999999999999"), "PLAIT_CHILD is '99999999999999'");
    is_refused(run_with_marker("0"), "descriptor 0 holds no launch block");
    is_refused(run_with_marker("700"), "descriptor 700 holds no launch block");
}

BOOST_AUTO_TEST_CASE(a_malformed_block_is_refused_with_a_clear_message) {
    auto random = memfd_with("neither here nor there", all_seals);
    is_refused(run_with_marker("3", &random), "descriptor 3 holds no launch block");
    auto genuine = detail::write_launch_block(some_block());
    is_refused(run_with_marker("3", &genuine), "descriptor 4 was announced but not passed");
}

BOOST_AUTO_TEST_CASE(a_callable_of_another_build_is_reported) {
    auto block = some_block();
    block.descriptors = 0;
    auto [report, exit_code] = report_of(block);
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST((report->code == static_cast<int>(plait::errc::callable_unknown)));
    BOOST_TEST(report->text.ends_with("no such image is loaded"), report->text);
    BOOST_TEST(exit_code == 126);
}

BOOST_AUTO_TEST_CASE(code_that_is_not_a_registered_callable_is_never_called) {
    auto block = some_block();
    block.descriptors = 0;
    block.callable = detail::locate_code(std::bit_cast<const void*>(&is_malformed)).value();
    auto [report, exit_code] = report_of(block);
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST((report->code == static_cast<int>(plait::errc::callable_unknown)));
    BOOST_TEST(report->text.find("no callable is registered") != std::string::npos);
    BOOST_TEST(exit_code == 126);
}

BOOST_AUTO_TEST_CASE(code_is_found_again_by_image_and_offset) {
    auto* code = std::bit_cast<const void*>(&is_malformed);
    auto where = detail::locate_code(code).value();
    BOOST_TEST(where.image.size() == 20u); // a build id: SHA-1
    BOOST_TEST(detail::resolve_code(where).value() == std::bit_cast<std::uintptr_t>(code));
    where.offset += std::uint64_t{1} << 40;
    BOOST_TEST(!detail::resolve_code(where).has_value());
    auto in_library = detail::locate_code(std::bit_cast<const void*>(&::waitpid)).value();
    BOOST_TEST(in_library.image != where.image);
    int on_the_stack = 0;
    BOOST_TEST(!detail::locate_code(&on_the_stack).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
