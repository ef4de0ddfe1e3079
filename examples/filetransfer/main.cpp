// Copies a file from domain 2 to a service in domain 1, on a hypervisor in this program.

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
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "progress.hpp"
#include "sender.hpp"
#include "service_thread.hpp"
#include "sha256.hpp"
#include "source_file.hpp"

namespace filetransfer {
namespace {

namespace fs = std::filesystem;

struct options {
  std::string source;
  std::string destination;
  bool quiet = false;
  bool json = false;
  std::optional<std::uint64_t> interrupt_at;
};

struct outcome {
  sent done;
  double seconds = 0;
};

// As cp does: a folder is where the file goes under the name that it has.
fs::path target_of(const options& o) {
  fs::path destination(o.destination);
  if (!fs::is_directory(destination) && destination.has_filename()) return destination;
  return destination / fs::path(o.source).filename();
}

outcome transfer(const options& o, const fs::path& target) {
  const source_file source(o.source);
  std::error_code not_there;
  if (fs::equivalent(o.source, target, not_there))
    throw std::runtime_error(fmt::format("{} and {} are the same file", o.source, target.string()));

  v4v::hv::embedded hypervisor;
  service_thread service(hypervisor,
                         target.has_parent_path() ? target.parent_path().string() : ".");
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, v4v::embedded_link(hypervisor, 2));
  v4v::rpc::client client(loop, guest, {service_domain, service_port});

  progress report(o.quiet ? progress::mode::quiet : progress::for_standard_error());
  const auto begin = std::chrono::steady_clock::now();
  outcome result;
  result.done = send(source, target.filename().string(), client.bootstrap<FileService>(), report,
                     o.interrupt_at, loop.wait_scope());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
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

void print(const options& o, const fs::path& target, const outcome& result) {
  const sent& done = result.done;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(done.bytes - done.resumed_at) /
                                               result.seconds);
  if (o.json)
    print_json({{"result", "done"},
                {"source", o.source},
                {"destination", target.string()},
                {"bytes", done.bytes},
                {"resumed_at", done.resumed_at},
                {"discarded", done.discarded},
                {"sha256", hexadecimal(done.checksum)},
                {"seconds", result.seconds},
                {"bytes_per_second", rate},
                {"memory", most_memory()}});
  else if (!o.quiet)
    fmt::print("{}: {} in {:.1f} s, {}/s, checksum verified\n", target.string(),
               readable_bytes(done.bytes), result.seconds, readable_bytes(rate));
}

int fail(const options& o, std::string why) {
  // In front of what the other side said stand who it is, and which call failed.
  constexpr std::string_view origin = "remote exception: ";
  const auto at = why.find(origin);
  if (at != std::string::npos) why.erase(0, at + origin.size());
  fmt::print(stderr, "filetransfer: {}\n", why);
  if (o.json)
    print_json({{"result", "failed"},
                {"source", o.source},
                {"destination", o.destination},
                {"error", why}});
  return 1;
}

int run(const options& o) {
  try {
    const auto target = target_of(o);
    print(o, target, transfer(o, target));
    return 0;
  } catch (const kj::Exception& e) {
    const auto disconnected = e.getType() == kj::Exception::Type::DISCONNECTED;
    return fail(o,
                std::string(e.getDescription().cStr()) +
                    (disconnected ? "; what was sent is kept: run the same again to go on" : ""));
  } catch (const std::exception& e) {
    return fail(o, e.what());
  }
}

}  // namespace
}  // namespace filetransfer

int main(int argc, char** argv) {
  CLI::App app(
      "Copies the file SOURCE of domain 2 to DESTINATION of domain 1. Both domains are threads of "
      "this\n"
      "program, which is their hypervisor, too.\n\n"
      "What has come is kept in DESTINATION.part until all is there and its checksum is right, "
      "and\n"
      "becomes DESTINATION then, at one moment. When a transfer is cut off, by Ctrl-C, kill -9 or "
      "a\n"
      "full disk, run the same again: it goes on where it was.\n\n"
      "  filetransfer disk.img backup/              to backup/disk.img\n"
      "  filetransfer disk.img backup/monday.img\n"
      "  filetransfer --json disk.img backup/       one line for scripts to read, on the standard "
      "output");
  app.footer(
      "Exit status: 0 the file is there, 1 it is not, and why is said, above 100 the options\n"
      "are wrong.");
  filetransfer::options o;
  app.add_option("SOURCE", o.source, "A regular file of any size")->required();
  app.add_option("DESTINATION", o.destination, "A file, which is replaced, or a folder")
      ->required();
  app.add_flag("-q,--quiet", o.quiet, "Print errors only");
  app.add_flag("--json", o.json, "Print the result as one line of JSON");
  app.add_option("--interrupt-at", o.interrupt_at,
                 "Kill this program when so many bytes are sent, to see the next one go on")
      ->type_name("BYTES");
  CLI11_PARSE(app, argc, argv);

  // A file that may not be larger is an error as a full disk is, not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  return filetransfer::run(o);
}
