#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <kj/async.h>

#include "filetransfer.capnp.h"
#include "progress.hpp"
#include "sha256.hpp"
#include "source_file.hpp"

namespace filetransfer {

/// Bytes that are sent with one call. With the default ring of 256 KiB four calls are under way,
/// and none is longer than the half of the ring that is sent in one piece.
inline constexpr std::size_t chunk = 64 * 1024;

/// What was done.
struct sent {
  std::uint64_t bytes = 0;       ///< of the file
  std::uint64_t resumed_at = 0;  ///< of these were there from an earlier transfer
  bool discarded = false;        ///< what was there from an earlier transfer was not of this file
  sha256::digest checksum{};
};

/// Sends a file, or what of it is not there yet, to become the file `name`. At most as much of it
/// is in memory as the service's ring holds. `interrupt_at`: kills the process when so many bytes
/// are sent.
sent send(const source_file& source, const std::string& name, FileService::Client service,
          progress& report, std::optional<std::uint64_t> interrupt_at, kj::WaitScope& scope);

}  // namespace filetransfer
