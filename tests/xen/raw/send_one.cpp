#include <fmt/format.h>

#include "commands.hpp"
#include "expect.hpp"
#include "loopback.hpp"

namespace v4v::raw {

void send_one(hypervisor& hv, const sending& how) {
  auto wanted = static_cast<long>(how.text.size());
  if (!how.expected.empty()) {
    const auto error = result_called(how.expected);
    if (!error) throw std::runtime_error(fmt::format("no error is called {}", how.expected));
    wanted = *error;
  }
  static_cast<void>(ask_limits(hv));
  expect(send(hv, how.to, how.text, how.from), wanted,
         fmt::format("{} bytes are sent to domain {} port {}", how.text.size(), how.to.domain,
                     how.to.port));
}

}  // namespace v4v::raw
