// Copies a file to a service in another domain: both in this program, or each in a domain of its
// own.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/open_link.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "folder_service.hpp"
#include "progress.hpp"
#include "roles/role.hpp"
#include "roles/rpc_error.hpp"
#include "roles/service_thread.hpp"
#include "roles/until_signal.hpp"
#include "sender.hpp"
#include "sha256.hpp"
#include "source_file.hpp"

namespace filetransfer {
namespace {

namespace fs = std::filesystem;

struct options {
  std::string source;
  std::string destination;
  std::string folder;  // of the service
  bool quiet = false;
  bool json = false;
  std::optional<std::uint64_t> interrupt_at;
};

struct outcome {
  sent done;
  double seconds = 0;
};

// Sends the source to become the file `name` in the folder of the service in `domain`.
outcome transfer(const options& o, const source_file& source, const std::string& name,
                 std::unique_ptr<v4v::link> link, v4v::domain_type domain) {
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, std::move(link));
  v4v::rpc::client client(loop, guest, {domain, service_port});

  progress report(o.quiet ? progress::mode::quiet : progress::for_standard_error());
  const auto begin = std::chrono::steady_clock::now();
  outcome result;
  result.done = send(source, name, client.bootstrap<FileService>(), report, o.interrupt_at,
                     loop.wait_scope());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

// As cp does: a folder is where the file goes under the name that it has.
fs::path target_of(const options& o) {
  fs::path destination(o.destination);
  if (!fs::is_directory(destination) && destination.has_filename()) return destination;
  return destination / fs::path(o.source).filename();
}

outcome copy_to(const fs::path& target, const options& o) {
  const source_file source(o.source);
  std::error_code not_there;
  if (fs::equivalent(o.source, target, not_there))
    throw std::runtime_error(fmt::format("{} and {} are the same file", o.source, target.string()));

  v4v::hv::embedded hypervisor;
  const std::string folder = target.has_parent_path() ? target.parent_path().string() : ".";
  const roles::service_thread<folder_service> service(v4v::embedded_link(hypervisor, 1), folder);
  return transfer(o, source, target.filename().string(), v4v::embedded_link(hypervisor, 2), 1);
}

outcome send_to(v4v::domain_type domain, const std::string& name, const options& o) {
  const source_file source(o.source);
  return transfer(o, source, name, v4v::open_link(), domain);
}

void print_json(const nlohmann::json& result) {
  // A path may be any bytes.
  constexpr auto replace = nlohmann::json::error_handler_t::replace;
  fmt::print("{}\n", result.dump(-1, ' ', false, replace));
}

std::uint64_t most_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void print(const options& o, const std::string& target, const outcome& result) {
  const sent& done = result.done;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(done.bytes - done.resumed_at) /
                                               result.seconds);
  if (o.json)
    print_json({{"result", "done"},
                {"source", o.source},
                {"destination", target},
                {"bytes", done.bytes},
                {"resumed_at", done.resumed_at},
                {"discarded", done.discarded},
                {"sha256", hexadecimal(done.checksum)},
                {"seconds", result.seconds},
                {"bytes_per_second", rate},
                {"memory", most_memory()}});
  else if (!o.quiet)
    fmt::print("{}: {} in {:.1f} s, {}/s, checksum verified\n", target, readable_bytes(done.bytes),
               result.seconds, readable_bytes(rate));
}

int fail(const options& o, const std::string& why) {
  fmt::print(stderr, "filetransfer: {}\n", why);
  if (o.json)
    print_json({{"result", "failed"},
                {"source", o.source},
                {"destination", o.destination},
                {"error", why}});
  return 1;
}

void send_and_say_so(const options& o, const roles::role& role) {
  if (role.connects()) {
    const std::string name =
        o.destination.empty() ? fs::path(o.source).filename().string() : o.destination;
    print(o, name, send_to(role.domain(), name, o));
  } else {
    const auto target = target_of(o);
    print(o, target.string(), copy_to(target, o));
  }
}

void serve(const std::string& folder) {
  asio::io_context io;
  auto link = v4v::open_link();
  const auto domain = link->domain();
  const folder_service service(io, std::move(link), folder);
  roles::serve_until_signal(io, domain);
}

int run(const options& o, const roles::role& role) {
  try {
    if (role.serves())
      serve(o.folder);
    else
      send_and_say_so(o, role);
    return 0;
  } catch (const kj::Exception& e) {
    const auto disconnected = e.getType() == kj::Exception::Type::DISCONNECTED;
    return fail(o,
                roles::explain(e, role) +
                    (disconnected ? "; what was sent is kept: run the same again to go on" : ""));
  } catch (const std::exception& e) {
    return fail(o, e.what());
  }
}

}  // namespace
}  // namespace filetransfer

int main(int argc, char** argv) {
  CLI::App app(
      "Copies the file SOURCE to DESTINATION, which a service in another domain writes. Without\n"
      "--serve and --connect both domains are threads of this program, which is their hypervisor,\n"
      "too.\n\n"
      "What has come is kept in DESTINATION.part until all is there and its checksum is right, "
      "and\n"
      "becomes DESTINATION then, at one moment. When a transfer is cut off, by Ctrl-C, kill -9 or "
      "a\n"
      "full disk, run the same again: it goes on where it was.\n\n"
      "  filetransfer disk.img backup/              to backup/disk.img\n"
      "  filetransfer disk.img backup/monday.img\n"
      "  filetransfer --json disk.img backup/       one line for scripts to read, on the standard "
      "output\n\n"
      "In two virtual machines, of which the first is domain 3:\n"
      "  filetransfer --serve backup                all domains may put files there\n"
      "  filetransfer --connect 3 disk.img          to backup/disk.img over there\n"
      "  filetransfer --connect 3 disk.img monday.img");
  app.footer(
      "Exit status: 0 the file is there, or the service was ended by a signal, 1 it is not, and "
      "why\n"
      "is said, above 100 the options are wrong.");
  filetransfer::options o;
  roles::role role(
      app, "filetransfer --serve FOLDER",
      app.add_option(
             "--serve", o.folder,
             "Be the service alone, in the domain that this program runs in, until SIGINT or "
             "SIGTERM; files go into FOLDER")
          ->type_name("FOLDER"));
  auto* source = app.add_option("SOURCE", o.source, "A regular file of any size");
  auto* destination =
      app.add_option("DESTINATION", o.destination,
                     "A file, which is replaced, or a folder; with --connect a name "
                     "in the service's folder, by default that of SOURCE");
  auto* quiet = app.add_flag("-q,--quiet", o.quiet, "Print errors only");
  auto* json = app.add_flag("--json", o.json, "Print the result as one line of JSON");
  auto* interrupt =
      app.add_option("--interrupt-at", o.interrupt_at,
                     "Kill this program when so many bytes are sent, to see the next one go on")
          ->type_name("BYTES");
  for (auto* of_client : {source, destination, quiet, json, interrupt})
    of_client->excludes(role.serve());
  app.final_callback([&] {
    if (role.serves()) return;
    if (source->count() == 0) throw CLI::RequiredError("SOURCE");
    if (destination->count() == 0 && !role.connects()) throw CLI::RequiredError("DESTINATION");
  });
  CLI11_PARSE(app, argc, argv);

  // A file that may not be larger is an error as a full disk is, not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  return filetransfer::run(o, role);
}
