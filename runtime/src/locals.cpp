// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/locals.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <vector>

#include <cxxabi.h>

extern "C" void* __dso_handle; // the image that this code is in, for __cxa_thread_atexit

namespace plait::detail {

/// The values of one party, in the order in which they were made. A party uses a handful of locals, for which a search
/// from one end is the fastest.
class local_values {
    static auto position(auto& values, std::uint64_t key) noexcept {
        return std::find_if(values.begin(), values.end(), [key](const auto& v) { return v->key() == key; });
    }

public:
    [[nodiscard]] static local_values* of(const party& p) noexcept { return p.locals_; }

    /// Those of the calling party, which has some from now on.
    static local_values& make() {
        party& self = party::current();
        if (self.locals_) return *self.locals_;
        auto made = std::make_unique<local_values>();
        // Unlike a thread_local object, this can be said again by a destructor that runs at the end of the thread.
        if (self.what() == party::kind::thread && abi::__cxa_thread_atexit(&end_of_thread, &self, &__dso_handle) != 0)
            throw std::bad_alloc();
        return *(self.locals_ = made.release());
    }

    /// Those that a child of their party begins with; nullptr if none is inherited.
    [[nodiscard]] std::unique_ptr<local_values> copy_for_child() const {
        std::unique_ptr<local_values> made;
        for (std::size_t i = 0; i < values_.size(); ++i) { // copying may make new ones
            auto copy = values_[i]->copy_for_child();
            if (!copy) continue;
            if (!made) made = std::make_unique<local_values>();
            made->values_.push_back(std::move(copy));
        }
        return made;
    }

    [[nodiscard]] local_value* find(std::uint64_t key) const noexcept {
        auto found = position(values_, key);
        return found == values_.end() ? nullptr : found->get();
    }
    void store(std::unique_ptr<local_value> value) {
        // The factory may have used the same local: the value that it made goes.
        if (auto found = position(values_, value->key()); found != values_.end())
            found->swap(value);
        else
            values_.push_back(std::move(value));
    }
    void drop(std::uint64_t key) noexcept {
        auto found = position(values_, key);
        if (found == values_.end()) return;
        auto dropped = std::move(*found);
        values_.erase(found); // before the value goes: its destructor may use locals
    }
    void drop_all() noexcept {
        while (!values_.empty()) { // destructors may make new ones
            auto last = std::move(values_.back());
            values_.pop_back();
        }
    }

private:
    static void end_of_thread(void* self) { static_cast<party*>(self)->end_locals(); }

    std::vector<std::unique_ptr<local_value>> values_;
};

std::uint64_t next_local_key() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1; // a number, no ordering
}

local_value* find_local(std::uint64_t key) noexcept {
    const local_values* values = local_values::of(party::current());
    return values ? values->find(key) : nullptr;
}

void store_local(std::unique_ptr<local_value> value) { local_values::make().store(std::move(value)); }

void drop_local(std::uint64_t key) noexcept {
    if (local_values* values = local_values::of(party::current())) values->drop(key);
}

void party::copy_locals_of(const party& spawner) { locals_ = spawner.locals_->copy_for_child().release(); }

void party::destroy_locals() noexcept {
    shield destructors_may_wait;
    locals_->drop_all();
    delete std::exchange(locals_, nullptr);
}

} // namespace plait::detail
