// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   receive ─▶ PENDING → RUNNING ─▶ decode ─▶ acknowledge ─▶ run ─▶ RUNNING → FINISHED ─▶ put the result ─▶ …
//
// A worker of a process_pool. It may be killed anywhere in here; docs/decisions/0013-process-pool.md says for each place what
// becomes of its task.
#include "image.hpp"
#include "queue_core.hpp"
#include "task_message.hpp"
#include "task_table.hpp"

#include <plait/ipc/detail/pool_workers.hpp>
#include <plait/ipc/detail/task_callable.hpp>
#include <plait/runtime/detail/spin.hpp>
#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <boost/core/demangle.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cxxabi.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

constexpr std::size_t longest_text = 16 << 10; // of a failure

/// What is told of the exception that is being handled: code, type, text.
std::vector<std::byte> describe_failure() {
    std::string type_name = "unknown", text;
    if (auto* type = abi::__cxa_current_exception_type()) type_name = boost::core::demangle(type->name());
    auto code = static_cast<std::int32_t>(errc::remote_failure);
    try {
        throw;
    } catch (const error& e) {
        code = e.code().value();
        text = e.what();
        // What it was made with: the owner makes it again, and the code's own words are added then.
        if (std::string added = ": " + e.code().what(); text.ends_with(added)) text.resize(text.size() - added.size());
    } catch (const std::exception& e) {
        text = e.what();
    } catch (...) { // it has a type
    }
    if (type_name.size() > longest_text) type_name.resize(longest_text);
    if (text.size() > longest_text) text.resize(longest_text);
    std::vector<std::byte> bytes(
        wire<std::int32_t>::size(code) + wire<std::string>::size(type_name) + wire<std::string>::size(text));
    wire_writer out(bytes);
    wire<std::int32_t>::write(out, code);
    wire<std::string>::write(out, type_name);
    wire<std::string>::write(out, text);
    return bytes;
}

/// Of this process; set by its one thread that runs tasks.
bool is_retiring = false;

class worker {
public:
    explicit worker(worker_seat seat)
        : tasks_(std::move(seat.tasks)),
          results_(std::move(seat.results)),
          table_(plait::detail::unique_fd(seat.table_fd)),
          number_(seat.number),
          max_tasks_(seat.max_tasks) {}

    int work(initialiser_call initialise) {
        try {
            initialise.call(initialise.of);
        } catch (...) {
            auto why = describe_failure();
            auto result = message_of({0, 0, result_header::not_initialised}, why);
            loan room = room_for(result.size());
            headed_message<result_header>::write_to(&result, room.data());
            std::move(room).send();
            return EXIT_FAILURE;
        }
        is_retiring = false; // what was said before the first task, or in the process that this one was forked from
        for (std::uint64_t taken = 0; !is_retiring && (max_tasks_ == 0 || taken < max_tasks_);) {
            byte_lease message;
            try {
                message = next();
            } catch (const queue_closed&) {
                break;
            }
            task_header header;
            if (!read_header(message.data(), header) || header.index >= task_table::entries) {
                message.ack();
                continue;
            }
            if (header.flags & task_header::retires) {
                stop_looking();
                leave(task_table::seat::retires);
                message.ack();
                return EXIT_SUCCESS;
            }
            bool started = start(header);
            stop_looking(); // not before: its line is on the way, as that of the task's word was
            if (!started) {
                message.ack();
                continue;
            }
            // relaxed: read once we are dead
            table_.seat_of(number_).taken.store(++taken, std::memory_order_relaxed);
            goes_on_ = taken != max_tasks_;
            run(header, std::move(message));
        }
        stop_looking();
        leave(task_table::seat::leaves);
        return EXIT_SUCCESS;
    }

    // For a run.
    /// Writes the result, says that the task has ended, and puts it. What writing throws passes through, and nothing was said.
    void conclude(const task_header& task, headed_message<result_header> result) {
        result.header.generation = task.generation;
        result.header.index = task.index;
        loan room = room_for(result.size());
        headed_message<result_header>::write_to(&result, room.data());
        auto running = task_word::of(task.generation, task_word::running, number_);
        auto finished = task_word::of(task.generation, task_word::finished, number_);
        if (!table_.entry_at(task.index).exchange(running, finished)) wait_for_the_end();
        PLAIT_STEP("pool.worker.finished");
        // Before the owner has the result: what it may submit then, it need wake nobody for.
        if (goes_on_ && !is_retiring && tasks_.size() == 0) start_looking();
        std::move(room).send();
        PLAIT_STEP("pool.worker.reported");
    }
    void make_room(std::size_t bytes) {
        // What the owner has in its backlog may have waited for just this.
        if (bytes > tasks_.max_message() / 16) table_.call_for_backlog();
    }
    [[nodiscard]] std::size_t largest_result() const noexcept { return results_.max_message(); }

private:
    /// Throws queue_closed. The caller stops looking, however it ends.
    byte_lease next() {
        boost::system::result<byte_lease> message = tasks_.try_receive();
        auto look = [&] {
            message = tasks_.try_receive();
            return message || message.error() == errc::queue_closed;
        };
        bool found = message || message.error() == errc::queue_closed;
        if (!found) table_.call_for_backlog();
        while (!found) {
            start_looking();
            auto bell = table_.bell_of(number_);
            if ((found = spins_.until(look, [&] { return tasks_.size(); }))) break;
            table_.lie_down(number_);
            PLAIT_STEP("pool.worker.lies");
            table_.stop_looking(number_);
            looks_ = false;
            found = look(); // what was put while we looked woke nobody
            if (!found) table_.sleep_unless_rung(number_, bell);
            if (!table_.get_up(number_)) {
                // Somebody wakes us, and has said, or is about to say, that we look; then he rings.
                while (table_.bell_of(number_) == bell)
                    table_.sleep_unless_rung(number_, bell);
                looks_ = true;
            }
        }
        if (!message) throw queue_closed("process_pool");
        expect_to_run(*message);
        return std::move(*message);
    }
    /// Brings in at once what a task will change: one after the other each would wait for the owner's core.
    void expect_to_run(const byte_lease& message) const noexcept {
        task_header header;
        if (read_header(message.data(), header) && header.index < task_table::entries)
            table_.expect_to_change(header.index);
        results_.core().shared().messages().expect_to_claim();
    }
    void start_looking() noexcept {
        if (std::exchange(looks_, true)) return;
        table_.start_looking(number_);
        // Where the owner waits for each task, the next one has the entry of the last one.
        cells::expect_with_next_message(&table_.entry_at(last_), table_.looking_word(number_));
    }
    void stop_looking() noexcept {
        if (!std::exchange(looks_, false)) return;
        table_.stop_looking(number_);
        PLAIT_STEP("pool.worker.stopped_looking");
        if (tasks_.size() != 0) table_.wake_worker(); // what was put while we looked woke nobody
    }
    [[nodiscard]] bool start(const task_header& task) {
        PLAIT_STEP("pool.worker.received");
        auto& entry = table_.entry_at(task.index);
        last_ = task.index;
        if (task.flags & task_header::timed) {
            // Before the word: nobody else has the message. It is read by one who has seen the word.
            auto now = std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch());
            entry.began.store(now.count(), std::memory_order_relaxed);
        }
        bool started = entry.exchange(
            task_word::of(task.generation, task_word::pending),
            task_word::of(task.generation, task_word::running, number_));
        if (started) PLAIT_STEP("pool.worker.started");
        return started;
    }
    void run(const task_header& task, byte_lease message);
    [[nodiscard]] task_entry entry_of(const task_header& task, const byte_lease& message);

    loan room_for(std::size_t bytes) {
        auto room = results_.try_prepare(bytes);
        if (room) return std::move(*room);
        table_.call(); // there is none: perhaps nobody collects
        return results_.prepare(bytes);
    }

public:
    static headed_message<result_header> message_of(result_header header, const std::vector<std::byte>& body) {
        return {
            header, body.size(),
            [](const void* from, std::span<std::byte> to) {
                std::ranges::copy(*static_cast<const std::vector<std::byte>*>(from), to.begin());
            },
            &body};
    }

private:
    void leave(task_table::seat::how how) noexcept {
        table_.seat_of(number_).leaving.store(how, std::memory_order_relaxed); // read once we are dead
    }
    /// Our task was given up, and we are about to be killed.
    [[noreturn]] static void wait_for_the_end() {
        for (;;)
            ::pause();
    }

    byte_queue tasks_;
    byte_queue results_;
    task_table table_;
    const std::uint32_t number_;
    const std::uint64_t max_tasks_;
    plait::detail::spin spins_;
    bool looks_ = false;
    std::uint32_t last_ = 0;                              // the entry of the task that was started last
    bool goes_on_ = true;                                 // after this task
    std::array<task_entry, task_table::lines> entries_{}; // of the lines that have been looked up
    std::pair<code_name, task_entry> last_named_{};       // what a message has named last
};

class task_run final : public task_call {
public:
    task_run(worker& by, const task_header& task, byte_lease message) noexcept
        : by_(by), task_(task), message_(std::move(message)) {}
    ~task_run() = default;

    [[nodiscard]] std::span<const std::byte> arguments() const noexcept override {
        auto bytes = message_.data().subspan(sizeof(task_header));
        return task_.flags & task_header::is_named ? bytes.subspan(sizeof(code_name)) : bytes;
    }
    void begin(message_is what) override {
        if (what == message_is::done_with) end();
    }
    /// The message is done with.
    void end() {
        if (std::exchange(has_ended_, true)) return;
        auto bytes = message_.data().size();
        message_.ack();
        by_.make_room(bytes);
        PLAIT_STEP("pool.worker.acknowledged");
    }
    void finish(std::size_t bytes, void (*write)(const void*, std::span<std::byte>), const void* from) override {
        PLAIT_STEP("pool.worker.ran");
        headed_message<result_header> result{{0, 0, result_header::value}, bytes, write, from};
        if (result.size() > by_.largest_result())
            throw error(
                errc::message_too_large, "a result of " + std::to_string(bytes) +
                                             " bytes; process_pool_options::message_bytes allows " +
                                             std::to_string(by_.largest_result() - sizeof(result_header)));
        by_.conclude(task_, result);
    }
    [[nodiscard]] const byte_lease& message() const noexcept { return message_; }
    /// With the exception that is being handled.
    void fail() {
        auto failure = describe_failure();
        end();
        by_.conclude(task_, worker::message_of({0, 0, result_header::exception}, failure));
    }

private:
    worker& by_;
    const task_header& task_;
    byte_lease message_;
    bool has_ended_ = false;
};

void worker::run(const task_header& task, byte_lease message) {
    task_run call(*this, task, std::move(message));
    try {
        entry_of(task, call.message())(call);
    } catch (...) {
        call.fail();
    }
    call.end();
}

task_entry resolve(const code_name& callable) {
    auto address = resolve_code(callable.location());
    auto entry = address ? std::bit_cast<task_entry>(*address) : nullptr;
    if (!entry || !task_registration::is_registered(entry))
        throw error(errc::callable_unknown, "the worker has no such callable");
    return entry;
}

task_entry worker::entry_of(const task_header& task, const byte_lease& message) {
    if (task.flags & task_header::is_named) {
        code_name callable;
        if (!read_header(message.data().subspan(sizeof task), callable)) throw_task_too_short();
        if (!last_named_.second || callable != last_named_.first) last_named_ = {callable, resolve(callable)};
        return last_named_.second;
    }
    if (task.line >= entries_.size()) throw error(errc::callable_unknown, "the pool's table has no such line");
    auto& entry = entries_[task.line];
    if (!entry) entry = resolve(table_.line_at(task.line));
    return entry;
}

} // namespace

int work(worker_seat seat, initialiser_call initialise) { return worker(std::move(seat)).work(initialise); }

void retire() noexcept { is_retiring = true; }

} // namespace plait::ipc::detail

namespace plait::ipc {

void retire_worker() noexcept { detail::retire(); }

void argument<detail::worker_seat>::encode(argument_writer& out, const detail::worker_seat& value) {
    out.value(value.tasks);
    out.value(value.results);
    out.descriptor(value.table_fd);
    out.value(value.number);
    out.value(value.max_tasks);
}

detail::worker_seat argument<detail::worker_seat>::decode(argument_reader& in) {
    auto tasks = in.value<byte_queue>(), results = in.value<byte_queue>();
    auto table = in.descriptor();
    auto number = in.value<std::uint32_t>();
    auto max_tasks = in.value<std::uint64_t>();
    return {std::move(tasks), std::move(results), table.release(), number, max_tasks};
}

} // namespace plait::ipc
