#include "output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

namespace v4v::bench {
namespace {

bool is_replaced(const std::string& path) {
  std::error_code ignored;
  const auto what = std::filesystem::status(path, ignored);
  return !std::filesystem::exists(what) || std::filesystem::is_regular_file(what);
}

}  // namespace

json_file::json_file(const std::string& path)
    : path_(path), written_(is_replaced(path) ? path + ".new" : path), out_(written_) {
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

json_file::~json_file() {
  if (written_ != path_) ::unlink(written_.c_str());  // not there any more when it was written
}

void json_file::write(const nlohmann::ordered_json& all) {
  out_ << all.dump(1) << '\n';
  out_.close();
  if (!out_ || (written_ != path_ && std::rename(written_.c_str(), path_.c_str()) != 0))
    throw std::system_error(errno, std::generic_category(), path_);
}

nlohmann::ordered_json read_json(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::system_error(errno, std::generic_category(), path);
  try {
    return nlohmann::ordered_json::parse(in);
  } catch (const nlohmann::ordered_json::exception& e) {
    throw std::runtime_error(path + ": " + e.what());
  }
}

}  // namespace v4v::bench
