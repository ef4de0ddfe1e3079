// A calculator, and a client that has expressions worked out by it: both in this program, or each
// in a domain of its own.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "asking.hpp"
#include "calculator_service.hpp"
#include "demonstration.hpp"
#include "evaluation.hpp"
#include "expression.hpp"
#include "power.hpp"
#include "roles/role.hpp"
#include "roles/rpc_error.hpp"
#include "roles/service_thread.hpp"
#include "roles/until_signal.hpp"

namespace calculator {
namespace {

void print_value(const expression& whole, bool verbose, Calculator::Client service,
                 kj::WaitScope& scope) {
  std::size_t pow_calls = 0;
  asking ask(scope);
  const double value = evaluate(whole, kj::mv(service), kj::heap<power>(pow_calls), ask);
  fmt::print("{}\n", value);
  std::fflush(stdout);  // in this order, also in one file
  if (verbose)
    fmt::print(stderr, "{} calls in {} round trip; pow was called back {} times\n", ask.calls(),
               ask.round_trips(), pow_calls);
}

// What there is to work out; nothing if all is to be shown.
struct task {
  const expression* whole = nullptr;
  bool verbose = false;
};

void call(std::unique_ptr<v4v::link> link, v4v::domain_type domain, const task& t) {
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, std::move(link));
  v4v::rpc::client client(loop, guest, {domain, service_port});
  auto service = client.bootstrap<Calculator>();
  if (t.whole != nullptr)
    print_value(*t.whole, t.verbose, service, loop.wait_scope());
  else
    demonstrate(service, loop.wait_scope());
}

void serve() {
  asio::io_context io;
  auto link = v4v::open_link();
  const auto domain = link->domain();
  const calculator_service service(io, std::move(link));
  roles::serve_until_signal(io, domain);
}

void run(const std::string* text, bool verbose, const roles::role& role) {
  if (role.serves()) return serve();
  // Whatever is wrong with the text is said before anybody is called.
  const expression whole = text != nullptr ? parse(*text) : expression();
  const task t{text != nullptr ? &whole : nullptr, verbose};
  if (role.connects()) return call(v4v::open_link(), role.domain(), t);

  v4v::hv::embedded hypervisor;
  const roles::service_thread<calculator_service> server(v4v::embedded_link(hypervisor, 1));
  call(v4v::embedded_link(hypervisor, 2), 1, t);
}

}  // namespace
}  // namespace calculator

int main(int argc, char** argv) {
  CLI::App app(
      "Has a calculator in another domain work out EXPRESSION, in one round trip, and prints the\n"
      "value. Without --serve and --connect both domains are threads of this program, which is "
      "their\n"
      "hypervisor, too.\n\n"
      "  calculator '2 * (3 + 4) - 5'\n"
      "  calculator 'pow(2, 10) / 4'      pow is a function of the client, which the service calls "
      "back\n"
      "  calculator -- '-5 + 3'           -- for an expression that begins with a minus\n"
      "  calculator                       shows step by step what Cap'n Proto's calls can do\n\n"
      "In two virtual machines, of which the first is domain 3:\n"
      "  calculator --serve\n"
      "  calculator --connect 3 '2 * (3 + 4) - 5'");
  app.footer(
      "Exit status: 0 done, or the service was ended by a signal, 1 the expression is wrong or "
      "was\n"
      "refused, above 100 the options are wrong.");
  roles::role role(app, "calculator --serve");
  std::string text;
  bool verbose = false;
  auto* expression =
      app.add_option("EXPRESSION", text, "Numbers, + - * /, parentheses and pow(x, y), in quotes")
          ->excludes(role.serve());
  app.add_flag("-v,--verbose", verbose, "Say how many calls and round trips it took")
      ->needs(expression);
  CLI11_PARSE(app, argc, argv);

  try {
    calculator::run(expression->count() > 0 ? &text : nullptr, verbose, role);
    return 0;
  } catch (const kj::Exception& e) {
    fmt::print(stderr, "calculator: {}\n", roles::explain(e, role));
  } catch (const std::exception& e) {
    fmt::print(stderr, "calculator: {}\n", e.what());
  }
  return 1;
}
