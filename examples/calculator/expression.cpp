#include "expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

namespace calculator {
namespace {

// How many parentheses may be open: each costs some frames of the stack.
constexpr std::size_t max_open = 500;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Recursive descent: a sum is of products, a product of factors, and a factor may be a sum in
// parentheses. Chains of operators are loops.
class parser {
 public:
  explicit parser(std::string_view text) : text_(text) { skip_spaces(); }

  expression parse() {
    sum();
    if (at_ != text_.size()) fail_expecting("an operator or the end");
    return std::move(parts_);
  }

 private:
  std::size_t sum() {
    auto left = product();
    for (;;) {
      if (take('+'))
        left = join(part::kind::add, left, product());
      else if (take('-'))
        left = join(part::kind::subtract, left, product());
      else
        return left;
    }
  }

  std::size_t product() {
    auto left = factor();
    for (;;) {
      if (take('*'))
        left = join(part::kind::multiply, left, factor());
      else if (take('/'))
        left = join(part::kind::divide, left, factor());
      else
        return left;
    }
  }

  std::size_t factor() {
    bool negative = false;
    while (take('-'))
      negative = !negative;
    const auto positive = primary();
    if (!negative) return positive;
    if (parts_[positive].is != part::kind::number)
      return join(part::kind::multiply, positive, add_number(-1));
    parts_[positive].number *= -1;
    return positive;
  }

  std::size_t primary() {
    if (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) return number();
    if (at_ < text_.size() && is_letter(text_[at_])) return function();
    const auto begin = at_;
    if (!take('(')) fail_expecting("a number, a function or \"(\"");
    open(begin);
    const auto inner = sum();
    close();
    return inner;
  }

  std::size_t number() {
    double value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) fail("the number is out of the range of a double");
    if (error != std::errc()) fail_expecting("a number");
    at_ += static_cast<std::size_t>(end - begin);
    skip_spaces();
    return add_number(value);
  }

  std::size_t function() {
    const auto begin = at_;
    const auto end = std::find_if_not(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.end(),
                                      [](char c) { return is_letter(c) || is_digit(c); });
    const auto name = text_.substr(begin, static_cast<std::size_t>(end - text_.begin()) - begin);
    if (name != "pow") fail(fmt::format("there is no function \"{}\"; there is pow(x, y)", name));
    at_ += name.size();
    skip_spaces();
    expect('(', "\"(\" after the function's name, as in pow(2, 10)");
    open(begin);
    const auto base = sum();
    expect(',', "an operator or \",\": pow has two parameters");
    const auto exponent = sum();
    close();
    return join(part::kind::pow, base, exponent);
  }

  void open(std::size_t where) {
    if (++open_ <= max_open) return;
    at_ = where;
    fail(fmt::format("more than {} parentheses are open", max_open));
  }

  void close() {
    expect(')', "an operator or \")\"");
    --open_;
  }

  std::size_t add_number(double value) {
    parts_.push_back({part::kind::number, value});
    return parts_.size() - 1;
  }

  std::size_t join(part::kind is, std::size_t left, std::size_t right) {
    const auto height = 1 + std::max(parts_[left].height, parts_[right].height);
    parts_.push_back({is, 0, left, right, height});
    return parts_.size() - 1;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    skip_spaces();
    return true;
  }

  void expect(char c, std::string_view what) {
    if (!take(c)) fail_expecting(what);
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(" \t\n", at_), text_.size()); }

  // A character of UTF-8 has one byte that does not continue another.
  static bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

  [[noreturn]] void fail_expecting(std::string_view what) const {
    if (at_ == text_.size()) fail(fmt::format("expected {}, but this is the end", what));
    auto end = at_ + 1;
    while (end < text_.size() && !begins_character(text_[end]))
      ++end;
    fail(fmt::format("expected {}, not \"{}\"", what, text_.substr(at_, end - at_)));
  }

  [[noreturn]] void fail(std::string_view why) const {
    const auto column = std::count_if(
        text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), begins_character);
    throw syntax_error(fmt::format("column {}: {}{}", column + 1, why, marked(column)));
  }

  // Whoever sees a column in a text that does not fit on a line would have to count.
  [[nodiscard]] std::string marked(std::ptrdiff_t column) const {
    const bool has_controls =
        std::ranges::any_of(text_, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (text_.size() > 76 || has_controls) return {};
    return fmt::format("\n  {}\n  {:>{}}", text_, '^', column + 1);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t open_ = 0;
  expression parts_;
};

}  // namespace

expression parse(std::string_view text) { return parser(text).parse(); }

}  // namespace calculator
