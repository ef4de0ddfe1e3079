#include <algorithm>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/axis.hpp"
#include "report/plot_kinds.hpp"
#include "report/sheet.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {

plot bars_plot(const canvas& c, const group& g) {
  constexpr double bar = 26;
  std::vector<const document::figure*> bars;
  for (const std::string& column : g.columns)
    for (const document::figure* figure : g.in(column))
      bars.push_back(figure);
  double most = 0;
  for (const document::figure* figure : bars)
    most = std::max(most, figure->values.most);

  frame f;
  f.title = title_text(g.suite, figure_text(*bars.front()));
  const auto which = capitalised(std::string(better(g.unit)));
  f.subtitle = fmt::format("{}{}Bars are medians, whiskers go from the least to the most.", which,
                           which.empty() ? "" : ". ");
  f.caption = c.caption;
  f.x_title = unit_text(g.unit);
  f.left = 150;
  f.right = 74;
  f.area = bar * static_cast<double>(bars.size()) + 8;

  sheet s(f);
  s.x_axis(linear_axis(most));
  axis names{-0.6, static_cast<double>(bars.size()) - 0.4, false, {}};
  std::vector<std::string> drawn;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const document::figure& figure = *bars[i];
    const auto y = static_cast<double>(bars.size() - 1 - i);
    const auto colour = colour_of(c.colours, figure.column);
    names.ticks.push_back({y, shortened(figure.column, 20)});
    s.command(
        fmt::format("set object rectangle from first 0, first {:.2f} to first {:.10g}, first "
                    "{:.2f} back fillcolor rgb {} fillstyle solid 1 noborder",
                    y - 0.32, figure.values.median, y + 0.32, colour));
    s.command(fmt::format(
        "set label {} at graph 1, first {:.2f} offset 1, 0 left font ',11' textcolor rgb ink",
        quoted(number_text(figure.values.median)), y));
    s.command(fmt::format("$bar{} << end_of_bar\n{:.10g} {:.2f} {:.10g} {:.10g}\nend_of_bar", i,
                          figure.values.median, y, figure.values.least, figure.values.most));
    // On their bar and beside it: a rim of the ground's colour parts them from both.
    for (const auto* how : {"paper linewidth 3", "ink linewidth 1.2"})
      drawn.push_back(fmt::format(
          "$bar{} using 1:2:3:4 with xerrorbars linecolor rgb {} pointtype 7 pointsize 0", i, how));
  }
  s.y_axis(names);
  s.command("set ytics scale 0 textcolor rgb ink font ',12'");
  s.command("set grid noytics");
  s.command(fmt::format("plot {}", fmt::join(drawn, ", ")));
  return {g.suite, g.name, g.unit, f.title, f.title, s.height(), std::move(s).script()};
}

}  // namespace v4v::bench::report
