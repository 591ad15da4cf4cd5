// Copyright 2026 the plait authors. Boost Software License 1.0
#include "registrable_domain.hpp"

#include <memory>
#include <stdexcept>

#include <libpsl.h>

namespace plait::crawl {
namespace {

struct psl_free_it {
    void operator()(psl_ctx_t* list) const noexcept { psl_free(list); }
};

/// It is only read once it is there.
const psl_ctx_t& suffix_list() {
    static const std::unique_ptr<psl_ctx_t, psl_free_it> list(psl_latest(nullptr));
    if (!list) throw std::runtime_error("there is no public suffix list: is the package publicsuffix installed?");
    return *list;
}

} // namespace

std::string_view registrable_domain(const url& of) {
    if (of.host_kind() != host_kind::domain) return {};
    const std::string_view host = of.host();
    const bool trailing_dot = host.ends_with('.');
    const std::string name(host.substr(0, host.size() - (trailing_dot ? 1 : 0))); // libpsl reads up to a zero byte
    const char* const domain = psl_registrable_domain(&suffix_list(), name.c_str());
    return domain ? host.substr(static_cast<std::size_t>(domain - name.c_str())) : std::string_view();
}

} // namespace plait::crawl
