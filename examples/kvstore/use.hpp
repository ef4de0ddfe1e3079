#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <v4v/endpoint.hpp>
#include <v4v/link.hpp>

namespace kvstore {

/// From the domain that `link` leads to, loads the file at `path` into the store at `service`,
/// reads it back, compares it, follows one key, makes `calls` round trips, and prints what came of
/// each. The domains of `readers`, who may read and no more, follow that key, too, and in the end
/// try to set it.
///
/// Throws std::runtime_error when anything is not as it should be, kj::Exception when the store
/// refuses or is not there, std::bad_alloc.
void use_store(const std::string& path, std::size_t calls, std::unique_ptr<v4v::link> link,
               const v4v::endpoint& service, std::vector<std::unique_ptr<v4v::link>> readers);

}  // namespace kvstore
