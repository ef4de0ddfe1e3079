#include "output.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

namespace v4v::bench {

json_file::json_file(const std::string& path) : path_(path), out_(path) {
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
}

void json_file::write(const nlohmann::ordered_json& all) {
  out_ << all.dump(1) << '\n';
  out_.close();
  if (!out_) throw std::system_error(errno, std::generic_category(), path_);
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
