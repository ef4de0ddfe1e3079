#include "report/style.hpp"

#include <fmt/core.h>

#include "report/drawing.hpp"

namespace v4v::bench::report {
namespace {

constexpr const char* rules = R"css(
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 1000px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 48px; }
footer { padding-top: 8px; padding-bottom: 56px; color: var(--muted); font-size: 14px; }
h1 { margin: 0 0 8px; font-size: 32px; line-height: 1.2; letter-spacing: -0.02em; }
h2 { margin: 56px 0 8px; font-size: 24px; line-height: 1.25; letter-spacing: -0.01em; }
h3 { margin: 36px 0 4px; font-size: 18px; line-height: 1.3; }
p { margin: 0 0 12px; max-width: 44em; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.lead, .reading { color: var(--muted); }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 20px; padding: 10px 0;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.doubts { margin-top: 28px; padding: 14px 20px; border: 1px solid var(--alarm); border-left-width: 6px;
  border-radius: 8px; background: var(--alarm-ground); }
.doubts h2 { margin: 0 0 6px; font-size: 18px; }
.doubts ul { margin: 0; padding-left: 20px; }
figure { margin: 16px 0; padding: 8px; overflow-x: auto; background: var(--paper);
  border: 1px solid var(--line); border-radius: 10px; }
figure svg { display: block; width: 100%; min-width: 620px; max-width: 900px; height: auto; margin: 0 auto; }
figure .dark { display: none; }
.scroll { overflow-x: auto; margin: 16px 0; border: 1px solid var(--line); border-radius: 10px;
  background: var(--paper); }
table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4;
  font-variant-numeric: tabular-nums; }
th, td { padding: 7px 14px; text-align: right; white-space: nowrap; vertical-align: baseline; }
th { font-weight: 600; }
thead th { color: var(--muted); border-bottom: 1px solid var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--faint); }
th:first-child, td:first-child, .left, .words { text-align: left; }
td.words { white-space: normal; }
.name { white-space: normal; min-width: 14em; }
.median { font-weight: 600; }
.spread { display: block; color: var(--muted); font-size: 12px; }
.swatch { display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 3px;
  background: var(--column); }
@media (max-width: 600px) {
  h1 { font-size: 26px; }
  header { padding-top: 28px; }
  th, td { padding: 6px 10px; }
}
)css";

std::string variables(const palette& colours, const theme& t) {
  const auto common = fmt::format(
      "--paper: {}; --ink: {}; --muted: {}; --line: {}; --faint: {}; --ground: {}; --link: {}; "
      "--alarm: {}; --alarm-ground: {};",
      t.paper, t.ink, t.muted, t.dark ? "#343c47" : "#d5dae0", t.grid,
      t.dark ? "#0e1116" : "#f6f7f9", t.dark ? "#6cb6ff" : "#0a58b5",
      t.dark ? "#e3a008" : "#b45309", t.dark ? "#2a2010" : "#fff7e6");
  auto css = fmt::format(":root {{ {} }}\n", common);
  for (std::size_t i = 0; i < colours.all().size(); ++i) {
    const look& l = colours.all()[i];
    css += fmt::format(".column-{} {{ --column: {}; }}\n", i, t.dark ? l.dark : l.light);
  }
  return css;
}

}  // namespace

std::string style_of(const palette& colours) {
  return variables(colours, light_theme) + rules +
         "@media screen and (prefers-color-scheme: dark) {\n" + variables(colours, dark_theme) +
         "figure .light { display: none; }\nfigure .dark { display: block; }\n}\n";
}

}  // namespace v4v::bench::report
