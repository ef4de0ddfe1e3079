#pragma once

namespace v4v::bench {

/// What others took of this machine's processors since this object was made, from /proc/stat.
class others {
 public:
  struct share {
    double used = 0;    ///< Processors that other programs were busy on, on average.
    double stolen = 0;  ///< Processors that a hypervisor gave to others.
  };
  /// Nothing where it cannot be read.
  [[nodiscard]] share since() const;

 private:
  struct reading {
    double when = 0;  // all in seconds
    double busy = 0;  // of all processors together
    double own = 0;   // of this process
    double stolen = 0;
  };
  static reading read();

  reading begin_ = read();
};

}  // namespace v4v::bench
