#include "v4v/open_link.hpp"

#include "hypervisor_choice.hpp"
#include "v4v/xen_link.hpp"

namespace v4v {

std::unique_ptr<link> open_link() {
  switch (detail::chosen_hypervisor()) {
    case detail::hypervisor_kind::xen:
      return xen_link();
  }
  return nullptr;
}

}  // namespace v4v
