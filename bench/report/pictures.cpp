#include "report/pictures.hpp"

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "report/document.hpp"
#include "report/drawing.hpp"
#include "report/page.hpp"
#include "report/palette.hpp"
#include "report/plot.hpp"

namespace v4v::bench {
namespace {

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw std::system_error(error, folder.string());
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary);
  if (out) out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  // Closing writes what is buffered: a disk that is full may show only here.
  if (out) out.close();
  if (!out) throw std::system_error(errno, std::generic_category(), file.string());
}

class drawings {
 public:
  explicit drawings(const nlohmann::ordered_json& json)
      : document_(report::read_document(json)),
        colours_(document_),
        plots_(report::plots_of(document_, colours_)) {}

  void draw_light() {
    for (const report::plot& p : plots_)
      light_.push_back(report::draw_svg(p, colours_, report::light_theme));
  }

  void write_plots(const std::filesystem::path& folder) const {
    for (std::size_t i = 0; i < plots_.size(); ++i) {
      write_file(folder / (plots_[i].file + ".svg"), light_[i]);
      write_file(folder / (plots_[i].file + ".png"), report::draw_png(plots_[i], colours_));
    }
  }

  void write_report(const std::filesystem::path& file) const {
    std::vector<report::drawn_plot> drawn;
    for (std::size_t i = 0; i < plots_.size(); ++i)
      drawn.push_back(
          {plots_[i], light_[i], report::draw_svg(plots_[i], colours_, report::dark_theme)});
    write_file(file, report::page_of(document_, colours_, drawn));
  }

 private:
  report::document document_;
  report::palette colours_;
  std::vector<report::plot> plots_;
  std::vector<std::string> light_;
};

}  // namespace

void write_plots(const nlohmann::ordered_json& document, const std::filesystem::path& folder) {
  drawings all(document);
  make_folder(folder);
  all.draw_light();
  all.write_plots(folder);
}

void write_report(const nlohmann::ordered_json& document, const std::filesystem::path& file) {
  drawings all(document);
  all.draw_light();
  all.write_report(file);
}

void write_pictures_and_report(const nlohmann::ordered_json& document,
                               const std::filesystem::path& folder) {
  drawings all(document);
  make_folder(folder);
  all.draw_light();
  all.write_plots(folder);
  all.write_report(folder / "report.html");
}

}  // namespace v4v::bench
