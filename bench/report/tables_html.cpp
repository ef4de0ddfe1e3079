#include "report/tables_html.hpp"

#include <optional>
#include <set>

#include <fmt/core.h>
#include <fmt/format.h>

#include "report/html.hpp"
#include "report/wording.hpp"

namespace v4v::bench::report {
namespace {

std::string table(const std::string& head, const std::string& body) {
  // A place that scrolls is reached by the keyboard too.
  return fmt::format(
      "<div class=\"scroll\" "
      "tabindex=\"0\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n",
      head, body);
}

std::string head_cell(const std::string& text, std::string_view kind = "") {
  return kind.empty() ? fmt::format("<th scope=\"col\">{}</th>", escaped(text))
                      : fmt::format("<th scope=\"col\" class=\"{}\">{}</th>", kind, escaped(text));
}

std::string column_name(const palette& colours, const std::string& column) {
  return fmt::format("<span class=\"swatch column-{}\"></span>{}", colours.index(column),
                     escaped(column));
}

std::string range_text(const document::spread& s) {
  return fmt::format("{} – {}", number_text(s.least), number_text(s.most));
}

std::string spread_cells(const document::spread& s) {
  return fmt::format("<td class=\"median\">{}</td><td>{}</td><td>{}</td>", number_text(s.median),
                     range_text(s), s.samples.size());
}

// One row for each place, one column for each who was measured.
std::string table_by_place(const group& g, const palette& colours) {
  std::string head = head_cell(axis_text(g.of));
  for (const std::string& column : g.columns)
    head += fmt::format("<th scope=\"col\">{}</th>", column_name(colours, column));
  std::vector<std::optional<double>> rows(g.places.begin(), g.places.end());
  // What holds at every place.
  for (const document::figure* f : g.figures)
    if (!f->where && (rows.empty() || rows.front())) rows.insert(rows.begin(), std::nullopt);

  std::string body;
  for (const auto& row : rows) {
    body += fmt::format("<tr><th scope=\"row\">{}</th>",
                        row ? escaped(place_text({*row, g.of})) : "any");
    for (const std::string& column : g.columns) {
      body += "<td>";
      for (const document::figure* f : g.in(column))
        if (row ? f->where && f->where->at == *row : !f->where)
          body += fmt::format("<span class=\"median\">{}</span><span class=\"spread\">{}</span>",
                              number_text(f->values.median), range_text(f->values));
      body += "</td>";
    }
    body += "</tr>\n";
  }
  return table(head, body);
}

std::string table_by_column(const group& g, const palette& colours) {
  const auto unit = unit_text(g.unit);
  std::string body;
  for (const std::string& column : g.columns)
    for (const document::figure* f : g.in(column))
      body += fmt::format("<tr><th scope=\"row\">{}{}</th>{}</tr>\n", column_name(colours, column),
                          f->where ? escaped(", " + place_text(*f->where)) : "",
                          spread_cells(f->values));
  return table(head_cell("") + head_cell("median, " + unit) + head_cell("least – most") +
                   head_cell("repetitions"),
               body);
}

}  // namespace

std::string ratios_table(const std::vector<const document::ratio*>& ratios,
                         const palette& colours) {
  std::string body;
  for (const auto& named : by_name(ratios))
    for (const document::ratio* r : named)
      body += fmt::format(
          "<tr><td class=\"name\">{}</td><td class=\"left\">{}</td>{}"
          "<td class=\"words\">{}</td></tr>\n",
          escaped(r->name), column_name(colours, r->column), spread_cells(r->values),
          escaped(r->wanted));
  return table(head_cell("ratio") + head_cell("of", "left") + head_cell("median") +
                   head_cell("least – most") + head_cell("repetitions") +
                   head_cell("wanted", "words"),
               body);
}

std::string figures_table(const group& g, const palette& colours) {
  return g.places.size() >= 2 ? table_by_place(g, colours) : table_by_column(g, colours);
}

std::string percentiles_table(const group& g, const palette& colours) {
  std::set<double> percents;
  for (const document::figure* f : g.figures)
    for (const document::percentile& p : f->percentiles)
      percents.insert(p.percent);
  if (percents.empty()) return {};

  std::string head = head_cell("percentiles, " + unit_text(g.unit));
  for (const double percent : percents)
    head += head_cell(percent_text(percent) + " %");
  std::string body;
  const auto add_row = [&](const document::figure& f) {
    body += fmt::format("<tr><th scope=\"row\">{}{}</th>", column_name(colours, f.column),
                        f.where ? escaped(", " + place_text(*f.where)) : "");
    for (const double percent : percents) {
      body += "<td>";
      for (const document::percentile& p : f.percentiles)
        if (p.percent == percent) body += number_text(p.value);
      body += "</td>";
    }
    body += "</tr>\n";
  };
  for (const std::string& column : g.columns)
    for (const document::figure* f : g.in(column))
      if (!f->percentiles.empty()) add_row(*f);
  return table(head, body);
}

std::string conditions_table(const document::conditions& c) {
  std::string body;
  const auto row = [&](std::string_view name, std::string_view is) {
    body += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td></tr>\n",
                        escaped(name), escaped(is));
  };
  const auto processors = [](double n) {
    return n < 0 ? std::string("not known") : fmt::format("{:.2f} processors", n);
  };
  row("begun", c.begun);
  row("processor", c.processor);
  row("processors", fmt::format("{}", c.processors));
  row("pinning", c.pinning);
  row("governor", c.governor);
  row("kernel", c.kernel);
  row("compiler", c.compiler);
  for (const document::version& v : c.versions)
    row(v.of, v.is);
  row("modes of v4v", fmt::format("{}", fmt::join(c.modes, ", ")));
  row("effort", fmt::format("{}: {} repetitions, each of {} ms at least", c.effort, c.repetitions,
                            tick_text(c.milliseconds)));
  row("load before", c.load < 0 ? "not known" : fmt::format("{:.2f}", c.load));
  row("used by others meanwhile", processors(c.others));
  row("taken by the host meanwhile", processors(c.stolen));
  row("complete", c.complete ? "yes" : "no, it was interrupted");
  return table(head_cell("condition") + head_cell("", "words"), body);
}

}  // namespace v4v::bench::report
