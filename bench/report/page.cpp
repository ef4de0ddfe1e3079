#include "report/page.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/groups.hpp"
#include "report/html.hpp"
#include "report/readings.hpp"
#include "report/style.hpp"
#include "report/tables_html.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

class page {
 public:
  page(const document& d, const palette& colours, const std::vector<drawn_plot>& plots)
      : document_(d), colours_(colours), plots_(plots), groups_(groups_of(d, colours)) {
    for (const group& g : groups_)
      if (std::find(suites_.begin(), suites_.end(), g.suite) == suites_.end())
        suites_.push_back(g.suite);
  }

  std::string made() && {
    begin();
    doubts_first();
    headlines();
    for (std::size_t i = 0; i < suites_.size(); ++i)
      suite(suites_[i], i);
    other_ratios();
    conditions();
    how_to_read();
    html_ += "</main>\n<footer>Made by v4v-bench.</footer>\n</body>\n</html>\n";
    return std::move(html_);
  }

 private:
  void begin() {
    const document::conditions& c = document_.measured;
    html_ += fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>v4v-bench, {}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        escaped(c.begun), style_of(colours_));
    html_ += fmt::format(
        "<header>\n<h1>v4v beside its peers</h1>\n<p class=\"lead\">Measured by v4v-bench on {}: "
        "{}, {} "
        "processor{}, {}; {} run of {} repetition{}.</p>\n<nav>",
        escaped(c.begun), escaped(c.processor), c.processors, c.processors == 1 ? "" : "s",
        escaped(c.kernel), escaped(c.effort), c.repetitions, c.repetitions == 1 ? "" : "s");
    if (!document_.ratios.empty()) link("ratios", "ratios");
    for (std::size_t i = 0; i < suites_.size(); ++i)
      link(fmt::format("suite-{}", i), suites_[i]);
    link("conditions", "conditions");
    link("reading", "how to read this");
    html_ += "</nav>\n</header>\n<main>\n";
  }

  void link(std::string_view id, std::string_view text) {
    html_ += fmt::format("<a href=\"#{}\">{}</a>", id, escaped(text));
  }

  void heading(std::string_view id, std::string_view text) {
    html_ += fmt::format("<h2 id=\"{}\">{}</h2>\n", id, escaped(text));
  }

  void paragraph(std::string_view kind, std::string_view text) {
    if (!text.empty()) html_ += fmt::format("<p{}>{}</p>\n", kind, escaped(text));
  }

  void doubts_first() {
    const auto& all = document_.measured.warnings;
    if (all.empty()) return;
    html_ +=
        "<section class=\"doubts\" role=\"note\">\n<h2>Why not to trust these figures</h2>\n<ul>\n";
    for (const std::string& doubt : all)
      html_ += fmt::format("<li>{}</li>\n", escaped(doubt));
    html_ += "</ul>\n</section>\n";
  }

  void headlines() {
    if (document_.ratios.empty()) return;
    heading("ratios", "Ratios");
    paragraph(" class=\"reading\"",
              "What v4v is beside others, measured in turns in the same run: ratios survive a "
              "change of machine better than figures do. "
              "The median of the repetitions, with the least and the most of them; "
              "where the spread is wide, believe no more than its near end.");
    for (const drawn_plot& p : plots_)
      if (p.what.suite.empty() && p.what.figure.empty()) picture(p);
    ratios(true);
  }

  void other_ratios() {
    if (std::none_of(document_.ratios.begin(), document_.ratios.end(),
                     [](const auto& r) { return !r.headline; }))
      return;
    heading("more-ratios", "More ratios");
    ratios(false);
  }

  void ratios(bool headline) {
    std::vector<const document::ratio*> wanted;
    for (const document::ratio& r : document_.ratios)
      if (r.headline == headline) wanted.push_back(&r);
    if (!wanted.empty()) html_ += ratios_table(wanted, colours_);
  }

  void suite(const std::string& name, std::size_t index) {
    heading(fmt::format("suite-{}", index), suite_text(name));
    paragraph(" class=\"reading\"", reading_of_suite(name));
    for (const group& g : groups_)
      if (g.suite == name) one_group(g);
  }

  void one_group(const group& g) {
    html_ += fmt::format("<h3>{}</h3>\n",
                         escaped(fmt::format("{}, {}", capitalised(g.name), unit_text(g.unit))));
    paragraph(" class=\"reading\"", reading_of_figure(g.suite, g.name));
    for (const drawn_plot& p : plots_)
      if (p.what.suite == g.suite && p.what.figure == g.name && p.what.unit == g.unit) picture(p);
    html_ += figures_table(g, colours_);
    html_ += percentiles_table(g, colours_);
  }

  void picture(const drawn_plot& p) {
    // Both are in the page, and what is in one of them must not be taken for the other's.
    const auto number = pictures_++;
    html_ += fmt::format(
        "<figure>\n<div class=\"light\">{}</div>\n<div class=\"dark\">{}</div>\n</figure>\n",
        inline_svg(p.light, fmt::format("light-{}-", number), p.what.title),
        inline_svg(p.dark, fmt::format("dark-{}-", number), p.what.title));
  }

  void conditions() {
    heading("conditions", "Conditions");
    html_ += conditions_table(document_.measured);
  }

  void how_to_read() {
    heading("reading", "How to read this");
    paragraph("",
              "Each measurement is made several times, by turns with those that it is compared to, "
              "so that what "
              "disturbs the machine disturbs all of them. A figure is the median of its "
              "repetitions; least and most "
              "are of the repetitions too, and say how far to trust it.");
    paragraph("",
              "Percentiles are of single rounds, of all repetitions together: 99 % of the rounds "
              "took no longer than the "
              "figure below \"99 %\". Where latency is plotted, the steps from 90 % to 99 % and on "
              "to 99.9 % are equally "
              "far apart, since the rare slow round is what a user feels.");
    paragraph(
        "",
        "Floors are what the machine takes for the same step when there is nothing above it. "
        "memcpy goes through 64 MiB of memory, memcpy in cache from the same bytes to 256 KiB: a "
        "transport that copies once lies between the two.");
  }

  const document& document_;
  const palette& colours_;
  const std::vector<drawn_plot>& plots_;
  std::vector<group> groups_;
  std::vector<std::string> suites_;
  std::string html_;
  int pictures_ = 0;
};

}  // namespace

std::string page_of(const document& d, const palette& colours,
                    const std::vector<drawn_plot>& plots) {
  return page(d, colours, plots).made();
}

}  // namespace v4v::bench::report
