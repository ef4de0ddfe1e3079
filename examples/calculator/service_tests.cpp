// What the service does with callers who mean it no good. They are in a domain of their own.

#include "service.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>
#include <v4v/rpc/server.hpp>

#include "formula.hpp"

#include <kj/exception.h>

namespace calculator {
namespace {

using expression = Calculator::Expression::Builder;
using function = Calculator::Function::Client;

class calculator_service : public ::testing::Test {
 protected:
  ~calculator_service() noexcept override = default;  // what KJ's may throw would end the test, too

  function plus() {
    auto request = service.getOperatorRequest();
    request.setOp(Calculator::Operator::ADD);
    return request.send().getFunc();
  }

  /// A function of one parameter, of which it makes `calls` with the function `of`, and adds up.
  function define_sum_of(function of, unsigned calls) {
    auto request = service.defFunctionRequest();
    request.setParamCount(1);
    auto rest = request.getBody();
    for (unsigned i = 1; i < calls; ++i) {
      auto sum = call(rest, plus(), 2);
      call(sum[0], of, 1)[0].setParameter(0);
      rest = sum[1];
    }
    call(rest, of, 1)[0].setParameter(0);
    return request.send().getFunc();
  }

  static capnp::List<Calculator::Expression>::Builder call(expression to, function what,
                                                           capnp::uint parameters) {
    auto made = to.initCall();
    made.setFunction(kj::mv(what));
    return made.initParams(parameters);
  }

  /// 1 + (1 + (... + 1)), of this many levels.
  void write_levels(expression to, std::uint32_t levels) {
    auto add = plus();
    for (; levels > 1; --levels) {
      auto sum = call(to, add, 2);
      sum[0].setLiteral(1);
      to = sum[1];
    }
    to.setLiteral(1);
  }

  double call_with(function f, double parameter) {
    auto request = f.callRequest();
    request.initParams(1).set(0, parameter);
    return request.send().wait(loop.wait_scope()).getValue();
  }

  template <class Request>
  std::string refusal_of(Request&& request) {
    try {
      request.send().wait(loop.wait_scope());
    } catch (const kj::Exception& e) {
      return e.getDescription().cStr();
    }
    return "was not refused";
  }

  std::string refusal_of_call(function f) {
    auto request = f.callRequest();
    request.initParams(1).set(0, 1);
    return refusal_of(request);
  }

  static bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  }

  asio::io_context io;
  v4v::rpc::event_loop loop{io};
  v4v::hv::embedded hypervisor;
  v4v::guest here{io, v4v::embedded_link(hypervisor, 1)};
  Calculator::Client made = make_calculator();
  v4v::rpc::server server{loop, here, 5000, [this](const v4v::rpc::peer&) { return made; }};
  v4v::guest there{io, v4v::embedded_link(hypervisor, 2)};
  v4v::rpc::client client{loop, there, {1, 5000}};
  Calculator::Client service = client.bootstrap<Calculator>();
};

TEST_F(calculator_service, an_expression_may_be_as_deep_as_the_limit) {
  auto request = service.evaluateRequest();
  write_levels(request.getExpression(), max_depth);
  auto value = request.send().getValue();
  EXPECT_EQ(value.readRequest().send().wait(loop.wait_scope()).getValue(), max_depth);
}

TEST_F(calculator_service, an_expression_that_is_deeper_is_refused) {
  auto request = service.evaluateRequest();
  write_levels(request.getExpression(), max_depth + 1);
  EXPECT_TRUE(has(refusal_of(request), "more than 24 calls deep"));
}

TEST_F(calculator_service, a_function_body_that_is_deeper_is_refused) {
  auto request = service.defFunctionRequest();
  write_levels(request.getBody(), max_depth + 1);
  EXPECT_TRUE(has(refusal_of(request), "more than 24 calls deep"));
}

TEST_F(calculator_service, an_expression_of_thousands_of_levels_is_refused_and_others_go_on) {
  auto request = service.evaluateRequest();
  write_levels(request.getExpression(), 2'000);
  EXPECT_TRUE(has(refusal_of(request), "deep"));
  auto next = service.evaluateRequest();
  next.getExpression().setLiteral(7);
  auto value = next.send().getValue();
  EXPECT_EQ(value.readRequest().send().wait(loop.wait_scope()).getValue(), 7);
}

TEST_F(calculator_service, functions_that_call_functions_are_refused_when_that_goes_too_deep) {
  auto request = service.defFunctionRequest();
  request.setParamCount(1);
  request.getBody().setParameter(0);
  auto f = request.send().getFunc();
  for (std::uint32_t depth = 1; depth < max_depth; ++depth)
    f = define_sum_of(f, 1);
  EXPECT_EQ(call_with(f, 3), 3);
  EXPECT_TRUE(has(refusal_of_call(define_sum_of(f, 1)), "more than 24 calls deep"));
}

TEST_F(calculator_service, functions_whose_calls_multiply_are_refused_before_it_is_too_much) {
  const auto define_with = [&](function of, capnp::uint calls) {
    auto request = service.defFunctionRequest();
    for (auto part : call(request.getBody(), plus(), calls))
      call(part, of, 0);
    return request;
  };
  auto hundred = define_with(plus(), 100).send().wait(loop.wait_scope()).getFunc();
  EXPECT_EQ(refusal_of(define_with(hundred, 98)), "was not refused");
  EXPECT_TRUE(has(refusal_of(define_with(hundred, 99)), "takes more than 10000 calls"));
}

TEST_F(calculator_service, an_expression_that_is_too_long_is_refused) {
  auto request = service.evaluateRequest();
  auto params = call(request.getExpression(), plus(), max_length);
  EXPECT_EQ(params.size(), max_length);
  EXPECT_TRUE(has(refusal_of(request), "more than 4096 parts"));
}

TEST_F(calculator_service, a_parameter_that_there_is_not_is_refused) {
  auto request = service.defFunctionRequest();
  request.setParamCount(2);
  request.getBody().setParameter(2);
  EXPECT_TRUE(has(refusal_of(request), "uses parameter 2, but there are 2"));
}

TEST_F(calculator_service, a_call_with_too_few_parameters_is_refused) {
  EXPECT_TRUE(has(refusal_of_call(plus()), "takes 2 parameters, not 1"));
}

TEST_F(calculator_service, an_operator_that_there_is_not_is_refused) {
  auto request = service.getOperatorRequest();
  request.setOp(static_cast<Calculator::Operator>(9));
  auto f = request.send().getFunc().callRequest();
  f.initParams(2);
  EXPECT_TRUE(has(refusal_of(f), "does not know the operator 9"));
}

TEST_F(calculator_service, a_function_that_is_none_fails_the_expression_alone) {
  auto request = service.evaluateRequest();
  request.getExpression().initCall().initParams(1);
  EXPECT_TRUE(has(refusal_of(request), "null capability"));
}

}  // namespace
}  // namespace calculator
