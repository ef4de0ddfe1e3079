#include "report/plot.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "report/axis.hpp"
#include "report/sample_document.hpp"
#include "report/sheet.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

using nlohmann::ordered_json;
using names = std::vector<std::string>;

std::vector<plot> plots_of_json(const ordered_json& json) {
  const auto d = read_document(json);
  return plots_of(d, palette(d));
}

names files_of(const ordered_json& json) {
  names files;
  for (const plot& p : plots_of_json(json))
    files.push_back(p.file);
  return files;
}

// The sample with those figures alone for which `wanted` is true, and no ratios.
template <typename Wanted>
ordered_json only(Wanted wanted) {
  auto json = sample_document();
  auto figures = ordered_json::array();
  for (const auto& f : json["figures"])
    if (wanted(f)) figures.push_back(f);
  json["figures"] = figures;
  json["ratios"] = ordered_json::array();
  return json;
}

ordered_json only_figure(const char* name) {
  return only([&](const ordered_json& f) { return f["figure"] == name; });
}

TEST(plots, are_none_of_nothing) {
  EXPECT_EQ(files_of(only([](const ordered_json&) { return false; })), names{});
}

TEST(plots, of_latency_are_distributions_for_each_size_and_medians_by_size) {
  EXPECT_EQ(files_of(only_figure("round trip")),
            (names{"latency-round-trip-64-b", "latency-round-trip-1-kib",
                   "latency-round-trip-64-kib", "latency-round-trip"}));
}

TEST(plots, of_a_call_without_size_are_one_distribution) {
  EXPECT_EQ(files_of(only_figure("null call")), names{"rpc-null-call"});
}

TEST(plots, of_one_size_alone_show_columns_side_by_side) {
  const auto one =
      only([](const ordered_json& f) { return f["figure"] == "writes" && f["at"] == 65536; });
  EXPECT_EQ(files_of(one), names{"throughput-writes-64-kib"});
}

TEST(plots, of_a_single_figure_are_none) {
  EXPECT_EQ(files_of(only_figure("floor: eventfd")), names{});
}

TEST(plots, of_a_distribution_of_zeros_are_none) {
  auto json = only_figure("null call");
  json["figures"] = ordered_json::array({json["figures"][0]});
  json["figures"][0]["cdf"] = {{0, 0.0}, {0, 1.0}};
  EXPECT_EQ(files_of(json), names{});
}

TEST(plots, of_ratios_show_headlines_only) {
  auto json = only([](const ordered_json&) { return false; });
  json["ratios"] = sample_document()["ratios"];
  ASSERT_EQ(files_of(json), names{"ratios"});
  for (auto& r : json["ratios"])
    r["headline"] = false;
  EXPECT_EQ(files_of(json), names{});
}

TEST(plots, know_figures_and_columns_that_nobody_thought_of) {
  auto json = only_figure("writes");
  for (auto& f : json["figures"]) {
    f["suite"] = "dance";
    f["figure"] = "steps";
    f["of"] = "feet";
    f["column"] = f["column"].get<std::string>() + "!";
  }
  EXPECT_EQ(files_of(json), names{"dance-steps"});
}

TEST(plots, have_files_that_are_no_paths_and_each_its_own) {
  auto json = only_figure("notify");
  auto twice = json["figures"];
  for (auto& f : json["figures"])
    f["suite"] = "../../etc/";
  for (auto& f : twice)
    f["suite"] = "..\\..\\etc";
  json["figures"].insert(json["figures"].end(), twice.begin(), twice.end());
  EXPECT_EQ(files_of(json), (names{"etc-notify", "etc-notify-2"}));
}

TEST(plots, say_where_and_how_it_was_measured) {
  auto json = sample_document();
  json["conditions"]["warnings"] = ordered_json::array({"Somebody else was busy."});
  const auto d = read_document(json);
  for (const char* word :
       {"AMD EPYC", "processors 0 and 1", "Linux 6.1.0-26-amd64", "poll and sleep", "3 repetitions",
        "2026-11-26", "Somebody else was busy."})
    EXPECT_NE(caption_of(d).find(word), std::string::npos) << word;
}

TEST(plots, draw_a_column_in_the_same_colour_whatever_else_there_is) {
  const auto all = read_document(sample_document());
  const auto few = read_document(only_figure("pipelined messages of 64 B"));
  for (const char* column : {"v4v poll", "v4v sleep", "UNIX", "TCP"}) {
    EXPECT_EQ(palette(all).of(column).light, palette(few).of(column).light) << column;
    EXPECT_EQ(palette(all).of(column).dark, palette(few).of(column).dark) << column;
  }
}

TEST(texts_for_gnuplot, end_where_they_should) {
  EXPECT_EQ(quoted("it's `date` \"@x\" \\"), "'it''s `date` \"@x\" \\'");
}

TEST(texts_for_gnuplot, are_cut_between_characters) {
  EXPECT_EQ(shortened("µµµµ", 3), "µµ…");
  EXPECT_EQ(shortened("µµµ", 3), "µµµ");
}

TEST(wording, has_three_digits_that_matter) {
  EXPECT_EQ(number_text(0.1234), "0.123");
  EXPECT_EQ(number_text(2.4), "2.40");
  EXPECT_EQ(number_text(13.72), "13.7");
  EXPECT_EQ(number_text(1234567.8), "1,234,568");
}

TEST(wording, of_sizes_is_in_powers_of_1024_where_they_are) {
  EXPECT_EQ(place_text({64, "B"}), "64 B");
  EXPECT_EQ(place_text({4 << 20, "B"}), "4 MiB");
  EXPECT_EQ(place_text({1500, "B"}), "1,500 B");
  EXPECT_EQ(place_text({1024, "connections"}), "1,024");
}

TEST(axes, go_around_their_values) {
  const auto a = logarithmic_axis(0.21, 620);
  EXPECT_EQ(a.low, 0.2);
  EXPECT_EQ(a.high, 1000);
  EXPECT_EQ(linear_axis(19.8).low, 0);
  EXPECT_GE(linear_axis(19.8).high, 19.8);
}

TEST(axes, are_linear_unless_values_could_not_be_told_from_0) {
  EXPECT_FALSE(fitting_axis(std::vector<double>{2, 20}).logarithmic);
  EXPECT_TRUE(fitting_axis(std::vector<double>{0.02, 20}).logarithmic);
  EXPECT_FALSE(fitting_axis(std::vector<double>{0, 20}).logarithmic);
}

TEST(axes, have_rare_shares_equally_far_apart) {
  const tail_axis a(std::vector<double>{0.5, 0.9999});
  EXPECT_NEAR(a.position(0.99) - a.position(0.9), 1, 1e-9);
  EXPECT_NEAR(a.position(0.9999) - a.position(0.999), 1, 1e-9);
  EXPECT_GT(a.position(1), a.position(0.9999));
}

TEST(axes, have_0_a_step_before_the_least) {
  const doubling_axis a(std::vector<double>{0, 4, 64});
  EXPECT_EQ(a.position(0), 1);
  EXPECT_EQ(a.position(4), 2);
  EXPECT_EQ(a.position(64), 6);
}

}  // namespace
}  // namespace v4v::bench::report
