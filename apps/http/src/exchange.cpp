// Copyright 2026 the plait authors. Boost Software License 1.0
#include "exchange.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <array>
#include <new>

namespace plait::http {
namespace {

time_point now() { return plait::detail::party::current().now(); }

/// RFC 9110 §9.2.2.
bool may_be_repeated(const request& r) noexcept {
    constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    return r.idempotent.value_or(std::ranges::find(methods, r.method) != methods.end());
}

} // namespace

exchange::exchange(connection_pool::lease lease, std::unique_ptr<connection> c, std::string name, time_point until)
    : lease_(std::move(lease)), connection_(std::move(c)), name_(std::move(name)), until_(until) {}

exchange::~exchange() {
    if (!connection_ || !connection_->reader.is_complete()) return;
    try { // the last of the body was taken; that nothing comes behind it was not asked
        finish();
    } catch (const std::bad_alloc&) { // then it is not kept
    }
}

void exchange::abandon() {
    connection_.reset();
    lease_.end();
    failure_.emplace(fault::truncated, name_ + ": reading was given up");
}

void exchange::fail(fault what, const std::string& why, boost::system::error_code cause) {
    connection_.reset();
    lease_.end();
    failure_.emplace(what, name_ + ": " + why, cause);
    throw client_error(*failure_);
}

bool exchange::run(std::string_view head, const request& r, bool kept) {
    keep_alive_ = r.keep_alive;
    connection_->reader.expect(r.method == "HEAD", r.body_limit);
    const std::uint64_t before = connection_->bytes.bytes_sent();
    send(head, r);
    if (!read_head(saturating_add(now(), r.timeouts.first_byte))) {
        if (kept && (connection_->bytes.bytes_sent() == before || may_be_repeated(r))) return false;
        fail(fault::closed, broken_ ? broken_.message() : "the connection was closed", broken_);
    }
    keep_head();
    if (r.decode && head_.framing != body_framing::none) decode(*r.decode);
    if (connection_->reader.is_complete()) finish();
    return true;
}

// A connection that cannot be written to may hold an answer all the same: what it says is better than why it broke.
void exchange::send(std::string_view head, const request& r) {
    try {
        connection_->bytes.write_all_until({head, r.body}, until_);
    } catch (const timeout_error&) {
        fail(fault::timed_out, "the server did not take the request in time");
    } catch (const boost::system::system_error& e) {
        if (e.code() == errc::would_block_loop) throw;
        broken_ = e.code();
        keep_alive_ = false;
    }
}

bool exchange::read_head(time_point first_byte_by) {
    response_reader& reader = connection_->reader;
    for (;;) {
        switch (reader.head()) {
        case response_reader::status::ready: return true;
        case response_reader::status::refused: fail(reader.why().what, std::string(reader.why().reason), broken_);
        case response_reader::status::need_more: break;
        }
        if (receive(first_byte_by) == received::end && !reader.started()) return false;
    }
}

exchange::received exchange::receive(time_point first_byte_by) {
    response_reader& reader = connection_->reader;
    const bool waits_for_first = !reader.started() && first_byte_by < until_;
    try {
        const std::size_t n =
            connection_->bytes.read_some_until(reader.room(), waits_for_first ? first_byte_by : until_);
        if (n != 0) {
            reader.received(n);
            return received::bytes;
        }
    } catch (const timeout_error&) {
        if (waits_for_first) fail(fault::first_byte_timed_out, "nothing of the answer came");
        fail(fault::timed_out, reader.started() ? "the answer did not end" : "nothing of the answer came");
    } catch (const boost::system::system_error& e) {
        if (e.code() == errc::would_block_loop) throw;
        // Not an end that the server has said: a body until the end may have been cut.
        if (reader.started()) fail(fault::truncated, "the connection broke: " + e.code().message(), e.code());
        broken_ = e.code();
        return received::end;
    } catch (...) {
        abandon();
        throw;
    }
    reader.ended();
    return received::end;
}

// The connection goes on to others; what the head says stays.
void exchange::keep_head() {
    const response_head& from = connection_->reader.response();
    std::size_t size = from.reason.size();
    for (const field& f : from.fields)
        size += f.name.size() + f.value.size();
    texts_ = std::make_unique_for_overwrite<char[]>(size);
    char* at = texts_.get();
    const auto kept = [&at](std::string_view text) {
        const std::string_view copy(at, text.size());
        at = std::ranges::copy(text, at).out;
        return copy;
    };
    head_ = from;
    head_.reason = kept(from.reason);
    for (field& f : head_.fields)
        f = {f.id, kept(f.name), kept(f.value)};
}

void exchange::decode(const decoding_limits& l) {
    const field* named = nullptr;
    for (const field& f : head_.fields) {
        if (f.id != field_name::content_encoding) continue;
        if (named) fail(fault::coding_unknown, "there is more than one Content-Encoding");
        named = &f;
    }
    if (!named) return;
    const auto coding = coding_named(named->value);
    if (!coding) fail(fault::coding_unknown, "its Content-Encoding is none that was offered");
    if (*coding != content_coding::identity) decoder_.emplace(*coding, l);
}

std::string_view exchange::read_some() {
    if (failure_) throw client_error(*failure_);
    if (!decoder_) return read_undecoded();
    for (;;) {
        const content_decoder::step step = decoder_->feed(undecoded_);
        if (decoder_->why()) fail(decoder_->why().what, std::string(decoder_->why().reason));
        undecoded_.remove_prefix(step.used);
        if (!step.data.empty()) return step.data;
        if (!undecoded_.empty() && step.used != 0) continue;
        undecoded_ = read_undecoded();
        if (!undecoded_.empty()) continue;
        if (const response_fault f = decoder_->end()) fail(f.what, std::string(f.reason));
        return {};
    }
}

std::string_view exchange::read_undecoded() {
    if (!connection_) return {};
    response_reader& reader = connection_->reader;
    for (;;) {
        switch (reader.body()) {
        case response_reader::status::ready:
            if (reader.piece().empty()) finish();
            return connection_ ? reader.piece() : std::string_view();
        case response_reader::status::refused: fail(reader.why().what, std::string(reader.why().reason));
        case response_reader::status::need_more: break;
        }
        static_cast<void>(receive(until_));
    }
}

void exchange::finish() {
    std::unique_ptr<connection> c = std::move(connection_);
    if (keep_alive_ && c->reader.can_go_on())
        lease_.keep(std::move(c));
    else
        c.reset(); // before another one may be opened
    lease_.end();
}

} // namespace plait::http
