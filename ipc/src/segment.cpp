// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"

#include <plait/ipc/segment.hpp>

namespace plait::ipc {

segment segment::create(const segment_options& options) { return segment(detail::attachment::create(options)); }

segment segment::attach(int memory_fd, int liveness_fd) {
    return segment(detail::attachment::attach(memory_fd, liveness_fd));
}

int segment::memory_fd() const noexcept { return attachment_->memory_fd(); }
int segment::liveness_fd() const noexcept { return attachment_->liveness_fd(); }
std::size_t segment::size() const noexcept { return attachment_->bytes().size(); }
std::size_t segment::free_bytes() const noexcept { return attachment_->free_bytes(); }
unsigned segment::participants() const noexcept { return attachment_->participants().taken(); }
unsigned segment::self() const { return attachment_->self(); }
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
