// A calculator in domain 1, and domain 2, which has expressions worked out by it, on a hypervisor
// in this program.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "asking.hpp"
#include "demonstration.hpp"
#include "evaluation.hpp"
#include "expression.hpp"
#include "power.hpp"
#include "service_thread.hpp"

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

void run(const std::string* text, bool verbose) {
  // Whatever is wrong with the text is said before anybody is called.
  const expression whole = text != nullptr ? parse(*text) : expression();

  v4v::hv::embedded hypervisor;
  service_thread server(hypervisor);
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, v4v::embedded_link(hypervisor, 2));
  v4v::rpc::client client(loop, guest, {service_domain, service_port});
  auto service = client.bootstrap<Calculator>();
  if (text != nullptr)
    print_value(whole, verbose, service, loop.wait_scope());
  else
    demonstrate(service, loop.wait_scope());
}

// In front of what the other side said stand who it is, and which call failed.
std::string_view without_origin(std::string_view description) {
  constexpr std::string_view origin = "remote exception: ";
  const auto at = description.find(origin);
  if (at != std::string_view::npos) description.remove_prefix(at + origin.size());
  return description;
}

}  // namespace
}  // namespace calculator

int main(int argc, char** argv) {
  CLI::App app(
      "Has a calculator in domain 1 work out EXPRESSION for domain 2, in one round trip, and "
      "prints\n"
      "the value. Both domains are threads of this program, which is their hypervisor, too.\n\n"
      "  calculator '2 * (3 + 4) - 5'\n"
      "  calculator 'pow(2, 10) / 4'      pow is a function of domain 2, which domain 1 calls "
      "back\n"
      "  calculator -- '-5 + 3'           -- for an expression that begins with a minus\n"
      "  calculator                       shows step by step what Cap'n Proto's calls can do");
  app.footer(
      "Exit status: 0 done, 1 the expression is wrong or was refused, above 100 the options "
      "are wrong.");
  std::string text;
  bool verbose = false;
  auto* expression =
      app.add_option("EXPRESSION", text, "Numbers, + - * /, parentheses and pow(x, y), in quotes");
  app.add_flag("-v,--verbose", verbose, "Say how many calls and round trips it took")
      ->needs(expression);
  CLI11_PARSE(app, argc, argv);

  try {
    calculator::run(expression->count() > 0 ? &text : nullptr, verbose);
    return 0;
  } catch (const kj::Exception& e) {
    fmt::print(stderr, "calculator: {}\n", calculator::without_origin(e.getDescription().cStr()));
  } catch (const std::exception& e) {
    fmt::print(stderr, "calculator: {}\n", e.what());
  }
  return 1;
}
