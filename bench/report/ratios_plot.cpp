#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/axis.hpp"
#include "report/plot_kinds.hpp"
#include "report/sheet.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

constexpr double bar_height = 20;
constexpr double name_gap = 20;  // between two names
constexpr std::size_t name_length = 41;

std::optional<double> number_of(std::string_view words) {
  for (const std::string_view bound : {"at most ", "at least "}) {
    if (words.starts_with(bound)) words.remove_prefix(bound.size());
  }
  double value = 0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), value);
  if (error != std::errc{} || !(value > 1e-6 && value < 1e6)) return std::nullopt;
  return value;
}

// "25", or "poll 7, sleep 1" for a column that has that mode, each perhaps "at most" or "at least"
// that. Words that say something else give no mark, and stand in the table.
std::optional<double> wanted_of(const document::ratio& r) {
  if (const auto number = number_of(r.wanted)) return number;
  for (const auto& [word, mode] :
       {std::pair<std::string_view, std::string_view>{"poll ", "poll"}, {"sleep ", "sleep"}}) {
    const auto found = r.wanted.find(word);
    if (found == std::string::npos || !r.column.ends_with(mode)) continue;
    return number_of(std::string_view(r.wanted).substr(found + word.size()));
  }
  return std::nullopt;
}

struct label {
  std::string above;  // What was measured
  std::string below;  // and beside what, if the name says so.
};

label label_of(const document::ratio& r) {
  const auto colon = r.name.find(": ");
  if (colon == std::string::npos) return {shortened(r.name, name_length), {}};
  return {shortened(r.name.substr(0, colon), name_length),
          shortened(r.name.substr(colon + 2), name_length + 4)};
}

double room_for_labels(const std::vector<const document::ratio*>& all) {
  double most = 0;
  for (const document::ratio* r : all) {
    const auto [above, below] = label_of(*r);
    most = std::max({most, width_of(above, 12), width_of(below, 11)});
  }
  return most;
}

axis ratio_axis(const std::vector<const document::ratio*>& all) {
  // 1 is always there: as fast as the other.
  double least = 1;
  double most = 2;
  for (const document::ratio* r : all) {
    const double wanted = wanted_of(*r).value_or(1);
    if (r->values.least > 0) least = std::min({least, r->values.least, wanted});
    most = std::max({most, r->values.most, wanted});
  }
  return logarithmic_axis(least, most);
}

std::vector<frame::entry> legend_of(const canvas& c,
                                    const std::vector<const document::ratio*>& all) {
  std::set<std::size_t> columns;
  bool any_wanted = false;
  for (const document::ratio* r : all) {
    columns.insert(c.colours.index(r->column));
    any_wanted = any_wanted || wanted_of(*r);
  }
  std::vector<frame::entry> legend;
  for (const std::size_t column : columns) {
    const auto& name = c.colours.all()[column].column;
    legend.push_back({name, colour_of(c.colours, name), "1", 0, 11});
  }
  if (any_wanted) legend.push_back({"wanted", "ink", "", 12, 1});
  return legend;
}

// The bars of a sheet, from above; what lies over them is drawn at the end.
class ratio_bars {
 public:
  ratio_bars(sheet& s, const canvas& c, const frame& f)
      : sheet_(s), canvas_(c), names_end_(f.left - 12), values_begin_(plot_width - f.right + 8) {}

  void add(const std::vector<const document::ratio*>& named) {
    const double height = bar_height * static_cast<double>(named.size()) + name_gap;
    add_label(label_of(*named.front()), y_ + height / 2);
    for (std::size_t i = 0; i < named.size(); ++i)
      add_bar(*named[i], y_ + name_gap / 2 + bar_height * (static_cast<double>(i) + 0.5));
    y_ += height;
  }

  void draw() && {
    // A plot of nothing is an error: a point outside is not seen.
    sheet_.command(
        fmt::format("$whiskers << end_of_whiskers\n{}1 -1 1 1\nend_of_whiskers", whiskers_));
    sheet_.command(fmt::format("$marks << end_of_marks\n{}1 -1\nend_of_marks", marks_));
    // Each twice, with a rim of the ground's colour: they lie on bars and beside them.
    sheet_.command(
        "plot $marks using 1:2 with points pointtype 13 pointsize 1.3 linecolor rgb paper, "
        "$marks using 1:2 with points pointtype 12 pointsize 1.1 linewidth 1.5 linecolor rgb ink, "
        "$whiskers using 1:2:3:4 with xerrorbars linecolor rgb paper linewidth 3 pointtype 7 "
        "pointsize 0, "
        "$whiskers using 1:2:3:4 with xerrorbars linecolor rgb ink linewidth 1.2 pointtype 7 "
        "pointsize 0");
  }

 private:
  void add_label(const label& l, double y) {
    const double middle = sheet_.area_top() + y;
    sheet_.text(names_end_, l.below.empty() ? middle : middle - 8, l.above,
                "right font ',12' textcolor rgb ink");
    if (!l.below.empty())
      sheet_.text(names_end_, middle + 8, l.below, "right font ',11' textcolor rgb muted");
  }

  void add_bar(const document::ratio& r, double y) {
    const document::spread& v = r.values;
    if (v.median > 0)
      sheet_.command(
          fmt::format("set object rectangle from first 1, first {:.1f} to first {:.10g}, first "
                      "{:.1f} back fillcolor rgb {} fillstyle solid 1 noborder",
                      y - bar_height * 0.38, v.median, y + bar_height * 0.38,
                      colour_of(canvas_.colours, r.column)));
    if (v.least > 0)
      whiskers_ += fmt::format("{:.10g} {:.1f} {:.10g} {:.10g}\n", v.median, y, v.least, v.most);
    if (const auto wanted = wanted_of(r)) marks_ += fmt::format("{:.10g} {:.1f}\n", *wanted, y);
    sheet_.text(values_begin_, sheet_.area_top() + y, number_text(v.median) + " ×",
                "left font ',12' textcolor rgb ink");
  }

  sheet& sheet_;
  const canvas& canvas_;
  double names_end_;
  double values_begin_;
  double y_ = 0;
  std::string whiskers_;
  std::string marks_;
};

}  // namespace

plot ratios_plot(const canvas& c, const std::vector<const document::ratio*>& all) {
  const auto names = by_name(all);
  frame f;
  f.title = "v4v beside its peers";
  f.subtitle =
      "Ratios of figures of the same run. Bars are medians, whiskers go from the least to the "
      "most.";
  f.caption = c.caption;
  f.legend = legend_of(c, all);
  f.x_title = "ratio, logarithmic: at 1 both are equal";
  f.left = room_for_labels(all) + 34;
  f.right = 66;
  f.area =
      bar_height * static_cast<double>(all.size()) + name_gap * static_cast<double>(names.size());

  sheet s(f);
  s.x_axis(ratio_axis(all));
  // Pixels from the top.
  s.y_axis({f.area, 0, false, {}});
  s.command("unset ytics");
  s.command("set border 1");
  s.command("set grid noytics");
  s.command(
      "set arrow from first 1, graph 0 to first 1, graph 1 nohead front linecolor rgb muted "
      "linewidth 1.2");
  ratio_bars drawn(s, c, f);
  for (const auto& named : names)
    drawn.add(named);
  std::move(drawn).draw();
  return {"", "", "", "ratios", f.title, s.height(), std::move(s).script()};
}

}  // namespace v4v::bench::report
