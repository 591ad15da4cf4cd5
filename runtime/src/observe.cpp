// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/lock_graph.hpp>
#include <plait/runtime/observe.hpp>

#include <mutex>

namespace plait {
namespace detail {

/// All entries, in the order in which they came. An entry that goes waits for a dump that is under way.
class registry {
public:
    static registry& instance() {
        static registry the_one;
        return the_one;
    }

    void add(registry_entry& e) {
        std::lock_guard guard(lock_);
        e.previous_ = last_;
        (last_ ? last_->next_ : first_) = &e;
        last_ = &e;
    }
    void remove(registry_entry& e) noexcept {
        std::lock_guard guard(lock_);
        (e.previous_ ? e.previous_->next_ : first_) = e.next_;
        (e.next_ ? e.next_->previous_ : last_) = e.previous_;
    }
    void describe(dump& to) {
        std::lock_guard guard(lock_);
        for (registry_entry* e = first_; e; e = e->next_)
            e->describe_(e->of_, to);
    }

private:
    std::mutex lock_;
    registry_entry* first_ = nullptr;
    registry_entry* last_ = nullptr;
};

registry_entry::registry_entry(const void* of, describer describe) : of_(of), describe_(describe) {
    registry::instance().add(*this);
}

registry_entry::~registry_entry() { registry::instance().remove(*this); }

} // namespace detail

std::string dump_all() {
    detail::dump all;
    detail::registry::instance().describe(all);
    return all.text();
}

void observe(bool on) noexcept {
    detail::observation_is_on.store(on, std::memory_order_relaxed);
    detail::slow_down_locks(detail::slow_locks::time_holds, on);
}

} // namespace plait
