#include "report/drawing.hpp"

#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "report/gnuplot.hpp"
#include "report/html.hpp"

namespace v4v::bench::report {
namespace {

std::string colours_of(const palette& colours, const theme& t) {
  auto script = fmt::format("paper = '{}'\nink = '{}'\nmuted = '{}'\ngrid = '{}'\n", t.paper, t.ink,
                            t.muted, t.grid);
  for (std::size_t i = 0; i < colours.all().size(); ++i) {
    const look& l = colours.all()[i];
    script += fmt::format("column{} = '{}'\n", i, t.dark ? l.dark : l.light);
  }
  return script;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Titles are what a browser shows where the mouse is: of the picture that is its name, and
// gnuplot's names of the lines in it say nothing. A bold face it takes for a family. In texts it
// writes `<` as an entity, so that none of them is taken for a title.
std::string tidied(std::string svg, const std::string& title) {
  constexpr std::string_view begin = "<title>";
  constexpr std::string_view end = "</title>";
  auto words = escaped(title);
  for (auto at = svg.find(begin); at != std::string::npos; at = svg.find(begin, at)) {
    const auto stop = svg.find(end, at);
    if (stop == std::string::npos) break;
    const auto made = words.empty() ? "" : fmt::format("{}{}{}", begin, words, end);
    svg.replace(at, stop + end.size() - at, made);
    at += made.size();
    words.clear();
  }
  replace_all(svg, "font-family=\"sans-serif:Bold\"",
              "font-family=\"sans-serif\" font-weight=\"bold\"");
  return svg;
}

}  // namespace

std::string draw_png(const plot& p, const palette& colours) {
  constexpr int scale = 2;
  // A point is more than a pixel there: the sizes of texts are meant as pixels.
  constexpr double points = 0.75;
  const auto terminal = fmt::format(
      "set terminal pngcairo noenhanced size {},{} font 'sans-serif,12' fontscale {} linewidth {} "
      "pointscale {} background '{}'\n",
      plot_width * scale, p.height * scale, points * scale, scale, scale, light_theme.paper);
  return run_gnuplot(p.title, terminal + colours_of(colours, light_theme) + p.script);
}

std::string draw_svg(const plot& p, const palette& colours, const theme& t) {
  const auto terminal = fmt::format(
      "set terminal svg noenhanced size {},{} font 'sans-serif,12' dashlength 0.6 background "
      "'{}'\n",
      plot_width, p.height, t.paper);
  return tidied(run_gnuplot(p.title, terminal + colours_of(colours, t) + p.script), p.title);
}

}  // namespace v4v::bench::report
