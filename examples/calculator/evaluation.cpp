#include "evaluation.hpp"

#include <kj/common.h>

#include <cstddef>
#include <map>
#include <utility>

namespace calculator {
namespace {

using kind = part::kind;

// A part as high as this is an evaluation of its own, whose result the next higher one refers to.
// So no message is deep, and what fits in one (2^8 parts) is within the service's limits.
constexpr std::size_t levels_at_once = 8;

class sender {
 public:
  sender(const expression& whole, Calculator::Client service, Calculator::Function::Client pow,
         asking& ask)
      : whole_(whole), service_(kj::mv(service)), ask_(ask) {
    functions_.emplace(kind::pow, kj::mv(pow));
  }

  Calculator::Value::Client send() {
    for (std::size_t i = 0; i + 1 < whole_.size(); ++i) {
      const auto height = whole_[i].height;
      if (height > 0 && height % levels_at_once == 0) results_.emplace(i, evaluation_of(i));
    }
    return evaluation_of(whole_.size() - 1);
  }

 private:
  Calculator::Value::Client evaluation_of(std::size_t i) {
    auto request = service_.evaluateRequest();
    write(i, request.initExpression());
    return ask_.send(request).getValue();
  }

  void write(std::size_t i, Calculator::Expression::Builder to) {
    const part& p = whole_[i];
    if (p.is == kind::number) {
      to.setLiteral(p.number);
      return;
    }
    if (const auto sent = results_.find(i); sent != results_.end()) {
      to.setPreviousResult(sent->second);
      return;
    }
    auto call = to.initCall();
    call.setFunction(function_for(p.is));
    auto params = call.initParams(2);
    write(p.left, params[0]);
    write(p.right, params[1]);
  }

  Calculator::Function::Client function_for(kind is) {
    if (const auto known = functions_.find(is); known != functions_.end()) return known->second;
    auto request = service_.getOperatorRequest();
    request.setOp(operator_for(is));
    return functions_.emplace(is, ask_.send(request).getFunc()).first->second;
  }

  static Calculator::Operator operator_for(kind is) {
    switch (is) {
      case kind::subtract:
        return Calculator::Operator::SUBTRACT;
      case kind::multiply:
        return Calculator::Operator::MULTIPLY;
      case kind::divide:
        return Calculator::Operator::DIVIDE;
      default:
        return Calculator::Operator::ADD;
    }
  }

  const expression& whole_;
  Calculator::Client service_;
  asking& ask_;
  std::map<kind, Calculator::Function::Client> functions_;    // promises, mostly
  std::map<std::size_t, Calculator::Value::Client> results_;  // of parts, by where they are
};

}  // namespace

double evaluate(const expression& whole, Calculator::Client service,
                Calculator::Function::Client pow, asking& ask) {
  auto result = sender(whole, kj::mv(service), kj::mv(pow), ask).send();
  return ask.wait(ask.send(result.readRequest())).getValue();
}

}  // namespace calculator
