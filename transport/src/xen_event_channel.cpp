#include "xen_event_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "open_device.hpp"

namespace v4v::detail {
namespace {

// The kernel's interface, as its header for user space (xen/evtchn.h) has it.
struct bind_interdomain {
  unsigned remote_domain;
  unsigned remote_port;
};
struct unbind_port {
  unsigned port;
};
constexpr unsigned long bind_request = _IOC(_IOC_NONE, 'E', 1, sizeof(bind_interdomain));
constexpr unsigned long unbind_request = _IOC(_IOC_NONE, 'E', 3, sizeof(unbind_port));
constexpr unsigned this_domain = 0x7ff0;  // DOMID_SELF

}  // namespace

xen_event_channel::xen_event_channel()
    : device_(open_device("/dev/xen/evtchn", "xen-evtchn", O_NONBLOCK)) {}

void xen_event_channel::bind(std::uint32_t xen_port) {
  bind_interdomain request{this_domain, xen_port};
  const int port = ::ioctl(device_.get(), bind_request, &request);
  if (port < 0) {
    if (errno == EINVAL)
      throw std::system_error(EBUSY, std::system_category(),
                              "another program of this guest, or a child that one has left behind, "
                              "uses V4V: its event channel is bound");
    throw std::system_error(errno, std::system_category(), "bind V4V's event channel");
  }
  port_ = static_cast<std::uint32_t>(port);
}

void xen_event_channel::unbind() noexcept {
  unbind_port request{port_};
  ::ioctl(device_.get(), unbind_request, &request);
}

// First all of the notes that Linux has made, then unmask: the other way round a note of an event
// that came in between might be read away with the channel masked again.
void xen_event_channel::take() noexcept {
  std::array<std::uint32_t, 16> ports;
  while (::read(device_.get(), ports.data(), sizeof ports) > 0) {
  }
  static_cast<void>(!::write(device_.get(), &port_, sizeof port_));
}

bool xen_event_channel::is_pending() const noexcept {
  pollfd descriptor{device_.get(), POLLIN, 0};
  return ::poll(&descriptor, 1, 0) > 0 && (descriptor.revents & POLLIN) != 0;
}

}  // namespace v4v::detail
