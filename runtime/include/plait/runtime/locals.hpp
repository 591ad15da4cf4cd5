// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::local<connection> database{[] { return connect("orders"); }};      // at namespace scope
//     database->send(order);                      // this coroutine's connection, made when it is first used
//
//   local ──key──┬─▶ coroutine 1: value      each is made by the factory, in its own party, and destroyed there
//                ├─▶ coroutine 2: value      when that party ends, last made first
//                └─▶ thread 7: value
//
//     plait::local<std::string> request{plait::inherited};                      // what is spawned begins with a copy
//
// A variable of which each party has its own value: each coroutine, and each thread, for what runs on it outside of
// coroutines. (A value per thread, shared by its coroutines, is C++'s thread_local.) A party that does not use it pays
// nothing.
//
// Inheritance: a coroutine begins with copies of what its spawner has of the locals that are declared `inherited`: of the
// values at the time of the spawn, made by the spawner. From then on each has its own. Threads, and the functions that a
// pool runs, inherit nothing.
//
// The values belong to the parties, not to the `local`: they outlive it if it goes first, and a value that nobody can
// reach any more still waits for the end of its party. So make a `local` static, or of the life of what it serves.
//
// The end of a coroutine, and of a plait::thread, destroys its values before anybody can see that it has ended; a thread
// that was started otherwise does so with its thread_local objects. The destructors may wait, which then is no
// cancellation point, and may use other locals: one that was destroyed already is made anew. They must not throw.

#include <plait/runtime/wait.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace plait {

namespace detail {

/// One value of one party.
class local_value {
public:
    explicit local_value(std::uint64_t key) noexcept : key_(key) {}
    local_value(const local_value&) = delete;
    local_value& operator=(const local_value&) = delete;
    virtual ~local_value() = default;
    [[nodiscard]] std::uint64_t key() const noexcept { return key_; }

    /// The value that a spawned coroutine begins with; nullptr if this one is not inherited.
    [[nodiscard]] virtual std::unique_ptr<local_value> copy_for_child() const { return nullptr; }

private:
    std::uint64_t key_;
};

/// A key that no local has had before.
[[nodiscard]] std::uint64_t next_local_key() noexcept;

/// The calling party's value for `key`; nullptr if it has none.
[[nodiscard]] local_value* find_local(std::uint64_t key) noexcept;

/// Gives the calling party the value that `key` had not, or replaces the one it had. Throws std::bad_alloc.
void store_local(std::unique_ptr<local_value> value);

/// Destroys the calling party's value for `key`, if it has one.
void drop_local(std::uint64_t key) noexcept;

} // namespace detail

/// For the constructors of `local`: spawned coroutines begin with a copy of their spawner's value, if it has one.
struct inherited_t {};
inline constexpr inherited_t inherited{};

template <class T>
class local {
    static_assert(!std::is_reference_v<T> && !std::is_const_v<T>, "a local holds a value that can be set");

public:
    /// Values that begin as T().
    local() requires std::is_default_constructible_v<T> : local([] { return T(); }) {}
    /// Values that begin as what `make()` returns, which is called by each party for itself, and may wait.
    explicit local(std::function<T()> make) : make_(std::move(make)) {}
    /// The same, inherited.
    explicit local(inherited_t) requires std::is_default_constructible_v<T> : local(inherited, [] { return T(); }) {}
    local(inherited_t, std::function<T()> make) requires std::is_copy_constructible_v<T>
        : make_(std::move(make)), hold_(&local::template hold<inherited_holder>) {}
    local(const local&) = delete;
    local& operator=(const local&) = delete;

    /// The calling party's value, which is made if it has none. The reference is good until the party ends, or calls
    /// reset().
    ///
    /// Blocks:        as the factory does.
    /// Thread safety: any party; each sees its own value.
    /// Throws:        what the factory throws, and then there is still no value; std::bad_alloc.
    /// Complexity:    linear in the number of locals that the party uses.
    [[nodiscard]] T& get() {
        if (auto* existing = find()) return existing->value;
        return store(make_());
    }
    [[nodiscard]] T& operator*() { return get(); }
    [[nodiscard]] T* operator->() { return &get(); }

    /// Sets the calling party's value. Throws what the move throws; std::bad_alloc.
    void set(T value) {
        if (auto* existing = find())
            existing->value = std::move(value);
        else
            store(std::move(value));
    }

    /// True if the calling party has a value.
    [[nodiscard]] bool has() const noexcept { return detail::find_local(key_) != nullptr; }

    /// Destroys the calling party's value, if it has one; the next use makes another.
    void reset() noexcept { detail::drop_local(key_); }

private:
    struct holder : detail::local_value {
        holder(std::uint64_t key, T&& v) : local_value(key), value(std::move(v)) {}
        T value;
    };
    struct inherited_holder final : holder {
        using holder::holder;
        [[nodiscard]] std::unique_ptr<detail::local_value> copy_for_child() const override {
            return std::make_unique<inherited_holder>(this->key(), T(this->value));
        }
    };
    template <class Holder>
    static std::unique_ptr<holder> hold(std::uint64_t key, T&& value) {
        return std::make_unique<Holder>(key, std::move(value));
    }

    [[nodiscard]] holder* find() const noexcept { return static_cast<holder*>(detail::find_local(key_)); }
    T& store(T&& value) {
        auto made = hold_(key_, std::move(value));
        T& stored = made->value;
        detail::store_local(std::move(made));
        return stored;
    }

    std::uint64_t key_ = detail::next_local_key();
    std::function<T()> make_;
    std::unique_ptr<holder> (*hold_)(std::uint64_t, T&&) = &local::template hold<holder>;
};

} // namespace plait
