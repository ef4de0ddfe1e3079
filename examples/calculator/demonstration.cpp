#include "demonstration.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "asking.hpp"
#include "power.hpp"

namespace calculator {
namespace {

using builder = Calculator::Expression::Builder;
using function = Calculator::Function::Client;
using operation = Calculator::Operator;

// What a step costs is counted from its beginning.
class step {
 public:
  step(std::string_view what, kj::WaitScope& scope) : what_(what), ask(scope) {}

  void is(double result, double expected) {
    if (result != expected)
      throw std::runtime_error(fmt::format("{} is {}, not {}", what_, expected, result));
    fmt::print("{:<44} = {:<5} {} calls in {} round trip{}\n", what_, result, ask.calls(),
               ask.round_trips(), ask.round_trips() == 1 ? "" : "s");
    what_ = "  and then";
  }

 private:
  std::string_view what_;

 public:
  asking ask;
};

class demonstration {
 public:
  demonstration(Calculator::Client service, kj::WaitScope& scope)
      : service_(kj::mv(service)), scope_(scope) {}

  void a_number() {
    step s("123", scope_);
    auto request = service_.evaluateRequest();
    request.getExpression().setLiteral(123);
    // The value is still to be made when it is asked for.
    auto value = s.ask.send(request).getValue();
    s.is(s.ask.wait(s.ask.send(value.readRequest())).getValue(), 123);
  }

  void operators() {
    step s("123 + 45 - 67", scope_);
    auto add = get(operation::ADD, s), subtract = get(operation::SUBTRACT, s);
    auto request = service_.evaluateRequest();
    auto outer = call(request.getExpression(), subtract, 2);
    auto inner = call(outer[0], add, 2);
    inner[0].setLiteral(123);
    inner[1].setLiteral(45);
    outer[1].setLiteral(67);
    auto value = s.ask.send(request).getValue();
    s.is(s.ask.wait(s.ask.send(value.readRequest())).getValue(), 101);
  }

  void a_result_used_twice() {
    step s("4 * 6, and that + 3 and + 5: the first", scope_);
    auto add = get(operation::ADD, s), multiply = get(operation::MULTIPLY, s);
    auto request = service_.evaluateRequest();
    auto product = call(request.getExpression(), multiply, 2);
    product[0].setLiteral(4);
    product[1].setLiteral(6);
    auto value = s.ask.send(request).getValue();
    const auto plus = [&](double n) {
      auto more = service_.evaluateRequest();
      auto sum = call(more.getExpression(), add, 2);
      sum[0].setPreviousResult(value);
      sum[1].setLiteral(n);
      return s.ask.send(s.ask.send(more).getValue().readRequest());
    };
    auto first = plus(3), second = plus(5);
    s.is(s.ask.wait(kj::mv(first)).getValue(), 27);
    // Sent along with the first, and so answered by now.
    if (const double result = second.wait(scope_).getValue(); result != 29)
      throw std::runtime_error(fmt::format("4 * 6 + 5 is 29, not {}", result));
    fmt::print("{:<44} = 29    came along with it\n", "  the second");
  }

  void functions_of_the_service() {
    step s("f(x, y) = x * 100 + y, g(x) = 2 f(x, x + 1)", scope_);
    auto add = get(operation::ADD, s), multiply = get(operation::MULTIPLY, s);
    auto f = define(s, 2, [&](builder body) {
      auto sum = call(body, add, 2);
      auto product = call(sum[0], multiply, 2);
      product[0].setParameter(0);
      product[1].setLiteral(100);
      sum[1].setParameter(1);
    });
    auto g = define(s, 1, [&](builder body) {
      auto product = call(body, multiply, 2);
      product[1].setLiteral(2);
      auto inner = call(product[0], f, 2);
      inner[0].setParameter(0);
      auto next = call(inner[1], add, 2);
      next[0].setParameter(0);
      next[1].setLiteral(1);
    });
    auto request = service_.evaluateRequest();
    call(request.getExpression(), g, 1)[0].setLiteral(21);
    auto value = s.ask.send(request).getValue();
    s.is(s.ask.wait(s.ask.send(value.readRequest())).getValue(), 4244);
    fmt::print("  that was g(21); f and g stay with the service\n");
  }

  void a_function_of_the_client() {
    step s("pow(2, 4 + 5)", scope_);
    std::size_t called = 0;
    auto add = get(operation::ADD, s);
    auto request = service_.evaluateRequest();
    // An object of this domain, put into an expression as those of the service are.
    auto power_call = call(request.getExpression(), function(kj::heap<power>(called)), 2);
    power_call[0].setLiteral(2);
    auto sum = call(power_call[1], add, 2);
    sum[0].setLiteral(4);
    sum[1].setLiteral(5);
    auto value = s.ask.send(request).getValue();
    s.is(s.ask.wait(s.ask.send(value.readRequest())).getValue(), 512);
    fmt::print("  in it the service called pow here {} time: a round trip of its own\n", called);
  }

 private:
  function get(operation op, step& s) {
    auto request = service_.getOperatorRequest();
    request.setOp(op);
    return s.ask.send(request).getFunc();
  }

  template <class Write>
  function define(step& s, std::uint32_t parameters, Write write) {
    auto request = service_.defFunctionRequest();
    request.setParamCount(parameters);
    write(request.getBody());
    return s.ask.send(request).getFunc();
  }

  static capnp::List<Calculator::Expression>::Builder call(builder to, function what,
                                                           capnp::uint parameters) {
    auto made = to.initCall();
    made.setFunction(kj::mv(what));
    return made.initParams(parameters);
  }

  Calculator::Client service_;
  kj::WaitScope& scope_;
};

}  // namespace

void demonstrate(Calculator::Client service, kj::WaitScope& scope) {
  demonstration d(kj::mv(service), scope);
  d.a_number();
  d.operators();
  d.a_result_used_twice();
  d.functions_of_the_service();
  d.a_function_of_the_client();
}

}  // namespace calculator
