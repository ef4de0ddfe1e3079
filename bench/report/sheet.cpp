#include "report/sheet.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/plot.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

constexpr double side = 16;
constexpr double title_at = 24;
constexpr double subtitle_at = 46;
constexpr double legend_at = 70;
constexpr double legend_line = 19;
constexpr double legend_size = 12;
constexpr double sample = 30;  // of a line, in the legend
constexpr double caption_size = 10;
constexpr double caption_line = 14;
constexpr std::size_t most_caption_lines = 6;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Lines of words; a word that is longer than a line is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t line) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string word = shortened(text.substr(0, end), line);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.back().empty() && characters(lines.back()) + 1 + characters(word) > line)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::vector<std::string> caption_lines(std::string_view words) {
  auto lines = wrapped(
      words, static_cast<std::size_t>((plot_width - 2 * side) / width_of("x", caption_size)));
  if (lines.size() > most_caption_lines) {
    lines.resize(most_caption_lines);
    lines.back() += " …";
  }
  return lines;
}

double width_in_legend(const frame::entry& e) {
  return sample + 7 + width_of(e.text, legend_size) + 18;
}

// In how many lines, and from where on each entry stands.
std::vector<std::pair<double, double>> legend_places(const std::vector<frame::entry>& entries) {
  std::vector<std::pair<double, double>> places;
  double x = side;
  double y = legend_at;
  for (const frame::entry& e : entries) {
    const double width = width_in_legend(e);
    if (x > side && x + width > plot_width) {
      x = side;
      y += legend_line;
    }
    places.emplace_back(x, y);
    x += width;
  }
  return places;
}

}  // namespace

std::string quoted(std::string_view text) {
  // Between single quotes gnuplot takes everything as it is, but for the quote, which is doubled.
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'') made += '\'';
    made += c;
  }
  return made + '\'';
}

std::string shortened(std::string_view text, std::size_t most) {
  if (characters(text) <= most) return std::string(text);
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 && seen++ == most - 1) break;
  return std::string(text.substr(0, end)) + "…";
}

double width_of(std::string_view text, double size) {
  return static_cast<double>(characters(text)) * size * 0.58;
}

std::string caption_of(const document& d) {
  const document::conditions& c = d.measured;
  auto words = fmt::format(
      "{}, {} processor{}, pinned: {}. {}, governor: {}. v4v by {}. {} run of {} repetition{}, "
      "each measurement {} ms at least. {}.",
      c.processor, c.processors, c.processors == 1 ? "" : "s", c.pinning, c.kernel, c.governor,
      fmt::join(c.modes, " and "), capitalised(c.effort), c.repetitions,
      c.repetitions == 1 ? "" : "s", tick_text(c.milliseconds), c.begun);
  for (const std::string& doubt : d.measured.warnings)
    words += " Warning: " + doubt;
  return words;
}

std::string colour_of(const palette& colours, std::string_view column) {
  return fmt::format("column{}", colours.index(column));
}

frame::entry entry_for(const palette& colours, std::string_view column, std::string text) {
  const look& l = colours.of(column);
  return {std::move(text), colour_of(colours, column), l.dashes, l.marker, l.width};
}

sheet::sheet(const frame& f) {
  const auto places = legend_places(f.legend);
  area_top_ = places.empty() ? legend_at : places.back().second + legend_line + 4;
  const double below = f.x_title.empty() ? 34 : 58;
  const auto words = caption_lines(f.caption);
  height_ = static_cast<int>(area_top_ + f.area + below +
                             caption_line * static_cast<double>(words.size()) + 6);

  command("set encoding utf8");
  command("unset key");
  command("set border 3 linecolor rgb muted linewidth 0.8");
  command("set tics nomirror out scale 0.5 textcolor rgb muted font ',11'");
  command("set grid xtics ytics linetype 1 linecolor rgb grid linewidth 0.8");
  command("set bars 0.6");
  command(fmt::format("set lmargin at screen {:.5f}", f.left / plot_width));
  command(fmt::format("set rmargin at screen {:.5f}", 1 - f.right / plot_width));
  command(fmt::format("set tmargin at screen {:.5f}", 1 - area_top_ / height_));
  command(fmt::format("set bmargin at screen {:.5f}", 1 - (area_top_ + f.area) / height_));
  title(f);
  legend(f.legend);
  const double middle = (f.left + plot_width - f.right) / 2;
  if (!f.x_title.empty())
    text(middle, area_top_ + f.area + 40, shortened(f.x_title, 90),
         "center font ',12' textcolor rgb ink");
  if (!f.y_title.empty())
    text(17, area_top_ + f.area / 2, shortened(f.y_title, 40),
         "center rotate by 90 font ',12' textcolor rgb ink");
  caption(f.caption);
}

void sheet::title(const frame& f) {
  text(side, title_at, shortened(f.title, 76), "left font 'sans-serif:Bold,15' textcolor rgb ink");
  text(side, subtitle_at, shortened(f.subtitle, 112), "left font ',12' textcolor rgb muted");
}

void sheet::legend(const std::vector<frame::entry>& entries) {
  const auto places = legend_places(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const frame::entry& e = entries[i];
    const auto [x, y] = places[i];
    if (!e.dashes.empty())
      command(
          fmt::format("set arrow from {} to {} nohead linecolor rgb {} linewidth {} dashtype {}",
                      screen(x, y), screen(x + sample, y), e.colour, e.width, e.dashes));
    if (e.marker != 0)
      command(fmt::format("set label '' at {} point pointtype {} pointsize 0.8 linecolor rgb {}",
                          screen(x + sample / 2, y), e.marker, e.colour));
    text(x + sample + 7, y, shortened(e.text, 90), "left font ',12' textcolor rgb ink");
  }
}

void sheet::caption(std::string_view words) {
  const auto lines = caption_lines(words);
  double y = height_ - caption_line * static_cast<double>(lines.size()) + 3;
  for (const std::string& line : lines) {
    text(side, y, line, "left font ',10' textcolor rgb muted");
    y += caption_line;
  }
}

void sheet::set_axis(char which, const axis& a) {
  command(fmt::format("set {}range [{:.10g}:{:.10g}]", which, a.low, a.high));
  if (a.logarithmic) command(fmt::format("set logscale {}", which));
  std::string ticks;
  for (const tick& t : a.ticks) {
    // A label of an axis is a format for its number.
    std::string label;
    for (const char c : t.label)
      label += c == '%' ? std::string("%%") : std::string(1, c);
    ticks += fmt::format("{}{} {:.10g}", ticks.empty() ? "" : ", ", quoted(label), t.at);
  }
  command(fmt::format("set {}tics ({})", which, ticks));
}

void sheet::text(double x, double y, std::string_view text, std::string_view style) {
  command(fmt::format("set label {} at {} {}", quoted(text), screen(x, y), style));
}

void sheet::command(std::string_view line) {
  script_ += line;
  script_ += '\n';
}

std::string sheet::screen(double x, double y) const {
  return fmt::format("screen {:.5f}, screen {:.5f}", x / plot_width, 1 - y / height_);
}

}  // namespace v4v::bench::report
