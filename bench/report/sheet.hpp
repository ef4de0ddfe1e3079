#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/axis.hpp"
#include "report/document.hpp"
#include "report/palette.hpp"

namespace v4v::bench::report {

/// A text for gnuplot, in which it looks for nothing: no command, no variable, no markup. Only
/// where it takes a label of an axis, it looks for a format.
std::string quoted(std::string_view text);

/// As long as `most` characters at most.
std::string shortened(std::string_view text, std::size_t most);

/// How wide a text is in pixels, about.
double width_of(std::string_view text, double size);

/// The conditions, for below a plot.
std::string caption_of(const document& d);

/// What stands around a plot. Lengths are in pixels.
struct frame {
  struct entry {
    std::string text;
    std::string colour;  ///< The name of a variable of the script's.
    std::string dashes;  ///< Empty: no line.
    int marker = 0;      ///< 0: none.
    double width = 1;
  };

  std::string title;
  std::string subtitle;
  std::vector<entry> legend;
  std::string caption;
  std::string x_title;
  std::string y_title;
  double left = 76;
  double right = 26;
  double area = 310;  ///< The height of what is between the axes.
};

/// The name of the variable that has the colour of a column.
std::string colour_of(const palette& colours, std::string_view column);

/// An entry of a legend for a column.
frame::entry entry_for(const palette& colours, std::string_view column, std::string text);

/// A script that is being written: pixels from the upper left corner, as far as the frame is
/// concerned, and values on the axes for what is between them.
class sheet {
 public:
  explicit sheet(const frame& f);

  void x_axis(const axis& a) { set_axis('x', a); }
  void y_axis(const axis& a) { set_axis('y', a); }
  /// Text whose middle is at that height.
  void text(double x, double y, std::string_view text, std::string_view style);
  void command(std::string_view line);

  int height() const { return height_; }
  double area_top() const { return area_top_; }
  std::string script() && { return std::move(script_); }

 private:
  void title(const frame& f);
  void legend(const std::vector<frame::entry>& entries);
  void caption(std::string_view words);
  void set_axis(char which, const axis& a);
  std::string screen(double x, double y) const;

  std::string script_;
  double area_top_ = 0;
  int height_ = 0;
};

}  // namespace v4v::bench::report
