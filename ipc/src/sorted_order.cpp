// Copyright 2026 the plait authors. Boost Software License 1.0
#include "sorted_order.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace plait::ipc::detail {
namespace {

using namespace std::chrono_literals;

// How long to wait for the lock: a section takes less than a microsecond, unless its holder lost its processor there. A
// thread may wait for that; an event loop has other things to do.
constexpr duration patience_of_threads = 10ms;
constexpr duration patience_of_loops = 100us;

std::size_t heap_offset(std::uint32_t cells) noexcept { return sizeof(sorted_memory) + cells * sizeof(sorted_key); }
std::size_t places_offset(std::uint32_t cells) noexcept { return heap_offset(cells) + cells * std::size_t{4}; }

template <class T>
T* at(std::span<std::byte> memory, std::size_t offset) noexcept {
    return std::launder(reinterpret_cast<T*>(memory.data() + offset));
}

} // namespace

std::size_t sorted_order::order_bytes(std::uint32_t cells) noexcept {
    return round_up(places_offset(cells) + cells * std::size_t{4}, cache_line);
}

void sorted_order::format(std::span<std::byte> memory) { new (memory.data()) sorted_memory{}; }

sorted_order::sorted_order(
    std::span<std::byte> memory, const queue_geometry& g, std::uint64_t capacity, cells& messages) noexcept
    : cells_(messages),
      shared_(at<sorted_memory>(memory, 0)),
      keys_(at<sorted_key>(memory, sizeof(sorted_memory))),
      heap_(at<std::atomic<std::uint32_t>>(memory, heap_offset(g.cells))),
      places_(at<std::atomic<std::uint32_t>>(memory, places_offset(g.cells))),
      capacity_(capacity),
      last_first_(g.order == queue_order::lifo) {}

void sorted_order::reinitialise() {
    shared_->lock.reinitialise();
    outdate();
}

// ----------------------------------------------------------------------------------------------------------- hints

std::size_t sorted_order::size() const noexcept { return shared_->size.load(std::memory_order_relaxed); }

bool sorted_order::has_capacity() noexcept {
    // The state first: when the heap is whole, the size that is read after it is no older.
    return shared_->heap_is.load(std::memory_order_seq_cst) != sorted_memory::whole ||
           shared_->size.load(std::memory_order_seq_cst) < capacity_;
}

std::size_t sorted_order::messages_to_take() noexcept {
    bool whole = shared_->heap_is.load(std::memory_order_seq_cst) == sorted_memory::whole;
    auto waiting = shared_->size.load(std::memory_order_seq_cst);
    return waiting == 0 && !whole ? 1 : waiting;
}

bool sorted_order::surely_waits() noexcept {
    // Of a heap that is not whole neither the size nor the state tells: what is in it may all have been taken back.
    return shared_->heap_is.load(std::memory_order_seq_cst) == sorted_memory::whole &&
           shared_->size.load(std::memory_order_seq_cst) != 0;
}

// -------------------------------------------------------------------------------------------------------- the lock

/// The lock, and a heap that is whole; nothing if the lock is not to be had soon.
std::optional<robust_mutex::guard> sorted_order::enter() {
    auto recover = [this]() noexcept { outdate(); };
    auto acquire = [&] {
        if (auto at_once = shared_->lock.try_lock(recover)) return at_once;
        auto patience = loop::current() ? patience_of_loops : patience_of_threads;
        return shared_->lock.lock_until(deadline(std::chrono::steady_clock::now() + patience), recover);
    };
    auto lock = acquire();
    if (lock && shared_->heap_is.load(std::memory_order_seq_cst) != sorted_memory::whole) make_heap();
    return lock;
}

/// After a change of a word that the heap does not tell of. A read-modify-write, so that make_heap(), which reads what
/// this wrote, sees that change.
sorted_memory::state sorted_order::outdate() const noexcept {
    return static_cast<sorted_memory::state>(
        shared_->heap_is.exchange(sorted_memory::outdated, std::memory_order_seq_cst));
}

void sorted_order::make_heap() noexcept {
    // Who changes a word from now on outdates the heap again. The size stays what it was: who goes by it sees the state.
    shared_->heap_is.exchange(sorted_memory::being_made, std::memory_order_seq_cst);
    PLAIT_STEP("sorted.make.begin");
    std::uint32_t count = 0;
    for (std::uint32_t cell = 0; cell < cells_.count(); ++cell)
        if (cells_.word_at(cell).can_be_taken()) put_at(count++, cell);
    PLAIT_STEP("sorted.make.collected");
    for (std::uint32_t place = count / 2; place-- > 0;)
        sift_down(place, cell_at(place), count);
    shared_->size.store(count, std::memory_order_seq_cst);
    PLAIT_STEP("sorted.make.sized");
    std::uint32_t mine = sorted_memory::being_made;
    shared_->heap_is.compare_exchange_strong(mine, sorted_memory::whole, std::memory_order_seq_cst);
    PLAIT_STEP("sorted.make.done");
}

// ------------------------------------------------------------------------------------------------------------- put

void sorted_order::write_key(const held_message& m) noexcept {
    auto sequence = shared_->puts.fetch_add(1, std::memory_order_relaxed);
    keys_[m.cell].priority.store(m.priority, std::memory_order_relaxed);
    keys_[m.cell].sequence.store(last_first_ ? ~sequence : sequence, std::memory_order_relaxed);
}

message_order::commit_result sorted_order::publish(unsigned self, held_message& m, bool bounded) {
    auto lock = enter();
    if (bounded) {
        if (!lock) throw held_up();
        if (count_in_heap() >= capacity_) return commit_result::full;
    }
    PLAIT_STEP("sorted.publish.begin");
    write_key(m);
    PLAIT_STEP("sorted.publish.key");
    cells_.make_ready(self, m);
    if (lock)
        insert(m.cell);
    else
        outdate();
    PLAIT_STEP("sorted.publish.done");
    return commit_result::done;
}

bool sorted_order::take_back(unsigned self, const held_message& m) noexcept {
    auto seen = m.word;
    auto leased = cell_word::of(seen.generation(), cell_word::leased, self);
    if (!cells_.exchange(m.cell, seen, leased)) return false;
    PLAIT_STEP("sorted.take_back.taken");
    // Before the cell can be somebody else's: who puts that in finds that the heap names it already.
    outdate();
    PLAIT_STEP("sorted.take_back.outdated");
    // An eviction may have taken it from us like any lease; then it was put after all, and may be somebody's by now.
    return cells_.exchange(m.cell, leased, cell_word::of(leased.generation(), cell_word::free, 0));
}

void sorted_order::requeue(std::uint32_t cell) noexcept {
    // Whoever makes the heap finds the message. So a sweep of many messages waits for a stopped holder once.
    if (shared_->heap_is.load(std::memory_order_relaxed) == sorted_memory::outdated &&
        outdate() == sorted_memory::outdated)
        return;
    try {
        if (auto lock = enter()) {
            // It may have been found, and even taken, meanwhile.
            if (cells_.word_at(cell).can_be_taken()) insert(cell);
            return;
        }
    } catch (const segment_error&) { // the next one who waits for the lock hears of it
    }
    outdate();
}

// --------------------------------------------------------------------------------------------------------- receive

std::optional<held_message> sorted_order::take(unsigned self) {
    if (messages_to_take() == 0) return std::nullopt;
    std::optional<held_message> message;
    {
        auto lock = enter();
        if (!lock) throw held_up();
        while (!message && count_in_heap() > 0) {
            auto cell = cell_at(0);
            auto word = cells_.word_at(cell);
            PLAIT_STEP("sorted.take.looked");
            // It is not to be taken if it was taken back, and the heap is outdated; then it goes without further ado.
            if (word.can_be_taken()) message = cells_.lease(self, cell, word);
            PLAIT_STEP("sorted.take.leased");
            remove_first();
            PLAIT_STEP("sorted.take.removed");
        }
    }
    if (message) message->data = cells_.payload_of(message->cell);
    return message;
}

// -------------------------------------------------------------------------------------------------------- the heap

std::uint32_t sorted_order::count_in_heap() const noexcept {
    return std::min(shared_->size.load(std::memory_order_relaxed), cells_.count());
}

std::uint32_t sorted_order::cell_at(std::uint32_t place) const noexcept {
    auto cell = heap_[place].load(std::memory_order_relaxed);
    if (cell < cells_.count()) [[likely]]
        return cell;
    // Not the work of this protocol. Any cell will do: its word says whether it waits; and the next one makes the heap anew.
    outdate();
    return 0;
}

void sorted_order::put_at(std::uint32_t place, std::uint32_t cell) noexcept {
    heap_[place].store(cell, std::memory_order_relaxed);
    places_[cell].store(place, std::memory_order_relaxed);
}

bool sorted_order::is_before(std::uint32_t a, std::uint32_t b) const noexcept {
    auto key_of = [this](std::uint32_t cell) {
        return std::pair(
            keys_[cell].priority.load(std::memory_order_relaxed), keys_[cell].sequence.load(std::memory_order_relaxed));
    };
    return key_of(a) < key_of(b);
}

void sorted_order::sift_up(std::uint32_t place, std::uint32_t cell) noexcept {
    while (place > 0) {
        auto parent = (place - 1) / 2;
        auto above = cell_at(parent);
        if (!is_before(cell, above)) break;
        put_at(place, above);
        place = parent;
    }
    put_at(place, cell);
}

void sorted_order::sift_down(std::uint32_t place, std::uint32_t cell, std::uint32_t count) noexcept {
    for (;;) {
        auto child = 2 * place + 1;
        if (child >= count) break;
        if (child + 1 < count && is_before(cell_at(child + 1), cell_at(child))) ++child;
        auto below = cell_at(child);
        if (!is_before(below, cell)) break;
        put_at(place, below);
        place = child;
    }
    put_at(place, cell);
}

/// Nothing if it is in already: a return and whoever makes the heap may both come to it.
void sorted_order::insert(std::uint32_t cell) noexcept {
    auto count = count_in_heap();
    auto place = places_[cell].load(std::memory_order_relaxed);
    if (place < count && cell_at(place) == cell) return;
    if (count == cells_.count()) { // not the work of this protocol: every cell is in it, but for this one
        outdate();
        return;
    }
    sift_up(count, cell);
    PLAIT_STEP("sorted.insert.placed");
    // seq_cst: who registers to wait, and then sees the old size, is seen by whom it is to be woken by; see channel.hpp.
    shared_->size.store(count + 1, std::memory_order_seq_cst);
    PLAIT_STEP("sorted.insert.sized");
}

void sorted_order::remove_first() noexcept {
    auto count = count_in_heap() - 1;
    sift_down(0, cell_at(count), count);
    PLAIT_STEP("sorted.remove.placed");
    shared_->size.store(count, std::memory_order_seq_cst);
}

// -------------------------------------------------------------------------------------------------------- recovery

void sorted_order::reconcile(std::span<cells::finding> found) noexcept {
    // What is READY is committed. If it was put without the lock, its producer may have died before it said so.
    bool committed = false;
    for (auto& f : found) {
        f.named = f.word.state() == cell_word::ready;
        committed |= f.named;
    }
    if (committed) outdate();
    PLAIT_STEP("sorted.reconcile.done");
    // What is LEASED was taken out, or its taker died with the lock. What is RETURNED may be in: requeue() looks.
}

} // namespace plait::ipc::detail
