#include "descriptor.hpp"

#include <cerrno>

namespace filetransfer {

static_assert(sizeof(off_t) == 8, "files may be larger than 4 GiB");

std::int64_t read_at(const descriptor& file, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = ::pread(file.get(), into.data() + done, into.size() - done,
                           static_cast<off_t>(offset + done));
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return -1;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return static_cast<std::int64_t>(done);
}

std::size_t write_at(const descriptor& file, std::span<const std::byte> from,
                     std::uint64_t offset) {
  std::size_t done = 0;
  while (done < from.size()) {
    const auto n = ::pwrite(file.get(), from.data() + done, from.size() - done,
                            static_cast<off_t>(offset + done));
    if (n < 0 && errno != EINTR) break;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace filetransfer
