#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <v4v/endpoint.hpp>

#include "filetransfer.capnp.h"
#include "folder.hpp"

namespace filetransfer {

/// Transfers that one domain may have open at a time.
inline constexpr std::size_t max_uploads = 16;

/// What domains are handed that may put files into one folder. To be used in the thread of one
/// v4v::rpc::event_loop.
class file_services {
 public:
  /// Throws std::runtime_error when there is no such folder.
  explicit file_services(const std::string& path) : folder_(path) {}

  /// One object for all connections of a domain, so that more of them are no more transfers.
  FileService::Client for_domain(v4v::domain_type domain);

 private:
  folder folder_;
  std::map<v4v::domain_type, FileService::Client> by_domain_;
};

}  // namespace filetransfer
