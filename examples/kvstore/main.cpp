// A key-value store and its user: both in this program, or each in a domain of its own.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>
#include <vector>

#include <kj/exception.h>

#include "access.hpp"
#include "roles/role.hpp"
#include "roles/rpc_error.hpp"
#include "roles/service_thread.hpp"
#include "roles/until_signal.hpp"
#include "store_service.hpp"
#include "use.hpp"

namespace kvstore {
namespace {

// Of the store, when both ends are in this program.
constexpr v4v::domain_type store_domain = 1;

struct options {
  std::string file;
  std::size_t calls = 10'000;
  access allowed;
  v4v::domain_type domain = 2;
};

void print_counters(const v4v::hv::counters& c) {
  fmt::print(
      "hypervisor  {} messages, {} bytes, {} events ({} by system call), {} times full, "
      "{} rejections\n",
      c.messages, c.bytes, c.events, c.event_syscalls, c.would_block, c.rejections);
}

void be_service(const options& o) {
  asio::io_context io;
  auto link = v4v::open_link();
  const auto domain = link->domain();
  const store_service service(io, std::move(link), o.allowed);
  roles::serve_until_signal(io, domain);
}

void be_user(const options& o, v4v::domain_type domain) {
  use_store(o.file, o.calls, v4v::open_link(), {domain, store_port}, {});
}

void be_both(const options& o) {
  v4v::hv::embedded hypervisor;
  const roles::service_thread<store_service> server(v4v::embedded_link(hypervisor, store_domain),
                                                    o.allowed);
  auto user = v4v::embedded_link(hypervisor, o.domain);
  std::vector<std::unique_ptr<v4v::link>> readers;  // and nothing else
  for (const auto domain : o.allowed.readers) {
    if (domain != o.domain && !o.allowed.writers.contains(domain))
      readers.push_back(v4v::embedded_link(hypervisor, domain));
  }
  use_store(o.file, o.calls, std::move(user), {store_domain, store_port}, std::move(readers));
  print_counters(hypervisor.counters());
}

}  // namespace
}  // namespace kvstore

int main(int argc, char** argv) {
  CLI::App app(
      "Loads FILE line by line into a key-value store in another domain, reads it back, compares "
      "it,\n"
      "and follows one key. Without --serve and --connect both domains are threads of this "
      "program,\n"
      "which is their hypervisor, too: domain 1 has the store.\n\n"
      "A domain may read and write the store, only read it, or neither:\n"
      "  kvstore FILE --readers 3,4               3 and 4 follow the key, too, and try to set it\n"
      "  kvstore FILE --domain 3 --readers 3      3 tries to load the file, but may not\n"
      "  kvstore FILE --domain 9                  9 may do nothing\n\n"
      "In two virtual machines, of which the first is domain 3 and the second domain 4:\n"
      "  kvstore --serve --writers 4\n"
      "  kvstore --connect 3 FILE");
  app.footer(
      "Exit status: 0 every byte came back, or the service was ended by a signal, 1 not so, and "
      "why\n"
      "is said, above 100 the options are wrong.");
  kvstore::options o;
  std::vector<v4v::domain_type> writers, readers;
  roles::role role(app, "kvstore --serve --writers DOMAIN, with the number of this domain");
  // From 0x7FF0 on the numbers are reserved.
  const auto domains = CLI::Range(0u, 0x7FEFu).description("").name("");
  // Where both are in this program, domain 1 has the store.
  const auto other_domains = CLI::Range(2u, 0x7FEFu).description("").name("");
  auto* file =
      app.add_option("FILE", o.file, "Any regular file; lines over 64 KiB are kept in pieces")
          ->excludes(role.serve());
  app.add_option("--calls", o.calls, "How many round trips to measure")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000))
      ->excludes(role.serve());
  app.add_option("--domain", o.domain, "The domain that loads the file, without --connect")
      ->capture_default_str()
      ->check(other_domains)
      ->type_name("DOMAIN")
      ->excludes(role.serve())
      ->excludes(role.connect());
  app.add_option("--writers", writers, "The domains that may read and write [2; with --serve none]")
      ->delimiter(',')
      ->check(domains)
      ->type_name("DOMAIN,...")
      ->excludes(role.connect());
  auto* read = app.add_option("--readers", readers,
                              "The domains that may read, and no more [none; with --serve all]")
                   ->delimiter(',')
                   ->check(domains)
                   ->type_name("DOMAIN,...")
                   ->excludes(role.connect());
  app.final_callback([&] {
    if (role.serves()) return;
    if (file->count() == 0) throw CLI::RequiredError("FILE");
    for (const auto& some : {writers, readers}) {
      if (std::ranges::find(some, kvstore::store_domain) != some.end())
        throw CLI::ValidationError("--writers and --readers", "domain 1 has the store");
    }
  });
  CLI11_PARSE(app, argc, argv);
  if (role.serves() || !writers.empty()) o.allowed.writers = {writers.begin(), writers.end()};
  o.allowed.readers = {readers.begin(), readers.end()};
  o.allowed.all_read = role.serves() && read->count() == 0;

  try {
    if (role.serves())
      kvstore::be_service(o);
    else if (role.connects())
      kvstore::be_user(o, role.domain());
    else
      kvstore::be_both(o);
    return 0;
  } catch (const kj::Exception& e) {
    std::fflush(stdout);  // in this order, also in one file
    fmt::print(stderr, "kvstore: {}\n", roles::explain(e, role));
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "kvstore: {}: not enough memory to hold it twice\n", o.file);
  } catch (const std::exception& e) {
    std::fflush(stdout);
    fmt::print(stderr, "kvstore: {}\n", e.what());
  }
  return 1;
}
