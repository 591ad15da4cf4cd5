// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a pool runs. An item is part of what it stands for (a callable beside the state of its future, a callable on the
// stack of the one that waits for it), so that giving work to a pool allocates nothing beyond that.

namespace plait {
class error;
}

namespace plait::detail {

struct work_item {
    /// `refusal`: nullptr to run the item; otherwise why it is dropped. Either way the item may be gone afterwards.
    using function = void (*)(work_item&, const error* refusal) noexcept;

    enum class kind : unsigned char {
        task, ///< stands for itself
        fork, ///< somebody higher up on a worker's stack joins it
    };

    work_item(kind w, function f) noexcept : act(f), what(w) {}

    void run() noexcept { act(*this, nullptr); }
    void drop(const error& why) noexcept { act(*this, &why); }

    function act;
    kind what;
};

} // namespace plait::detail
