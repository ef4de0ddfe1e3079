#include <algorithm>
#include <iterator>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/axis.hpp"
#include "report/plot_kinds.hpp"
#include "report/sheet.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

axis rounds_axis(const std::vector<const document::figure*>& all,
                 const std::vector<const document::figure*>& floors) {
  std::vector<double> values;
  for (const document::figure* f : all)
    for (const document::share& s : f->distribution)
      if (s.value > 0) values.push_back(s.value);
  for (const document::figure* f : floors)
    if (f->values.median > 0) values.push_back(f->values.median);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return logarithmic_axis(*least, *most);
}

tail_axis share_axis(const std::vector<const document::figure*>& all) {
  std::vector<double> shares;
  for (const document::figure* f : all)
    for (const document::share& s : f->distribution)
      shares.push_back(s.share);
  return tail_axis(shares);
}

frame distribution_frame(const canvas& c, const group& g,
                         const std::vector<const document::figure*>& all,
                         const std::vector<const document::figure*>& floors) {
  frame f;
  f.title = title_text(g.suite, figure_text(*all.front()));
  f.subtitle =
      "Share of rounds that took no longer than this. Further left is faster; what is high up "
      "happens rarely.";
  f.caption = c.caption;
  f.x_title = unit_text(g.unit) + ", logarithmic";
  f.y_title = "share of rounds";
  f.left = 92;
  for (const document::figure* figure : all)
    f.legend.push_back(entry_for(c.colours, figure->column, figure->column));
  for (const document::figure* floor : floors) {
    const auto value = number_text(floor->values.median);
    f.legend.push_back(entry_for(c.colours, floor->name,
                                 fmt::format("{}, {} {}", floor->name, value, unit_text(g.unit))));
  }
  for (auto& e : f.legend)
    e.marker = 0;
  return f;
}

void add_floor(sheet& s, const canvas& c, const document::figure& floor) {
  if (floor.values.median <= 0) return;
  const look& l = c.colours.of(floor.name);
  s.command(
      fmt::format("set arrow from first {0:.10g}, graph 0 to first {0:.10g}, graph 1 nohead back "
                  "linecolor rgb {1} linewidth {2} dashtype {3}",
                  floor.values.median, colour_of(c.colours, floor.name), l.width, l.dashes));
}

}  // namespace

plot distribution_plot(const canvas& c, const group& g,
                       const std::vector<const document::figure*>& all) {
  const auto floors = floors_beside(c.source, g);
  const auto f = distribution_frame(c, g, all, floors);
  const auto shares = share_axis(all);
  sheet s(f);
  s.x_axis(rounds_axis(all, floors));
  s.y_axis(shares.ticks());
  for (const document::figure* floor : floors)
    add_floor(s, c, *floor);

  std::vector<std::string> drawn;
  for (std::size_t i = 0; i < all.size(); ++i) {
    s.command(fmt::format("$shares{} << end_of_shares", i));
    for (const document::share& point : all[i]->distribution)
      if (point.value > 0)
        s.command(fmt::format("{:.10g} {:.6f}", point.value, shares.position(point.share)));
    s.command("end_of_shares");
    const look& l = c.colours.of(all[i]->column);
    // Those first in the legend are drawn last, and lie over the others.
    drawn.insert(
        drawn.begin(),
        fmt::format("$shares{} using 1:2 with lines linecolor rgb {} linewidth {} dashtype {}", i,
                    colour_of(c.colours, all[i]->column), l.width, l.dashes));
  }
  s.command(fmt::format("plot {}", fmt::join(drawn, ", ")));
  return {g.suite, g.name, g.unit, f.title, f.title, s.height(), std::move(s).script()};
}

}  // namespace v4v::bench::report
