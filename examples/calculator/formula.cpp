#include "formula.hpp"

#include <kj/exception.h>
#include <kj/vector.h>

#include <algorithm>
#include <utility>

namespace calculator {

void refuse(kj::String why) {
  kj::throwFatalException(
      kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::mv(why)));
}

// One pass over what came, which counts before it goes on.
class formula::reading {
 public:
  explicit reading(std::uint32_t parameters) : parameters_(parameters) {}

  node read(Calculator::Expression::Reader from, std::uint32_t level) {
    using form = Calculator::Expression;
    if (level > max_depth) refuse_depth();
    switch (from.which()) {
      case form::LITERAL:
        return {from.getLiteral()};
      case form::PREVIOUS_RESULT:
        return {from.getPreviousResult()};
      case form::PARAMETER:
        return {read_parameter(from.getParameter())};
      case form::CALL:
        return {read_call(from.getCall(), level)};
    }
    refuse(kj::str("the expression has a part of a kind that this calculator does not know"));
  }

  [[noreturn]] static void refuse_depth() {
    refuse(kj::str("the expression is more than ", max_depth,
                   " calls deep, those in the functions that it uses included; work out the inner "
                   "part first, and pass on its result"));
  }

 private:
  parameter read_parameter(std::uint32_t index) const {
    if (index >= parameters_)
      refuse(kj::str("the expression uses parameter ", index, ", but there are ", parameters_));
    return {index};
  }

  call read_call(Calculator::Expression::Call::Reader from, std::uint32_t level) {
    const auto params = from.getParams();
    if (params.size() > max_length - length_)
      refuse(kj::str("the expression has more than ", max_length, " parts"));
    length_ += params.size();
    call result{from.getFunction(), {}};
    result.params.reserve(params.size());
    for (const auto param : params)
      result.params.push_back(read(param, level + 1));
    return result;
  }

  std::uint32_t parameters_;
  std::uint32_t length_ = 1;
};

kj::Promise<kj::Own<formula>> formula::read(Calculator::Expression::Reader sent,
                                            std::uint32_t parameters, known_functions& known) {
  if (parameters > max_parameters)
    refuse(kj::str("a function has at most ", max_parameters, " parameters, not ", parameters));
  auto result = kj::heap<formula>(reading(parameters).read(sent, 1));
  auto measured = measure(result->root_, known);
  return measured.then([result = kj::mv(result)](work to_do) mutable {
    if (to_do.depth > max_depth) reading::refuse_depth();
    if (to_do.calls > max_calls)
      refuse(kj::str("the expression takes more than ", max_calls,
                     " calls, those in the functions that it uses included"));
    result->to_do_ = to_do;
    return kj::mv(result);
  });
}

// No sum is larger than max_length times max_calls, each of these being within the limits.
kj::Promise<work> formula::measure(node& n, known_functions& known) {
  auto* const made = std::get_if<call>(&n.is);
  if (made == nullptr) return work{};
  kj::Vector<kj::Promise<work>> parts;
  for (node& param : made->params)
    parts.add(measure(param, known));
  parts.add(known.getLocalServer(made->function)
                .then([](kj::Maybe<Calculator::Function::Server&>&& server) {
                  KJ_IF_MAYBE (ours, server) {
                    return static_cast<measured_function&>(*ours).to_do();
                  }
                  return work{};  // works in another domain, at that one's expense
                }));
  return kj::joinPromises(parts.releaseAsArray()).then([](kj::Array<work>&& done) {
    work sum{0, 1};
    for (const work& part : done) {
      sum.depth = std::max(sum.depth, part.depth);
      sum.calls += part.calls;
    }
    ++sum.depth;
    return sum;
  });
}

kj::Promise<double> formula::evaluate(kj::Array<double> parameters) {
  const kj::ArrayPtr<const double> all = parameters;
  return evaluate(root_, all).attach(kj::mv(parameters));
}

kj::Promise<double> formula::evaluate(node& n, kj::ArrayPtr<const double> parameters) {
  if (const auto* literal = std::get_if<double>(&n.is)) return *literal;
  if (const auto* given = std::get_if<parameter>(&n.is)) return parameters[given->index];
  if (auto* value = std::get_if<Calculator::Value::Client>(&n.is))
    return value->readRequest().send().then([](auto&& result) { return result.getValue(); });

  auto& made = std::get<call>(n.is);
  kj::Vector<kj::Promise<double>> params;
  for (node& param : made.params)
    params.add(evaluate(param, parameters));
  return kj::joinPromises(params.releaseAsArray()).then([&made](kj::Array<double>&& values) {
    auto request = made.function.callRequest();
    auto list = request.initParams(static_cast<capnp::uint>(values.size()));
    for (capnp::uint i = 0; i < list.size(); ++i)
      list.set(i, values[i]);
    return request.send().then([](auto&& result) { return result.getValue(); });
  });
}

}  // namespace calculator
