#include <algorithm>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/axis.hpp"
#include "report/plot_kinds.hpp"
#include "report/sheet.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

axis figures_axis(const group& g, const std::vector<const document::figure*>& floors) {
  std::vector<double> values;
  for (const auto* list : {&g.figures, &floors})
    for (const document::figure* f : *list) {
      values.push_back(f->values.least);
      values.push_back(f->values.most);
    }
  return fitting_axis(values);
}

std::vector<std::string> place_labels(const group& g) {
  std::vector<std::string> labels;
  for (const double at : g.places)
    labels.push_back(place_text({at, g.of}));
  return labels;
}

frame lines_frame(const canvas& c, const group& g,
                  const std::vector<const document::figure*>& floors, bool logarithmic) {
  frame f;
  f.title = title_text(g.suite, g.name);
  const auto which = capitalised(std::string(better(g.unit)));
  f.subtitle = fmt::format("{}{}Points are medians, whiskers go from the least to the most.", which,
                           which.empty() ? "" : ". ");
  f.caption = c.caption;
  f.x_title = axis_text(g.of) + ", logarithmic";
  f.y_title = unit_text(g.unit) + (logarithmic ? ", logarithmic" : "");
  for (const std::string& column : g.columns)
    f.legend.push_back(entry_for(c.colours, column, column));
  for (const document::figure* floor : floors) {
    f.legend.push_back(entry_for(c.colours, floor->name, floor->name));
    f.legend.back().marker = 0;
  }
  return f;
}

// What holds at every place.
void add_level(sheet& s, const canvas& c, const document::figure& f, const std::string& column) {
  const look& l = c.colours.of(column);
  s.command(
      fmt::format("set arrow from graph 0, first {0:.10g} to graph 1, first {0:.10g} nohead back "
                  "linecolor rgb {1} linewidth {2} dashtype {3}",
                  f.values.median, colour_of(c.colours, column), l.width, l.dashes));
}

std::string points_of(const std::vector<const document::figure*>& figures,
                      const doubling_axis& places) {
  std::string points;
  for (const document::figure* f : figures)
    if (f->where)
      points += fmt::format("{:.10g} {:.10g} {:.10g} {:.10g}\n", places.position(f->where->at),
                            f->values.median, f->values.least, f->values.most);
  return points;
}

// How the points of a column are drawn, as a part of a `plot`.
std::string line_and_whiskers(const canvas& c, const std::string& points,
                              const std::string& column) {
  const look& l = c.colours.of(column);
  const auto colour = colour_of(c.colours, column);
  return fmt::format(
      "{0} using 1:2:3:4 with yerrorbars linecolor rgb {1} linewidth 1 pointtype 7 pointsize 0, "
      "{0} using 1:2 with linespoints linecolor rgb {1} linewidth {2} dashtype {3} pointtype {4} "
      "pointsize 0.8",
      points, colour, l.width, l.dashes, l.marker);
}

}  // namespace

plot lines_plot(const canvas& c, const group& g) {
  const auto floors = floors_beside(c.source, g);
  const auto values = figures_axis(g, floors);
  const auto f = lines_frame(c, g, floors, values.logarithmic);
  const doubling_axis places(g.places);
  sheet s(f);
  s.x_axis(places.with_labels(place_labels(g), 0.085));
  s.y_axis(values);
  for (const document::figure* floor : floors)
    add_level(s, c, *floor, floor->name);

  std::vector<std::string> drawn;
  for (std::size_t i = 0; i < g.columns.size(); ++i) {
    const std::string& column = g.columns[i];
    for (const document::figure* figure : g.in(column))
      if (!figure->where) add_level(s, c, *figure, column);
    const auto points = points_of(g.in(column), places);
    if (points.empty()) continue;
    s.command(fmt::format("$points{} << end_of_points\n{}end_of_points", i, points));
    // Those first in the legend are drawn last, and lie over the others.
    drawn.insert(drawn.begin(), line_and_whiskers(c, fmt::format("$points{}", i), column));
  }
  s.command(fmt::format("plot {}", fmt::join(drawn, ", ")));
  return {g.suite, g.name, g.unit, f.title, f.title, s.height(), std::move(s).script()};
}

}  // namespace v4v::bench::report
