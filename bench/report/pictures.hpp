#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench {

// What `v4v-bench --json` writes, as pictures and as a page. The document may come from anywhere:
// each of these throws report::document_error with the key that is missing or wrong,
// report::gnuplot_error if gnuplot is missing or cannot draw, and std::system_error with the path
// that cannot be written. Files that are there are replaced.

/// Each plot that there are figures for, as PNG and as SVG; the folder is made if there is none.
void write_plots(const nlohmann::ordered_json& document, const std::filesystem::path& folder);

/// A page with everything: ratios, plots, tables and conditions; it needs no other file.
void write_report(const nlohmann::ordered_json& document, const std::filesystem::path& file);

/// Both; the page is report.html in that folder.
void write_pictures_and_report(const nlohmann::ordered_json& document,
                               const std::filesystem::path& folder);

}  // namespace v4v::bench
