#include "measure/record.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "measure/columns.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

constexpr ratio_definition twice{
    "suite", "twice", {"figure"}, {"figure", {}, column::unix_socket}, true};

class a_record : public ::testing::Test {
 protected:
  void add(const char* column, std::vector<double> samples) {
    for (const double sample : samples)
      r.measured.add({"suite", "figure", {}, column, "us"}, sample);
  }
  [[nodiscard]] bool warns_of(const std::string& words) const {
    for (const std::string& warning : warnings(r))
      if (warning.find(words) != std::string::npos) return true;
    return false;
  }

  record r;
};

TEST_F(a_record, has_ratios_of_what_was_measured_in_the_same_turn) {
  add(column::poll, {2, 6});
  add(column::unix_socket, {1, 2});
  const auto ratios = ratios_of(r.measured, {&twice, 1});
  ASSERT_EQ(ratios.size(), 1);
  EXPECT_EQ(ratios[0].column, column::poll);
  EXPECT_EQ(ratios[0].samples, (std::vector<double>{2, 3}));
}

TEST_F(a_record, has_no_ratio_to_what_was_not_measured) {
  add(column::poll, {2, 6});
  EXPECT_TRUE(ratios_of(r.measured, {&twice, 1}).empty());
}

TEST_F(a_record, warns_of_ratios_that_move) {
  add(column::poll, {2, 3});
  add(column::unix_socket, {1, 1});
  r.ratios = ratios_of(r.measured, {&twice, 1});
  EXPECT_TRUE(warns_of("1 of 1 headline ratios moved"));
}

TEST_F(a_record, warns_of_other_programs_by_what_it_has_read) {
  r.busy.used = 0.34;
  EXPECT_TRUE(warns_of("busy on 0.34 processors meanwhile, as /proc/stat says"));
}

TEST_F(a_record, warns_of_what_was_not_measured) {
  r.failures = {"suite, figure, column: broken"};
  EXPECT_TRUE(warns_of("Not measured: suite, figure, column: broken."));
}

TEST_F(a_record, warns_of_a_processor_that_is_emulated) {
  r.where.processor = "QEMU Virtual CPU version 2.5+";
  EXPECT_TRUE(warns_of("nothing of speed"));
}

TEST_F(a_record, of_a_quiet_machine_warns_of_nothing) {
  r.where = {"AMD EPYC", 2, "performance", "Linux", "GCC", 0.1};
  EXPECT_TRUE(warnings(r).empty());
}

TEST_F(a_record, has_percentiles_of_every_round) {
  std::vector<float> each(10'000);
  std::iota(each.begin(), each.end(), 1.0F);
  r.measured.add({"suite", "figure", {}, "column", "us"}, 1, each);
  const auto of = json_of(r)["figures"][0]["percentiles"];
  EXPECT_EQ(of["50"], 5001);
  EXPECT_EQ(of["99"], 9901);
  EXPECT_EQ(of["99.99"], 10'000);
  EXPECT_EQ(of["100"], 10'000);
}

TEST_F(a_record, has_no_percentile_that_no_round_lies_above) {
  r.measured.add({"suite", "figure", {}, "column", "us"}, 1, std::vector<float>(999));
  EXPECT_FALSE(json_of(r)["figures"][0]["percentiles"].contains("99.9"));
}

TEST_F(a_record, has_a_distribution_that_ends_with_the_slowest) {
  r.measured.add({"suite", "figure", {}, "column", "us"}, 1, {3, 1, 2, 9, 5});
  const auto cdf = json_of(r)["figures"][0]["cdf"];
  EXPECT_EQ(cdf.front()[0], 1);
  EXPECT_EQ(cdf.back()[0], 9);
  EXPECT_EQ(cdf.back()[1], 1);
}

TEST(a_median, of_an_even_number_is_between_the_two_in_the_middle) {
  EXPECT_EQ(median(std::vector<double>{4, 1, 2, 9}), 3);
}

TEST(a_median, of_an_odd_number_is_the_one_in_the_middle) {
  EXPECT_EQ(median(std::vector<double>{4, 1, 9}), 4);
}

}  // namespace
}  // namespace v4v::bench
