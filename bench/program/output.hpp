#pragma once

#include <fstream>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench {

/// A file for JSON. What was there stays until it is written: until then there is a file beside it,
/// with .new behind its name, which is made before anything is measured, so that a path that cannot
/// be written is known at once. What is no regular file, as /dev/stdout, is written itself. Throws
/// std::system_error that names it.
class json_file {
 public:
  explicit json_file(const std::string& path);
  ~json_file();
  json_file(const json_file&) = delete;
  json_file& operator=(const json_file&) = delete;

  void write(const nlohmann::ordered_json& all);

 private:
  std::string path_;
  std::string written_;
  std::ofstream out_;
};

/// What is in such a file. Throws std::runtime_error that names it.
nlohmann::ordered_json read_json(const std::string& path);

}  // namespace v4v::bench
