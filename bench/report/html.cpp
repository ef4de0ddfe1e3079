#include "report/html.hpp"

#include <array>
#include <stdexcept>

#include <fmt/core.h>

namespace v4v::bench::report {
namespace {

// The tags of an SVG; gnuplot writes `<` in texts as an entity, and so a text is never taken for
// one.
std::string with_prefixed_ids(std::string_view tag, std::string_view prefix) {
  constexpr std::array<std::string_view, 5> before_name{" id='", " id=\"", "href='#", "href=\"#",
                                                        "url(#"};
  std::string made(tag);
  for (const std::string_view before : before_name)
    for (auto at = made.find(before); at != std::string::npos;
         at = made.find(before, at + before.size()))
      made.insert(at + before.size(), prefix);
  return made;
}

std::string attribute(std::string_view tag, std::string_view name) {
  const auto before = fmt::format("{}=\"", name);
  const auto begin = tag.find(before);
  if (begin == std::string_view::npos) return {};
  const auto value = tag.substr(begin + before.size());
  return std::string(value.substr(0, value.find('"')));
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) {
    switch (c) {
      case '&':
        made += "&amp;";
        break;
      case '<':
        made += "&lt;";
        break;
      case '>':
        made += "&gt;";
        break;
      case '"':
        made += "&quot;";
        break;
      case '\'':
        made += "&#39;";
        break;
      default:
        made += c;
    }
  }
  return made;
}

std::string inline_svg(std::string_view svg, std::string_view prefix, std::string_view label) {
  const auto root = svg.find("<svg");
  const auto root_end = svg.find('>', root);
  const auto body = svg.find("<g id=", root_end);
  const auto end = svg.rfind("</svg>");
  if (root == std::string_view::npos || body == std::string_view::npos || end < body ||
      end == std::string_view::npos)
    throw std::runtime_error(fmt::format("what gnuplot drew of \"{}\" is no SVG", label));
  auto made =
      fmt::format("<svg viewBox=\"{}\" role=\"img\" aria-label=\"{}\">\n",
                  escaped(attribute(svg.substr(root, root_end - root), "viewBox")), escaped(label));
  for (auto rest = svg.substr(body, end - body); !rest.empty();) {
    const auto tag = rest.find('<');
    made += rest.substr(0, tag);
    if (tag == std::string_view::npos) break;
    const auto tag_end = rest.find('>', tag);
    const auto length = tag_end == std::string_view::npos ? tag_end : tag_end + 1 - tag;
    made += with_prefixed_ids(rest.substr(tag, length), prefix);
    rest.remove_prefix(tag_end == std::string_view::npos ? rest.size() : tag_end + 1);
  }
  return made + "</svg>\n";
}

}  // namespace v4v::bench::report
