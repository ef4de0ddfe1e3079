#include "roles/role.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

namespace roles {

role::role(CLI::App& app, std::string start)
    : role(app, std::move(start),
           app.add_flag("--serve")->description(
               "Be the service alone, in the domain that this program runs in, until SIGINT or "
               "SIGTERM")) {}

role::role(CLI::App& app, std::string start, CLI::Option* serve)
    : start_(std::move(start)),
      serve_(serve),
      connect_(app.add_option("--connect", domain_, "Be the client alone, of the service in DOMAIN")
                   // From 0x7FF0 on the numbers are reserved.
                   ->check(CLI::Range(0u, 0x7FEFu).description("").name(""))
                   ->type_name("DOMAIN")
                   ->excludes(serve)) {
  app.parse_complete_callback([this] {
    serves_ = serve_->count() > 0;
    connects_ = connect_->count() > 0;
    // Nobody here sets variables meanwhile.
    const char* const link = std::getenv("V4V_LINK");  // NOLINT(concurrency-mt-unsafe)
    if (link == nullptr || *link == '\0' || serves_ || connects_) return;
    throw CLI::RequiredError(
        fmt::format("V4V_LINK is \"{}\", so this program is one end of a connection. Which one, "
                    "--serve or --connect DOMAIN,",
                    link));
  });
}

std::string role::how_to_start() const {
  return connects_ ? fmt::format("; the service is started in domain {} by: {}", domain_, start_)
                   : std::string();
}

}  // namespace roles
