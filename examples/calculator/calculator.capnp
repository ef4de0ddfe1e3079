@0xfb1bc988bb88ce85;

interface Calculator {
  # Works out expressions that its callers put together, from functions of both sides. The shape is
  # that of the calculator that comes with Cap'n Proto; all that is behind it is this project's.

  struct Expression {
    union {
      literal @0 :Float64;

      previousResult @1 :Value;
      # The value of another evaluation, which need not have come to its end: a promise of one will do.

      parameter @2 :UInt32;
      # In the body of a function: what it was called with, counted from 0.

      call :group {
        function @3 :Function;
        # Whosever it is: an operator, a function that was defined here, or one of the caller's own.

        params @4 :List(Expression);
      }
    }
  }

  interface Value {
    # A number that stays where it was worked out until somebody asks for it.

    read @0 () -> (value :Float64);
  }

  interface Function {
    call @0 (params :List(Float64)) -> (value :Float64);
  }

  enum Operator {
    add @0;
    subtract @1;
    multiply @2;
    divide @3;
  }

  evaluate @0 (expression :Expression) -> (value :Value);
  # Answered when the value is known. Calls on it may be sent before that. Fails for expressions that
  # are too deep, too long or too much work.

  defFunction @1 (paramCount :UInt32, body :Expression) -> (func :Function);
  # What to work out whenever the function is called. Fails as evaluate does.

  getOperator @2 (op :Operator) -> (func :Function);
}
