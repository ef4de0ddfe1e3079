#include "page_frames.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "file_descriptor.hpp"
#include "v4v/abi.h"

namespace v4v::detail {
namespace {

constexpr const char* pagemap = "/proc/self/pagemap";

// An entry: the frame in the low bits, and whether there is one.
constexpr std::uint64_t frame_bits = (std::uint64_t{1} << 55) - 1;
constexpr std::uint64_t present = std::uint64_t{1} << 63;

void read_entries(std::uint64_t first_page, std::span<std::uint64_t> entries) {
  const file_descriptor file(::open(pagemap, O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw std::system_error(errno, std::system_category(), pagemap);
  auto rest = std::as_writable_bytes(entries);
  auto at = static_cast<off_t>(first_page * sizeof(std::uint64_t));
  while (!rest.empty()) {
    const ssize_t n = ::pread(file.get(), rest.data(), rest.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw std::system_error(n < 0 ? errno : EFAULT, std::system_category(), pagemap);
    rest = rest.subspan(static_cast<std::size_t>(n));
    at += n;
  }
}

}  // namespace

std::vector<std::uint64_t> page_frames(std::span<const std::byte> pages) {
  std::vector<std::uint64_t> entries(pages.size() / V4V_PAGE_SIZE);
  read_entries(reinterpret_cast<std::uintptr_t>(pages.data()) / V4V_PAGE_SIZE, entries);
  for (std::uint64_t& entry : entries) {
    if ((entry & present) == 0)
      throw std::system_error(std::make_error_code(std::errc::bad_address),
                              "a page of a ring is not in memory");
    entry &= frame_bits;
    if (entry == 0)
      throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                              "/proc/self/pagemap does not tell where a ring lies in the guest's "
                              "memory (run as root, or with CAP_SYS_ADMIN)");
  }
  return entries;
}

}  // namespace v4v::detail
