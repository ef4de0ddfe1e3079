#pragma once

#include <kj/exception.h>
#include <kj/list.h>
#include <kj/refcount.h>

namespace v4v::rpc {

class dependants;

/// Something that hangs on the results of a call, and is cut off when the call is given up. Only
/// then is the call cancelled at the other end: as long as anything could still be pipelined on it,
/// Cap'n Proto keeps it.
class dependant {
 public:
  explicit dependant(kj::Maybe<kj::Own<dependants>> of);
  dependant(const dependant&) = delete;
  dependant& operator=(const dependant&) = delete;

  kj::ListLink<dependant> link;

 protected:
  ~dependant();

  /// The call was given up.
  virtual void cut_off(const kj::Exception& why) = 0;
  [[nodiscard]] kj::Maybe<kj::Own<dependants>> of() const;

 private:
  friend class dependants;
  kj::Maybe<kj::Own<dependants>> of_;
};

/// All that hang on one call.
class dependants final : public kj::Refcounted {
 public:
  /// Cuts off those that there are. Whoever comes later has a hook that was made so already.
  void cut_off(const kj::Exception& why);

 private:
  friend class dependant;
  kj::List<dependant, &dependant::link> list_;
};

}  // namespace v4v::rpc
