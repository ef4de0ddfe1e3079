#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace v4v::raw {

/// A step gave what v4v/abi.h does not have it give. The text says which step, and what.
class unexpected : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How a result reads: "ENOSPC", or the number that it is.
[[nodiscard]] std::string result_name(long result);

/// The result that an errno's name stands for: -ENOSPC for "ENOSPC". None if there is no such name.
[[nodiscard]] std::optional<long> result_called(std::string_view name);

/// Throws unexpected if `got` is not `wanted`; `what` is the step.
void require(long got, long wanted, std::string_view what);
void require(bool holds, std::string_view what);

/// The same, and says that it was so: "ok: WHAT".
void expect(long got, long wanted, std::string_view what);
void expect(bool holds, std::string_view what);

}  // namespace v4v::raw
