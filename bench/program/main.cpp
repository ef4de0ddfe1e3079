// How fast v4v is, beside what one would use instead, and why.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <kj/exception.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <capnp/common.h>
#include <fmt/core.h>
#include <asio/io_context.hpp>
#include <asio/version.hpp>
#include <nlohmann/json.hpp>

#include <v4v/guest.hpp>
#include <v4v/open_link.hpp>

#include "hv/suite.hpp"
#include "interrupt.hpp"
#include "measure/columns.hpp"
#include "measure/pinning.hpp"
#include "measure/record.hpp"
#include "measure/tables.hpp"
#include "measure/turns.hpp"
#include "options.hpp"
#include "output.hpp"
#include "report/pictures.hpp"
#include "roles/rpc_error.hpp"
#include "roles/until_signal.hpp"
#include "rpc/far_peer.hpp"
#include "rpc/grpc.hpp"
#include "rpc/suite.hpp"
#include "rpc/v4v_ends.hpp"
#include "transport/far_suites.hpp"
#include "transport/suites.hpp"

namespace v4v::bench {
namespace {

std::string version_of(int number, int major, int minor) {
  return fmt::format("{}.{}.{}", number / major, number / minor % (major / minor), number % minor);
}

std::map<std::string, std::string> versions(const options& o) {
  const std::string hypervisor =
      o.role->connects() ? fmt::format("to domain {}", o.role->domain())
                         : "its hypervisor in this program, where a hypercall is a function call";
  return {{"v4v", fmt::format("{} ({})", V4V_BENCH_VERSION, hypervisor)},
          {"Asio", version_of(ASIO_VERSION, 100'000, 100)},
          {"Cap'n Proto", version_of(CAPNP_VERSION, 1'000'000, 1'000)},
          {"gRPC", grpc_version()}};
}

std::vector<ratio_definition> all_ratios() {
  std::vector<ratio_definition> all;
  for (const auto& some : {transport_ratios(), rpc_ratios(), hypercall_ratios()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

// Where one of them is closed, a file that is opened takes its place, and what is printed goes
// there.
void open_standard_descriptors() {
  int opened = 0;
  do
    opened = ::open("/dev/null", O_RDWR);
  while (opened >= 0 && opened <= STDERR_FILENO);
  ::close(opened);
}

// Sockets by the thousand.
void allow_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65'536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// To who called a service in another program belongs how that is started.
std::string explain(const std::exception_ptr& e, const options& o) {
  try {
    std::rethrow_exception(e);
  } catch (const kj::Exception& failed) {
    return roles::explain(failed, *o.role);
  } catch (const std::exception& failed) {
    return failed.what();
  }
}

/// What goes wrong with one measurement is no reason to lose the others.
class failures {
 public:
  explicit failures(const options& o) : options_{o} {}

  void add(const subject& of, const std::exception_ptr& e) {
    all_.push_back(name_of(of) + ": " + explain(e, options_));
    fmt::print(stderr, "v4v-bench: {}\n", all_.back());
  }
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
  const options& options_;
  std::vector<std::string> all_;
};

results take_turns(const plan& p, failures& f) {
  return take_turns(p, interrupted,
                    [&](const subject& of, const std::exception_ptr& e) { f.add(of, e); });
}

results measure_here(const options& o, failures& f) {
  const payload of_run{o.untouched ? on_receipt::nothing : on_receipt::touch};
  plan p{o};
  if (o.wants("latency")) plan_latency(p);
  if (o.wants("throughput")) plan_throughput(p);
  if (o.wants("messages")) plan_messages(p);
  if (o.wants("rpc")) plan_rpc(p, of_run);
  if (o.wants("hypercall")) plan_hypercalls(p);
  if (o.wants("scale")) plan_scale(p);
  if (p.all().empty())
    throw std::runtime_error(
        "there is nothing to measure: --only, --peers or --sizes leave nothing");
  return take_turns(p, f);
}

// The two kinds of service take turns, too: a program is one guest at a time.
results measure_far(const options& o, failures& f) {
  const payload of_run{o.untouched ? on_receipt::nothing : on_receipt::touch};
  results all;
  const endpoint service{o.role->domain(), far_port};
  plan streams{o};
  asio::io_context io{1};
  if (o.wants("latency") || o.wants("throughput")) {
    guest here{io, open_link()};
    try {
      far_stream to_service{io, here, service};
      if (o.wants("latency")) plan_far_latency(streams, to_service);
      if (o.wants("throughput")) plan_far_throughput(streams, to_service);
      all = take_turns(streams, f);
    } catch (const std::system_error& e) {
      throw std::runtime_error(fmt::format("domain {} port {}: {}{}", service.domain(),
                                           service.port(), e.code().message(),
                                           o.role->how_to_start()));
    }
  }
  if (o.wants("rpc")) {
    plan calls{o};
    plan_far_rpc(calls, service.domain(), of_run);
    const results of_calls = take_turns(calls, f);
    for (const series& s : of_calls.all()) {
      auto each = s.each;
      for (const double sample : s.samples)
        all.add(s.of, sample, std::exchange(each, {}));
    }
  }
  return all;
}

void serve(const options& o) {
  const payload of_run{o.untouched ? on_receipt::nothing : on_receipt::touch};
  asio::io_context io{1};
  guest here{io, open_link()};
  const far_service streams{here};
  const v4v_service calls{io, here, far_rpc_port, acceptor_options{}.ring_size, of_run};
  roles::serve_until_signal(io, here.domain());
}

void draw(const nlohmann::ordered_json& document, const std::string& folder) {
  write_pictures_and_report(document, folder);
  fmt::print("\npictures and report: {}\n",
             (std::filesystem::path{folder} / "report.html").string());
}

// The status to end with: what scripts know of a program that was interrupted, if it was.
int run(const options& o) {
  std::optional<json_file> json;
  if (!o.json.empty()) json.emplace(o.json);
  if (!o.plots.empty()) std::filesystem::create_directories(o.plots);  // before it is measured
  remember_interrupt();
  begin_grpc();
  allow_descriptors();
  const auto definitions = all_ratios();
  record r;
  r.begun = utc_now();
  r.where = this_machine();
  r.versions = versions(o);
  r.command = o.command;
  r.how = static_cast<const settings&>(o);
  if (o.role->connects()) r.how.modes = {column::adaptive};
  r.pinning = o.pin ? enable_pinning() : "none";
  print_conditions(r);
  const others meanwhile;
  failures failed{o};
  r.measured = o.role->connects() ? measure_far(o, failed) : measure_here(o, failed);
  r.failures = failed.all();
  r.busy = meanwhile.since();
  r.complete = !interrupted();
  r.ratios = ratios_of(r.measured, definitions);
  print_results(r);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw std::system_error(errno, std::generic_category(), "standard output");
  const auto document = json_of(r);
  if (json) json->write(document);
  if (!o.plots.empty() && !r.measured.all().empty()) draw(document, o.plots);
  if (!r.complete) return 128 + SIGINT;
  return r.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace v4v::bench

int main(int argc, char** argv) {
  v4v::bench::open_standard_descriptors();
  v4v::bench::options options;
  if (const auto status = v4v::bench::parse(argc, argv, options)) return *status;
  try {
    if (options.role->serves())
      v4v::bench::serve(options);
    else if (!options.plotted.empty())
      v4v::bench::draw(v4v::bench::read_json(options.plotted), options.plots);
    else
      return v4v::bench::run(options);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "v4v-bench: {}\n", e.what());
    return 1;
  }
}
