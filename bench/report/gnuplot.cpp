#include "report/gnuplot.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>

#include <fmt/core.h>

namespace v4v::bench::report {
namespace {

// A file without a name, which takes all that a child writes however long nobody reads: with pipes,
// two processes can wait for each other.
class unnamed_file {
 public:
  explicit unnamed_file(const char* purpose) : descriptor_(::memfd_create(purpose, MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), purpose);
  }
  ~unnamed_file() { ::close(descriptor_); }
  unnamed_file(const unnamed_file&) = delete;
  unnamed_file& operator=(const unnamed_file&) = delete;

  int descriptor() const { return descriptor_; }

  void write(std::string_view bytes) {
    for (off_t at = 0; !bytes.empty();) {
      const auto n = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
      if (n < 0) throw std::system_error(errno, std::generic_category(), "a script for gnuplot");
      at += n;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  std::string read() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0)
      throw std::system_error(errno, std::generic_category(), "what gnuplot wrote");
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t at = 0; at < bytes.size();) {
      const auto n =
          ::pread(descriptor_, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
      if (n < 0) throw std::system_error(errno, std::generic_category(), "what gnuplot wrote");
      if (n == 0) break;
      at += static_cast<std::size_t>(n);
    }
    return bytes;
  }

 private:
  int descriptor_;
};

// The three descriptors of a child, and no blocked signal: who measures may block some, and Ctrl-C
// is for the child too.
class surroundings {
 public:
  surroundings(const unnamed_file& in, const unnamed_file& out, const unnamed_file& words) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_adddup2(&files_, in.descriptor(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, out.descriptor(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, words.descriptor(), STDERR_FILENO);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~surroundings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&files_);
  }
  surroundings(const surroundings&) = delete;
  surroundings& operator=(const surroundings&) = delete;

  pid_t start_gnuplot() const {
    // -d: nothing from files of the user's that say how plots should look.
    std::string program = "gnuplot";
    std::string defaults = "-d";
    const std::array<char*, 3> arguments{program.data(), defaults.data(), nullptr};
    pid_t child = 0;
    const int error =
        ::posix_spawnp(&child, program.c_str(), &files_, &attributes_, arguments.data(), environ);
    if (error == ENOENT)
      throw gnuplot_error(
          "plots are drawn by gnuplot, which is not installed: apt-get install gnuplot-nox");
    if (error != 0) throw std::system_error(error, std::generic_category(), "starting gnuplot");
    return child;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "waiting for gnuplot");
  return status;
}

std::string without_blank_ends(const std::string& words) {
  const auto begin = words.find_first_not_of(" \n");
  if (begin == std::string::npos) return "no word of why";
  return words.substr(begin, words.find_last_not_of(" \n") - begin + 1);
}

}  // namespace

std::string run_gnuplot(const std::string& title, const std::string& script) {
  unnamed_file in("gnuplot script");
  const unnamed_file out("gnuplot picture");
  const unnamed_file words("gnuplot words");
  in.write(script);
  const int status = wait_for(surroundings(in, out, words).start_gnuplot());
  auto picture = out.read();
  if (WIFSIGNALED(status))
    throw gnuplot_error(
        fmt::format("gnuplot, drawing \"{}\", was ended by signal {}", title, WTERMSIG(status)));
  if (status != 0 || picture.empty())
    throw gnuplot_error(
        fmt::format("gnuplot cannot draw \"{}\": {}", title, without_blank_ends(words.read())));
  return picture;
}

}  // namespace v4v::bench::report
