#pragma once

#include <fstream>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench {

/// A file for JSON. It is opened before anything is measured, so that a path that cannot be written
/// is known at once. Throws std::system_error that names it.
class json_file {
 public:
  explicit json_file(const std::string& path);
  void write(const nlohmann::ordered_json& all);

 private:
  std::string path_;
  std::ofstream out_;
};

/// What is in such a file. Throws std::runtime_error that names it.
nlohmann::ordered_json read_json(const std::string& path);

}  // namespace v4v::bench
