#pragma once

#include <capnp/capability.h>
#include <kj/async.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "calculator.capnp.h"

namespace calculator {

// What an expression may be. Each level is one on the stack of whoever reads or works it out, so
// the caller must not choose how many there are; levels and calls count through the functions that
// the expression uses, or ten functions, each of which calls the one before twice, were a thousand
// calls.
inline constexpr std::uint32_t max_depth = 24;
inline constexpr std::uint32_t max_length = 4096;  ///< numbers, parameters and calls in one message
inline constexpr std::uint64_t max_calls = 10'000;
inline constexpr std::uint32_t max_parameters = 64;

/// How much there is to do.
struct work {
  std::uint32_t depth = 1;
  std::uint64_t calls = 0;
};

/// A function whose work is known, since it is of this service.
class measured_function : public Calculator::Function::Server {
 public:
  explicit measured_function(const work& to_do) : to_do_(to_do) {}
  [[nodiscard]] const work& to_do() const { return to_do_; }

 private:
  work to_do_;
};

/// The functions of a service, which it knows again when they come back to it.
using known_functions = capnp::CapabilityServerSet<Calculator::Function>;

/// An expression that a caller has sent, read to its end and within the limits: whoever holds one
/// may work it out.
class formula {
 public:
  /// Fails, saying which limit it is, or what else is wrong. `known` must live until it is
  /// resolved.
  static kj::Promise<kj::Own<formula>> read(Calculator::Expression::Reader sent,
                                            std::uint32_t parameters, known_functions& known);

  /// The value for these parameters, of which there must be as many as read() was told. The formula
  /// must live until it is resolved.
  kj::Promise<double> evaluate(kj::Array<double> parameters);

  [[nodiscard]] const work& to_do() const { return to_do_; }

 private:
  struct node;
  struct parameter {
    std::uint32_t index;
  };
  struct call {
    Calculator::Function::Client function;
    std::vector<node> params;
  };
  struct node {
    std::variant<double, parameter, Calculator::Value::Client, call> is;
  };
  class reading;

  explicit formula(node root) : root_(kj::mv(root)) {}
  static kj::Promise<work> measure(node& n, known_functions& known);
  static kj::Promise<double> evaluate(node& n, kj::ArrayPtr<const double> parameters);

  node root_;
  work to_do_;

  template <class T, class... Args>
  friend kj::Own<T> kj::heap(Args&&...);
};

/// Throws a kj::Exception of kind FAILED that is this text, for whoever called.
[[noreturn]] void refuse(kj::String why);

}  // namespace calculator
