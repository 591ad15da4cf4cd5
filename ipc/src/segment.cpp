// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "segment_place.hpp"

#include <plait/ipc/segment.hpp>

namespace plait::ipc {

using detail::attachment;
using detail::segment_place;

segment segment::create(const segment_options& options) { return segment(detail::attachment::create(options)); }

segment segment::create(std::string_view name, const segment_options& options) {
    return segment(attachment::create_at(segment_place::named(name), options));
}
segment segment::open(std::string_view name, std::optional<user_id> owner) {
    return segment(attachment::open_at(segment_place::named(name), owner));
}
segment segment::open_or_create(std::string_view name, const segment_options& options) {
    return segment(attachment::open_or_create_at(segment_place::named(name), options));
}
bool segment::remove(std::string_view name) { return attachment::remove_at(segment_place::named(name)); }

segment segment::create_file(const std::string& path, const segment_options& options) {
    return segment(attachment::create_at(segment_place::file(path), options));
}
segment segment::open_file(const std::string& path, std::optional<user_id> owner) {
    return segment(attachment::open_at(segment_place::file(path), owner));
}
segment segment::open_or_create_file(const std::string& path, const segment_options& options) {
    return segment(attachment::open_or_create_at(segment_place::file(path), options));
}
bool segment::remove_file(const std::string& path) { return attachment::remove_at(segment_place::file(path)); }

segment segment::attach(int memory_fd, int liveness_fd) {
    return segment(detail::attachment::attach(memory_fd, liveness_fd));
}

int segment::memory_fd() const noexcept { return attachment_->memory_fd(); }
int segment::liveness_fd() const noexcept { return attachment_->liveness_fd(); }
std::string segment::name() const {
    const auto& plan = attachment_->plan();
    return {plan.name, plan.name_length};
}
std::size_t segment::size() const noexcept { return attachment_->size(); }
std::size_t segment::max_size() const noexcept { return attachment_->plan().max_bytes; }
std::size_t segment::free_bytes() const noexcept { return attachment_->free_bytes(); }
unsigned segment::participants() const noexcept { return attachment_->participants().taken(); }
unsigned segment::self() const { return attachment_->self(); }

std::vector<participant_info> segment::participants_info() const {
    std::vector<participant_info> all;
    auto& table = attachment_->participants();
    unsigned self = attachment_->self();
    for (unsigned i = 0; i < table.count(); ++i)
        if (table.is_taken(i))
            all.push_back({i, table.slot(i).pid.load(std::memory_order_relaxed), !table.is_dead(i, self)});
    return all;
}

unsigned segment::sweep() { return attachment_->sweep(); }

void argument<segment>::encode(argument_writer& out, const segment& value) {
    out.descriptor(value.memory_fd());
    out.descriptor(value.liveness_fd());
}

segment argument<segment>::decode(argument_reader& in) {
    auto memory = in.descriptor();
    auto liveness = in.descriptor();
    return segment::attach(memory.release(), liveness.release());
}

} // namespace plait::ipc
