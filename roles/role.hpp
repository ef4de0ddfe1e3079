#pragma once

#include <string>
#include <v4v/endpoint.hpp>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace roles {

/// Which end of a connection a program is, as its command line says:
///
///     PROGRAM                    both, in domains of a hypervisor that is part of it
///     PROGRAM --serve            the service, in the domain that the program runs in
///     PROGRAM --connect DOMAIN   the client of the service in that domain
///
/// Where V4V_LINK is set, the hypervisor is not to be one of the program's own, and so a role must
/// be given.
class role {
 public:
  /// Adds the two options to `app`, which checks them when it parses: this must stay where it is
  /// until then, and the options no longer than `app`.
  /// `start` is the command line that starts the service, for those who do not find it.
  role(CLI::App& app, std::string start);

  /// For a program whose `serve` is an option of its own, because it takes more than a flag.
  role(CLI::App& app, std::string start, CLI::Option* serve);

  [[nodiscard]] bool serves() const { return serves_; }
  [[nodiscard]] bool connects() const { return connects_; }

  /// The domain to connect to.
  [[nodiscard]] v4v::domain_type domain() const { return domain_; }

  /// For other options to say what they go with.
  [[nodiscard]] CLI::Option* serve() const { return serve_; }
  [[nodiscard]] CLI::Option* connect() const { return connect_; }

  /// Ends the text of an error of who connects and found nobody: how the other end is started.
  /// Empty in the other roles.
  [[nodiscard]] std::string how_to_start() const;

 private:
  std::string start_;
  bool serves_ = false;
  bool connects_ = false;
  v4v::domain_type domain_ = 0;
  CLI::Option* serve_;
  CLI::Option* connect_;
};

}  // namespace roles
