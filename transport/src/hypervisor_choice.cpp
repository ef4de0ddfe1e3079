#include "hypervisor_choice.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "xen_hypercalls.hpp"

namespace v4v::detail {
namespace {

[[noreturn]] void fail(std::errc why, const std::string& what) {
  throw std::system_error(std::make_error_code(why), what);
}

hypervisor_kind named(const std::string& name) {
  if (name == "xen") return hypervisor_kind::xen;
  if (name == "embedded")
    fail(std::errc::invalid_argument,
         "V4V_LINK is \"embedded\", which is for programs that hold all of their domains in one "
         "process: this one is to be a domain of another hypervisor, so it can be \"xen\"");
  fail(std::errc::invalid_argument, "V4V_LINK is \"" + name + "\", and can be \"xen\"");
}

hypervisor_kind found() {
  if (::access(xen_hypercalls::device, F_OK) == 0) return hypervisor_kind::xen;
  fail(std::errc::no_such_device,
       std::string("no hypervisor with V4V is found: looked for Xen's ") + xen_hypercalls::device +
           " (in a Xen guest: modprobe -a xen-privcmd xen-evtchn)");
}

}  // namespace

hypervisor_kind chosen_hypervisor() {
  // As open_link.hpp says, nobody changes the environment meanwhile.
  const char* const name = std::getenv("V4V_LINK");  // NOLINT(concurrency-mt-unsafe)
  return name != nullptr && *name != '\0' ? named(name) : found();
}

}  // namespace v4v::detail
