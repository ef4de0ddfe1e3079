// Two domains of an embedded hypervisor: one sends a word, the other has it in its ring.
#include <v4v/hv/embedded.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ring_in_c.h"

namespace {

constexpr std::uint32_t port = 5000;
constexpr std::string_view greeting = "hello";

alignas(V4V_PAGE_SIZE) unsigned char page[V4V_PAGE_SIZE];

std::uint64_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

}  // namespace

int main() {
  v4v::hv::embedded hypervisor;
  const auto sender = hypervisor.create_domain(1);
  const auto receiver = hypervisor.create_domain(2);

  auto* const ring = reinterpret_cast<v4v_ring*>(page);
  ring_in_c_begin(ring, port, 1024);
  const std::uint64_t pfn = address(page) / V4V_PAGE_SIZE;
  if (receiver->hypercall(V4V_OP_register_ring, address(ring), address(&pfn), 1, 0) != 0) {
    std::puts("the ring was not registered");
    return EXIT_FAILURE;
  }

  const v4v_send_addr addresses{{port, 0, 0}, {port, receiver->id(), 0}};
  const v4v_iov piece{address(greeting.data()), greeting.size(), 0};
  if (sender->hypercall(V4V_OP_sendv, address(&addresses), address(&piece), 1, V4V_MESSAGE_DGRAM) !=
      static_cast<long>(greeting.size())) {
    std::puts("the message was not sent");
    return EXIT_FAILURE;
  }

  std::uint32_t size = 0;
  const void* const payload = ring_in_c_first(ring, &size);
  const std::string_view received{static_cast<const char*>(payload), size};
  std::printf("received: %.*s\n", static_cast<int>(received.size()), received.data());
  return received == greeting ? EXIT_SUCCESS : EXIT_FAILURE;
}
