#include "dependants.hpp"

#include <kj/debug.h>

namespace v4v::rpc {

dependant::dependant(kj::Maybe<kj::Own<dependants>> of) : of_{kj::mv(of)} {
  KJ_IF_MAYBE (all, of_) (*all)->list_.add(*this);
}

dependant::~dependant() {
  KJ_IF_MAYBE (all, of_) {
    if (link.isLinked()) (*all)->list_.remove(*this);
  }
}

kj::Maybe<kj::Own<dependants>> dependant::of() const {
  KJ_IF_MAYBE (all, of_) return kj::addRef(const_cast<dependants&>(**all));
  return nullptr;
}

// What one of them lets go of may take others with it.
void dependants::cut_off(const kj::Exception& why) {
  while (!list_.empty()) {
    dependant& first = list_.front();
    list_.remove(first);
    first.cut_off(why);
  }
}

}  // namespace v4v::rpc
