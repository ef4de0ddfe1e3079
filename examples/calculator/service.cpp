#include "service.hpp"

#include <cstdint>

#include "formula.hpp"

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace calculator {
namespace {

using operation = Calculator::Operator;

void require_parameters(std::uint32_t wanted, std::uint32_t got) {
  if (got != wanted) refuse(kj::str("the function takes ", wanted, " parameters, not ", got));
}

class value final : public Calculator::Value::Server {
 public:
  explicit value(double is) : is_(is) {}

  kj::Promise<void> read(ReadContext context) override {
    context.getResults().setValue(is_);
    return kj::READY_NOW;
  }

 private:
  double is_;
};

class operator_function final : public measured_function {
 public:
  explicit operator_function(operation op) : measured_function(work{0, 0}), op_(op) {}

  kj::Promise<void> call(CallContext context) override {
    const auto params = context.getParams().getParams();
    require_parameters(2, params.size());
    context.getResults().setValue(apply(params[0], params[1]));
    return kj::READY_NOW;
  }

 private:
  [[nodiscard]] double apply(double left, double right) const {
    switch (op_) {
      case operation::ADD:
        return left + right;
      case operation::SUBTRACT:
        return left - right;
      case operation::MULTIPLY:
        return left * right;
      case operation::DIVIDE:
        return left / right;
    }
    refuse(kj::str("this calculator does not know the operator ", static_cast<unsigned>(op_)));
  }

  operation op_;
};

class defined_function final : public measured_function {
 public:
  defined_function(std::uint32_t parameters, kj::Own<formula> body)
      : measured_function(body->to_do()), parameters_(parameters), body_(kj::mv(body)) {}

  kj::Promise<void> call(CallContext context) override {
    const auto params = context.getParams().getParams();
    require_parameters(parameters_, params.size());
    auto values = kj::heapArray<double>(params.size());
    for (capnp::uint i = 0; i < params.size(); ++i)
      values[i] = params[i];
    return body_->evaluate(kj::mv(values)).then([context](double result) mutable {
      context.getResults().setValue(result);
    });
  }

 private:
  std::uint32_t parameters_;
  kj::Own<formula> body_;
};

class service final : public Calculator::Server {
 public:
  kj::Promise<void> evaluate(EvaluateContext context) override {
    return formula::read(context.getParams().getExpression(), 0, known_)
        .then([](kj::Own<formula>&& read) {
          auto result = read->evaluate(nullptr);
          return result.attach(kj::mv(read));
        })
        .then([context](double result) mutable {
          context.getResults().setValue(kj::heap<value>(result));
        });
  }

  kj::Promise<void> defFunction(DefFunctionContext context) override {
    const auto parameters = context.getParams().getParamCount();
    return formula::read(context.getParams().getBody(), parameters, known_)
        .then([this, context, parameters](kj::Own<formula>&& body) mutable {
          context.getResults().setFunc(
              known_.add(kj::heap<defined_function>(parameters, kj::mv(body))));
        });
  }

  kj::Promise<void> getOperator(GetOperatorContext context) override {
    context.getResults().setFunc(
        known_.add(kj::heap<operator_function>(context.getParams().getOp())));
    return kj::READY_NOW;
  }

 private:
  known_functions known_;
};

}  // namespace

Calculator::Client make_calculator() { return kj::heap<service>(); }

}  // namespace calculator

#pragma GCC diagnostic pop
