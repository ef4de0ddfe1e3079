#include "output.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>

namespace v4v::bench {
namespace {

class a_file_for_json : public ::testing::Test {
 protected:
  a_file_for_json() { std::ofstream{path} << "[\"earlier\"]"; }
  ~a_file_for_json() override { std::filesystem::remove(path); }

  const std::string path = ::testing::TempDir() + "v4v-bench-output-tests.json";
};

TEST_F(a_file_for_json, has_earlier_results_until_it_is_written) {
  { const json_file not_written{path}; }
  EXPECT_EQ(read_json(path)[0], "earlier");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(a_file_for_json, has_what_was_written) {
  json_file file{path};
  file.write({"now"});
  EXPECT_EQ(read_json(path)[0], "now");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(a_file_for_json, that_is_no_regular_file_is_written_itself) {
  json_file full{"/dev/full"};
  EXPECT_THROW(full.write({"now"}), std::system_error);
}

TEST_F(a_file_for_json, that_has_none_is_refused_by_its_name) {
  std::ofstream{path} << "no JSON";
  try {
    read_json(path);
    FAIL() << "it was read";
  } catch (const std::runtime_error& e) {
    EXPECT_TRUE(std::string{e.what()}.starts_with(path));
  }
}

}  // namespace
}  // namespace v4v::bench
