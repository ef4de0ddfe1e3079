#include "report/plot.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "report/groups.hpp"
#include "report/plot_kinds.hpp"
#include "report/sheet.hpp"

namespace v4v::bench::report {
namespace {

// What was measured, as a file's name: never a path, whatever the document says.
std::string file_name(std::string_view title) {
  constexpr std::size_t most = 80;
  std::string name;
  for (const char c : title) {
    const bool is_letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_letter)
      name += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  name = name.substr(0, most);
  while (name.ends_with('-'))
    name.pop_back();
  return name.empty() ? "plot" : name;
}

void name_files(std::vector<plot>& plots) {
  std::set<std::string> taken;
  for (plot& p : plots) {
    const auto name = file_name(p.file);
    p.file = name;
    for (int i = 2; !taken.insert(p.file).second; ++i)
      p.file = fmt::format("{}-{}", name, i);
  }
}

std::vector<const document::figure*> with_distribution(
    const group& g, const std::vector<const document::figure*>& all) {
  std::vector<const document::figure*> found;
  for (const std::string& column : g.columns)
    for (const document::figure* f : all)
      // The axis is logarithmic: what took no time at all has no place on it.
      if (f->column == column && !f->distribution.empty() && f->distribution.back().value > 0)
        found.push_back(f);
  return found;
}

void add_distributions(const canvas& c, const group& g, std::vector<plot>& plots) {
  std::vector<std::vector<const document::figure*>> candidates;
  for (const double place : g.places)
    candidates.push_back(g.at(place));
  std::vector<const document::figure*> nowhere;
  for (const document::figure* f : g.figures)
    if (!f->where) nowhere.push_back(f);
  candidates.push_back(nowhere);
  for (const auto& all : candidates)
    if (const auto found = with_distribution(g, all); !found.empty())
      plots.push_back(distribution_plot(c, g, found));
}

}  // namespace

std::vector<plot> plots_of(const document& d, const palette& colours) {
  const canvas c{d, colours, caption_of(d)};
  std::vector<plot> plots;
  std::vector<const document::ratio*> headlines;
  for (const document::ratio& r : d.ratios)
    if (r.headline) headlines.push_back(&r);
  if (!headlines.empty()) plots.push_back(ratios_plot(c, headlines));
  for (const group& g : groups_of(d, colours)) {
    const auto before = plots.size();
    add_distributions(c, g, plots);
    const bool has_distributions = plots.size() > before;
    if (g.places.size() >= 2)
      plots.push_back(lines_plot(c, g));
    else if (!has_distributions && g.columns.size() >= 2)
      plots.push_back(bars_plot(c, g));
  }
  name_files(plots);
  return plots;
}

}  // namespace v4v::bench::report
