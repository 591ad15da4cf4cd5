// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   source (a future's state, a coroutine) ──ends──▶ [ completion_list ] ──notify──▶ whoever watches several at once
//
// How one party learns of the end of many things: it links a completion into each of them. This is all that `gather`,
// `as_completed` and `wait` need to know of what they wait for, so that a layer above can bring things of its own.
//
// A type can be waited for if it names completion_access as a friend and has, besides `is_done`, `cancel` and one of
// `get` and `join`:
//
//     bool attach(detail::completion& c) const;              // false: it has ended already, and c was not linked;
//                                                            // throws errc::no_state if the handle is empty
//     void detach(detail::completion& c) const noexcept;     // afterwards c is not linked, and not being notified
//     detail::outcome how_it_ended() const noexcept;         // once it has
//     const void* identity() const noexcept;                 // the same for two handles of one thing

#include <concepts>
#include <cstdint>
#include <utility>

namespace plait::detail {

/// How something ended.
enum class outcome : std::uint8_t { value, exception, cancelled };

/// One that is told of one end. It belongs to the one that watches, and is linked into at most one source at a time.
class completion {
public:
    /// `notify` is called by the thread that brings the end about, under the source's lock: it must not park, call user
    /// code or touch the source. The completion is not linked any more by then.
    explicit completion(void (*notify)(completion&, outcome) noexcept) noexcept : notify_(notify) {}
    completion(const completion&) = delete;
    completion& operator=(const completion&) = delete;

private:
    friend class completion_list;

    void (*notify_)(completion&, outcome) noexcept;
    completion* next_ = nullptr;
    completion* previous_ = nullptr;
    bool linked_ = false;
};

/// Those who watch one source. Guarded by the source's lock.
class completion_list {
public:
    void link(completion& c) noexcept {
        c.linked_ = true;
        c.previous_ = nullptr;
        c.next_ = first_;
        if (first_) first_->previous_ = &c;
        first_ = &c;
    }
    /// Does nothing if it is not linked.
    void unlink(completion& c) noexcept {
        if (!std::exchange(c.linked_, false)) return;
        (c.previous_ ? c.previous_->next_ : first_) = c.next_;
        if (c.next_) c.next_->previous_ = c.previous_;
    }
    void notify_all(outcome how) noexcept {
        while (completion* c = first_) {
            unlink(*c);
            c->notify_(*c, how);
        }
    }

private:
    completion* first_ = nullptr;
};

/// What a source opens to those who watch it.
struct completion_access {
    template <class Source>
    [[nodiscard]] static auto attach(const Source& s, completion& c) -> decltype(s.attach(c)) {
        return s.attach(c);
    }
    template <class Source>
    static auto detach(const Source& s, completion& c) noexcept -> decltype(s.detach(c)) {
        s.detach(c);
    }
    template <class Source>
    [[nodiscard]] static auto how_it_ended(const Source& s) noexcept -> decltype(s.how_it_ended()) {
        return s.how_it_ended();
    }
    template <class Source>
    [[nodiscard]] static auto identity(const Source& s) noexcept -> decltype(s.identity()) {
        return s.identity();
    }
};

/// The value that `s` ended with, or its exception, thrown. Moved out if `s` is an rvalue.
template <class Source>
decltype(auto) result_of(Source&& s) {
    if constexpr (requires { std::forward<Source>(s).get(); })
        return std::forward<Source>(s).get();
    else
        return std::forward<Source>(s).join();
}

/// What can be waited for together with others: a future, a shared_future, a task.
template <class S>
concept completion_source = requires(S& s, const S& c, completion& node) {
    { c.is_done() } -> std::same_as<bool>;
    s.cancel();
    { completion_access::attach(c, node) } -> std::same_as<bool>;
    completion_access::detach(c, node);
    { completion_access::how_it_ended(c) } -> std::same_as<outcome>;
    { completion_access::identity(c) } -> std::same_as<const void*>;
    result_of(s);
};

} // namespace plait::detail
