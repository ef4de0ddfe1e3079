#include "far_peer.hpp"

#include <v4v/open_link.hpp>

#include "v4v_ends.hpp"

namespace v4v::bench {

void far_peer::with_caller(const std::function<void(caller&)>& measure) {
  call_v4v(open_link(), service_, {}, ring_size_, payload_, measure);
}

}  // namespace v4v::bench
