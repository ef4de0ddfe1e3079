#include "measure/options.hpp"

#include <algorithm>

namespace v4v::bench {

bool measure_options::wants(const std::string& name) const {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

void measure_options::add_to(CLI::App& app, const std::vector<std::string>& names) {
  app.add_option("--repetitions,--turns", repetitions, "How often everything is measured")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  app.add_option("--only", only, "Measure this; may be given several times")
      ->check(CLI::IsMember(names));
  app.add_flag("--pin", pin, "Bind the two threads to a processor each");
  app.add_option("--json", json, "Write all samples there")->type_name("FILE")->take_last();
}

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  }
  return std::nullopt;
}

}  // namespace v4v::bench
