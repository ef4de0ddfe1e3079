#include "report/pictures.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "report/document.hpp"
#include "report/gnuplot.hpp"
#include "report/html.hpp"
#include "report/plot.hpp"
#include "report/sample_document.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

// Each of gnuplot's own meanings and HTML's, in one name.
constexpr const char* hostile =
    "it's \"<script>alert(1)</script>\" `touch pwned` $(touch pwned) @a_b^{c} 50 % \\";

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

class pictures : public ::testing::Test {
 protected:
  pictures() {
    std::string name = fs::temp_directory_path() / "v4v-report-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), name);
    folder_ = name;
  }
  ~pictures() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path folder_;
};

// Those that draw: the rest of the program works without gnuplot, and so can be tested without.
class drawn_pictures : public pictures {
 protected:
  void SetUp() override {
    try {
      run_gnuplot("nothing", "print 1\n");
    } catch (const gnuplot_error& e) {
      if (has(e.what(), "not installed")) GTEST_SKIP() << e.what();
    }
  }

  // Few figures of every kind, and every text that they have replaced by a hostile one.
  static ordered_json hostile_document() {
    auto json = small_document();
    for (const char* list : {"ratios", "figures"})
      for (auto& entry : json[list])
        for (auto& value : entry)
          if (value.is_string()) value = value.get<std::string>() + hostile;
    for (auto& value : json["conditions"])
      if (value.is_string()) value = hostile;
    json["conditions"]["warnings"] = ordered_json::array({hostile});
    json["conditions"]["versions"] = {{hostile, hostile}};
    return json;
  }

  static ordered_json small_document() {
    auto json = sample_document();
    auto figures = ordered_json::array();
    const std::set<std::string> wanted{"null call", "notify", "calls, 64 in flight"};
    for (const auto& f : json["figures"])
      if (wanted.count(f["figure"]) != 0) figures.push_back(f);
    json["figures"] = figures;
    return json;
  }
};

TEST_F(drawn_pictures, are_a_png_and_an_svg_of_each_plot) {
  write_plots(small_document(), folder_ / "new" / "folder");
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder_ / "new" / "folder"))
    files.insert(entry.path().filename());
  EXPECT_EQ(files, (std::set<std::string>{"ratios.png", "ratios.svg", "rpc-null-call.png",
                                          "rpc-null-call.svg", "rpc-calls-64-in-flight.png",
                                          "rpc-calls-64-in-flight.svg", "hypercall-notify.png",
                                          "hypercall-notify.svg"}));
  for (const std::string& file : files) {
    const auto bytes = content_of(folder_ / "new" / "folder" / file);
    if (file.ends_with(".png")) {
      EXPECT_TRUE(bytes.starts_with("\x89PNG\r\n\x1a\n") && has(bytes, "IEND")) << file;
    } else {
      EXPECT_TRUE(bytes.starts_with("<?xml") && has(bytes, "</svg>")) << file;
    }
  }
}

TEST_F(drawn_pictures, show_names_as_they_are) {
  write_plots(hostile_document(), folder_);
  EXPECT_FALSE(fs::exists("pwned"));
  std::size_t pictures_of_names = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".svg") continue;
    const auto svg = content_of(entry.path());
    EXPECT_FALSE(has(svg, "<script")) << entry.path();
    pictures_of_names += has(
        svg,
        "it's \"&lt;script>alert(1)&lt;/script>\" `touch pwned` $(touch pwned) @a_b^{c} 50 % \\");
  }
  EXPECT_GT(pictures_of_names, 0U);
}

TEST_F(drawn_pictures, are_inside_the_report) {
  write_pictures_and_report(small_document(), folder_);
  const auto page = content_of(folder_ / "report.html");
  EXPECT_EQ(count(page, "<svg "), 2 * 4U);  // For light and for dark.
  EXPECT_EQ(count(page, "</svg>"), 2 * 4U);
  EXPECT_TRUE(has(page, "prefers-color-scheme: dark"));
}

TEST_F(drawn_pictures, share_no_id_with_each_other) {
  write_report(small_document(), folder_ / "page.html");
  const auto page = content_of(folder_ / "page.html");
  static const std::regex id(R"re(\sid=['"]([^'"]*)['"])re");
  std::set<std::string> ids;
  for (std::sregex_iterator i(page.begin(), page.end(), id), end; i != end; ++i)
    EXPECT_TRUE(ids.insert((*i)[1]).second) << (*i)[1];
  static const std::regex reference(R"re(href=['"]#([^'"]*)['"])re");
  for (std::sregex_iterator i(page.begin(), page.end(), reference), end; i != end; ++i)
    EXPECT_EQ(ids.count((*i)[1]), 1U) << (*i)[1];
  EXPECT_GT(ids.size(), 8 * 10U);
}

TEST_F(drawn_pictures, make_a_report_that_needs_nothing_else) {
  write_report(small_document(), folder_ / "page.html");
  const auto page = content_of(folder_ / "page.html");
  for (const char* word :
       {"http:", "https:", "src=", "<script", "<link", "@import", "url(h", "<iframe"})
    EXPECT_FALSE(has(page, word)) << word;
}

TEST_F(drawn_pictures, make_a_report_in_which_names_are_no_markup) {
  write_report(hostile_document(), folder_ / "page.html");
  const auto page = content_of(folder_ / "page.html");
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_TRUE(has(page, escaped(hostile)));
}

TEST_F(drawn_pictures, make_a_report_that_has_every_figure) {
  const auto json = sample_document();
  write_report(json, folder_ / "page.html");
  const auto page = content_of(folder_ / "page.html");
  for (const char* list : {"ratios", "figures"})
    for (const auto& entry : json[list])
      for (const char* key : {"median", "min", "max"})
        EXPECT_TRUE(has(page, number_text(entry[key]))) << entry.dump();
  for (const auto& f : json["figures"]) {
    EXPECT_TRUE(has(page, escaped(capitalised(f["figure"])))) << f["figure"];
    if (!f.contains("percentiles")) continue;
    for (const auto& value : f["percentiles"])
      EXPECT_TRUE(has(page, "<td>" + number_text(value) + "</td>")) << f.dump();
  }
  for (const auto& r : json["ratios"])
    EXPECT_TRUE(has(page, escaped(r["name"].get<std::string>()))) << r["name"];
  for (const auto& [of, is] : json["conditions"]["versions"].items())
    EXPECT_TRUE(has(page, escaped(of)) && has(page, is.get<std::string>())) << of;
}

TEST_F(drawn_pictures, make_a_report_that_begins_with_its_warnings) {
  auto json = small_document();
  json["conditions"]["warnings"] = ordered_json::array({"Others used 0.7 processors."});
  write_report(json, folder_ / "page.html");
  const auto page = content_of(folder_ / "page.html");
  EXPECT_LT(page.find("<li>Others used 0.7 processors.</li>"), page.find("<svg "));
}

TEST_F(drawn_pictures, that_fail_give_the_words_of_gnuplot) {
  try {
    run_gnuplot("my plot", "set terminal svg\nplot x\nset no such thing\n");
    FAIL() << "drawn";
  } catch (const gnuplot_error& e) {
    EXPECT_TRUE(has(e.what(), "gnuplot cannot draw \"my plot\": ")) << e.what();
    EXPECT_TRUE(has(e.what(), "set no such thing")) << e.what();
  }
}

TEST_F(drawn_pictures, that_cannot_be_written_name_the_file) {
  fs::create_directory(folder_ / "hypercall-notify.svg");
  try {
    write_plots(small_document(), folder_);
    FAIL() << "written";
  } catch (const std::system_error& e) {
    EXPECT_TRUE(has(e.what(), "hypercall-notify.svg: Is a directory")) << e.what();
  }
}

TEST_F(drawn_pictures, that_do_not_fit_on_the_disk_are_an_error) {
  try {
    write_report(small_document(), "/dev/full");
    FAIL() << "written";
  } catch (const std::system_error& e) {
    EXPECT_STREQ(e.what(), "/dev/full: No space left on device");
  }
}

TEST_F(pictures, without_gnuplot_say_what_to_install) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", folder_.c_str(), 1);
  try {
    write_plots(sample_document(), folder_);
    ADD_FAILURE() << "drawn";
  } catch (const gnuplot_error& e) {
    EXPECT_TRUE(has(e.what(), "apt-get install gnuplot-nox")) << e.what();
  }
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(pictures, of_a_run_that_was_interrupted_at_once_are_a_page_without_plots) {
  auto json = sample_document();
  json["conditions"]["complete"] = false;
  for (const char* list : {"ratios", "figures"})
    json[list] = ordered_json::array();
  write_pictures_and_report(json, folder_);
  const auto page = content_of(folder_ / "report.html");
  EXPECT_TRUE(has(page, ">Conditions<"));
  EXPECT_FALSE(has(page, "<svg")) << page;
}

TEST_F(pictures, need_a_folder_that_can_be_made) {
  std::ofstream(folder_ / "file") << "no folder";
  try {
    write_pictures_and_report(sample_document(), folder_ / "file" / "folder");
    FAIL() << "made";
  } catch (const std::system_error& e) {
    EXPECT_TRUE(has(e.what(), "file/folder: Not a directory")) << e.what();
  }
}

TEST_F(pictures, of_a_document_that_is_wrong_are_not_begun) {
  auto json = sample_document();
  json["figures"][7].erase("unit");
  try {
    write_pictures_and_report(json, folder_ / "new");
    FAIL() << "written";
  } catch (const document_error& e) {
    EXPECT_STREQ(e.what(), "figures[7].unit is missing");
  }
  EXPECT_FALSE(fs::exists(folder_ / "new"));
}

}  // namespace
}  // namespace v4v::bench::report
