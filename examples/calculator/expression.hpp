#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace calculator {

/// What is wrong with the text of an expression, and where: what() has both, and the line with a
/// mark under the place.
class syntax_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A number, or two parts and what to do with them.
struct part {
  enum class kind : std::uint8_t { number, add, subtract, multiply, divide, pow };

  kind is = kind::number;
  double number = 0;
  std::size_t left = 0;  // where in the expression
  std::size_t right = 0;
  std::size_t height = 0;  // of a number 0; else one more than that of the higher part
};

/// The parts of an expression, each behind those that it is made of; the last is the whole.
using expression = std::vector<part>;

/// Reads numbers, + - * / with their usual precedence, parentheses, and pow(x, y). Throws
/// syntax_error.
expression parse(std::string_view text);

}  // namespace calculator
