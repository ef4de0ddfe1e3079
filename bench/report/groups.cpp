#include "report/groups.hpp"

#include <algorithm>

namespace v4v::bench::report {
namespace {

bool belongs(const group& g, const document::figure& f) {
  if (g.suite != f.suite || g.name != f.name || g.unit != f.unit) return false;
  return !f.where || g.of.empty() || g.of == f.where->of;
}

void sort_out(group& g, const palette& colours) {
  for (const document::figure* f : g.figures) {
    if (f->where) g.places.push_back(f->where->at);
    g.columns.push_back(f->column);
  }
  std::sort(g.places.begin(), g.places.end());
  g.places.erase(std::unique(g.places.begin(), g.places.end()), g.places.end());
  std::sort(g.columns.begin(), g.columns.end(),
            [&](const auto& a, const auto& b) { return colours.index(a) < colours.index(b); });
  g.columns.erase(std::unique(g.columns.begin(), g.columns.end()), g.columns.end());
}

}  // namespace

std::vector<const document::figure*> group::in(const std::string& column) const {
  std::vector<const document::figure*> all;
  for (const document::figure* f : figures)
    if (f->column == column) all.push_back(f);
  std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
    return a->where && b->where && a->where->at < b->where->at;
  });
  return all;
}

std::vector<const document::figure*> group::at(double place) const {
  std::vector<const document::figure*> all;
  for (const document::figure* f : figures)
    if (f->where && f->where->at == place) all.push_back(f);
  return all;
}

std::vector<group> groups_of(const document& d, const palette& colours) {
  std::vector<group> all;
  for (const document::figure& f : d.figures) {
    auto found =
        std::find_if(all.begin(), all.end(), [&](const group& g) { return belongs(g, f); });
    if (found == all.end()) {
      all.push_back({f.suite, f.name, f.unit, {}, {}, {}, {}});
      found = all.end() - 1;
    }
    if (f.where) found->of = f.where->of;
    found->figures.push_back(&f);
  }
  for (group& g : all)
    sort_out(g, colours);
  return all;
}

std::vector<std::vector<const document::ratio*>> by_name(
    const std::vector<const document::ratio*>& all) {
  std::vector<std::vector<const document::ratio*>> named;
  for (const document::ratio* r : all) {
    const auto found = std::find_if(named.begin(), named.end(), [&](const auto& list) {
      return list.front()->name == r->name && list.front()->suite == r->suite;
    });
    if (found == named.end())
      named.push_back({r});
    else
      found->push_back(r);
  }
  return named;
}

std::vector<const document::figure*> floors_beside(const document& d, const group& g) {
  std::vector<const document::figure*> all;
  for (const document::figure& f : d.figures)
    if (is_floor(f) && f.suite == g.suite && f.unit == g.unit && f.name != g.name)
      all.push_back(&f);
  return all;
}

}  // namespace v4v::bench::report
