#pragma once

#include <memory>

#include "v4v/endpoint.hpp"
#include "v4v/link.hpp"

namespace v4v {

namespace hv {
class embedded;
}

/// A link to a new domain `id` of a hypervisor in this process (v4v/hv/embedded.hpp). The domain
/// lives as long as the link. Throws what hv::embedded::create_domain throws.
[[nodiscard]] std::unique_ptr<link> embedded_link(hv::embedded& hypervisor, domain_type id);

}  // namespace v4v
