#include "report/document.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "report/sample_document.hpp"

namespace v4v::bench::report {
namespace {

using nlohmann::ordered_json;

// What is said of the sample after `change` was made to it; empty if nothing is.
template <typename Change>
std::string complaint(Change change) {
  auto json = sample_document();
  change(json);
  try {
    read_document(json);
  } catch (const document_error& e) {
    return e.what();
  }
  return {};
}

TEST(document, is_read_as_it_was_written) {
  const auto d = read_document(sample_document());
  EXPECT_EQ(d.measured.processors, 2U);
  EXPECT_EQ(d.measured.versions.at(2).of, "Cap'n Proto");
  EXPECT_EQ(d.ratios.at(0).wanted, "25");
  EXPECT_EQ(d.figures.at(0).where.value().at, 64);
  EXPECT_EQ(d.figures.at(0).percentiles.back().percent, 100);
  EXPECT_EQ(d.figures.at(0).distribution.back().share, 1);
  EXPECT_EQ(d.figures.size(), sample_document()["figures"].size());
}

TEST(document, may_have_nothing_in_its_lists) {
  EXPECT_EQ(complaint([](ordered_json& d) {
              for (const char* list : {"ratios", "figures"})
                d[list] = ordered_json::array();
            }),
            "");
}

TEST(document, may_have_keys_that_nobody_knows) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][0]["colour"] = "red"; }), "");
}

TEST(document, is_no_array) {
  EXPECT_EQ(complaint([](ordered_json& d) { d = ordered_json::array(); }),
            "the document is an array, and not an object");
}

TEST(document, is_of_this_program) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["program"] = "another"; }),
            "program is \"another\", and not \"v4v-bench\"");
}

TEST(document, is_of_this_format) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["format"] = 2; }),
            "format is 2, and this program reads 1");
}

// Every key that a document must have, and where it stands.
TEST(document, misses_no_key_without_a_word) {
  const auto whole = sample_document();
  const auto misses = [](const ordered_json::json_pointer& in, const std::string& key,
                         const std::string& said) {
    EXPECT_EQ(complaint([&](ordered_json& d) { d[in].erase(key); }), said + " is missing");
  };
  for (const auto& [key, value] : whole.items())
    misses(ordered_json::json_pointer(""), key, key);
  for (const auto& [key, value] : whole["conditions"].items())
    misses(ordered_json::json_pointer("/conditions"), key, "conditions." + key);
  for (const char* key :
       {"suite", "figure", "at", "of", "column", "unit", "median", "min", "max", "samples"})
    misses(ordered_json::json_pointer("/figures/3"), key, std::string("figures[3].") + key);
  for (const char* key : {"suite", "name", "column", "headline", "median", "min", "max", "samples"})
    misses(ordered_json::json_pointer("/ratios/1"), key, std::string("ratios[1].") + key);
}

TEST(document, has_no_value_of_another_type) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][2]["median"] = "fast"; }),
            "figures[2].median is a text, and not a number");
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][2]["column"] = 7; }),
            "figures[2].column is a number, and not a text");
  EXPECT_EQ(complaint([](ordered_json& d) { d["ratios"][0]["headline"] = nullptr; }),
            "ratios[0].headline is null, and not true or false");
  EXPECT_EQ(complaint([](ordered_json& d) { d["conditions"]["warnings"][0] = true; }),
            "conditions.warnings[0] is true or false, and not a text");
  EXPECT_EQ(complaint([](ordered_json& d) { d["conditions"]["warnings"] = "none"; }),
            "conditions.warnings is a text, and not an array");
}

TEST(document, has_finite_numbers) {
  EXPECT_EQ(complaint([](ordered_json& d) {
              d["figures"][0]["max"] = std::numeric_limits<double>::infinity();
            }),
            "figures[0].max is not finite");
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][0]["samples"][1] = 1e300; }),
            "figures[0].samples[1] is too large");
}

TEST(document, counts_whole_things) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["conditions"]["repetitions"] = 2.5; }),
            "conditions.repetitions is no count");
  EXPECT_EQ(complaint([](ordered_json& d) { d["conditions"]["processors"] = -1; }),
            "conditions.processors is no count");
}

TEST(document, has_its_median_between_least_and_most) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][0]["min"] = 1000; }),
            "figures[0].min is more than the median");
  EXPECT_EQ(complaint([](ordered_json& d) { d["ratios"][0]["max"] = 0; }),
            "ratios[0].max is less than the median");
}

TEST(document, has_places_of_something_that_are_not_negative) {
  EXPECT_EQ(complaint([](ordered_json& d) { d["figures"][0]["at"] = -64; }),
            "figures[0].at is negative");
}

TEST(document, has_percentiles_of_a_hundred) {
  for (const char* key : {"101", "-1", "p99", "", "99x", "nan"})
    EXPECT_EQ(complaint([&](ordered_json& d) { d["figures"][0]["percentiles"][key] = 1; }),
              std::string("figures[0].percentiles.") + key + " is no percentile: from 0 to 100");
}

TEST(document, has_distributions_that_ascend) {
  EXPECT_EQ(complaint([](ordered_json& d) {
              d["figures"][0]["cdf"][5] = {1, 0.0};
            }),
            "figures[0].cdf[5] is less than the point before");
  EXPECT_EQ(complaint([](ordered_json& d) {
              d["figures"][0]["cdf"][5] = {1, 1.5};
            }),
            "figures[0].cdf[5][1] is no share: from 0 to 1");
  EXPECT_EQ(
      complaint([](ordered_json& d) { d["figures"][0]["cdf"][5] = ordered_json::array({1}); }),
      "figures[0].cdf[5] is not a value and a share");
}

TEST(document, has_texts_of_one_line_of_utf8) {
  auto json = sample_document();
  json["figures"][0]["column"] = "a\nb\x01 \xff";
  EXPECT_EQ(read_document(json).figures[0].column, "a b  \xef\xbf\xbd");
}

}  // namespace
}  // namespace v4v::bench::report
