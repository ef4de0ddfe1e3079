// Runs the same program several times in one process: first as a service, then as clients, one
// after the other, each in a thread and in a domain of its own. It is linked in front of the
// program's own objects (with --wrap=main), and open_link() leads to a hypervisor that is part of
// the process: nothing else differs from programs in virtual machines.
//
//     PROGRAM --serve --and --connect 3 ... --and --connect 3 ...
//
// When the last client has ended, the service gets SIGTERM. The status is the first that is not 0.

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <v4v/embedded_link.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/link.hpp>
#include <vector>

// Their names are the linker's: what is wrapped is v4v::open_link(), as compilers name it.
int main_of_program(int argc, char** argv) __asm__("__real_main");
int main_of_all_ends(int argc, char** argv) __asm__("__wrap_main");
std::unique_ptr<v4v::link> link_of_this_end() __asm__("__wrap__ZN3v4v9open_linkEv");

namespace {

constexpr v4v::domain_type service_domain = 3;

v4v::hv::embedded& hypervisor() {
  static v4v::hv::embedded the_one;
  return the_one;
}

thread_local v4v::domain_type domain = 0;

using command = std::vector<std::string>;

std::vector<command> commands_of(int argc, char** argv) {
  std::vector<command> all(1);
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == std::string_view("--and"))
      all.emplace_back();
    else
      all.back().emplace_back(argv[i]);
  }
  return all;
}

int run_as(v4v::domain_type in, char* program, command arguments) {
  domain = in;
  std::vector<char*> argv{program};
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int status = main_of_program(static_cast<int>(argv.size()) - 1, argv.data());
  std::cout.flush();
  std::fflush(stdout);
  return status;
}

// The standard output of all ends, passed on, and read meanwhile: the service says in it that it
// serves.
class output {
 public:
  output() : to_(::dup(STDOUT_FILENO)) {
    int ends[2];
    if (to_ < 0 || ::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0) std::abort();
    ::close(ends[1]);
    from_ = ends[0];
  }

  /// Until close().
  template <class Found>
  void pass_on(std::string_view awaited, Found found) {
    std::string text;
    char bytes[4096];
    for (;;) {
      const auto n = ::read(from_, bytes, sizeof bytes);
      if (n <= 0) return;
      if (::write(to_, bytes, static_cast<std::size_t>(n)) != n) std::abort();
      text.append(bytes, static_cast<std::size_t>(n));
      if (text.find(awaited) != std::string::npos) found();
    }
  }

  static void close() { ::close(STDOUT_FILENO); }

 private:
  int to_;
  int from_ = -1;
};

}  // namespace

std::unique_ptr<v4v::link> link_of_this_end() { return v4v::embedded_link(hypervisor(), domain); }

int main_of_all_ends(int argc, char** argv) {
  const auto commands = commands_of(argc, argv);
  output all;
  std::promise<void> serving;
  std::atomic<bool> told = false;
  const auto tell = [&] {
    if (!told.exchange(true)) serving.set_value();
  };
  int status = 0;
  std::thread ends([&] {
    int of_service = 0;
    std::atomic<bool> ended = false;
    std::thread service([&] {
      of_service = run_as(service_domain, argv[0], commands[0]);
      ended = true;
      tell();  // if it never served
    });
    serving.get_future().get();
    auto in = service_domain;
    for (std::size_t i = 1; i < commands.size() && status == 0 && !ended; ++i)
      status = run_as(++in, argv[0], commands[i]);
    if (!ended) ::kill(::getpid(), SIGTERM);
    service.join();
    if (status == 0) status = of_service;
    output::close();
  });
  all.pass_on("serving as domain 3\n", tell);
  ends.join();
  return status;
}
