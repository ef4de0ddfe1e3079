#include "v4v/endpoint.hpp"

#include <ostream>

namespace v4v {

std::ostream& operator<<(std::ostream& out, const endpoint& e) {
  return out << "domain " << e.domain() << " port " << e.port();
}

}  // namespace v4v
