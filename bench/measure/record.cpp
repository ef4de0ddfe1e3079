#include "measure/record.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/core.h>

#include "measure/columns.hpp"
#include "measure/samples.hpp"

namespace v4v::bench {
namespace {

constexpr double busy_enough = 0.1;  // processors: as much as this bench's own progress never is
constexpr double stolen_enough = 0.05;
constexpr double spread_enough = 0.15;  // of a ratio, by its median

// Two threads on a processor each need less than a microsecond for a cache line's round trip, on
// one processor a turn of the scheduler.
bool shared_a_processor(const results& r) {
  const series* const line = r.find("latency", "floor: cache line", {}, column::floor);
  return line != nullptr && summary{line->samples}.max > 10;
}

std::string moved(const std::vector<ratio>& ratios) {
  std::size_t headlines = 0;
  std::size_t wide = 0;
  for (const ratio& r : ratios) {
    if (!r.definition->headline) continue;
    ++headlines;
    if (spread_of(r) > spread_enough) ++wide;
  }
  if (wide == 0) return {};
  return fmt::format(
      "{} of {} headline ratios moved by more than {:.0f} % between the turns: look at the spread "
      "beside each.",
      wide, headlines, 100 * spread_enough);
}

}  // namespace

std::string utc_now() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

std::vector<std::string> warnings(const record& r) {
  std::vector<std::string> all;
  if (is_emulated(r.where))
    all.emplace_back(
        "This processor is emulated: the figures show that it works, and nothing of speed.");
  for (const std::string& failure : r.failures)
    all.push_back("Not measured: " + failure + '.');
  if (!r.complete) all.emplace_back("It was interrupted: what is missing was not measured.");
  if (r.busy.used > busy_enough)
    all.push_back(fmt::format(
        "Other programs were busy on {:.2f} processors meanwhile, as /proc/stat says: the machine "
        "is too busy to trust the figures.",
        r.busy.used));
  if (r.busy.stolen > stolen_enough)
    all.push_back(fmt::format(
        "The host took {:.2f} processors from this machine meanwhile, as /proc/stat says.",
        r.busy.stolen));
  if (r.where.load > static_cast<double>(r.where.processors))
    all.push_back(fmt::format("The load was {:.2f} when it began.", r.where.load));
  if (shared_a_processor(r.measured))
    all.emplace_back(
        "Two threads shared a processor at least once: a cache line needed more than 10 us for a "
        "round trip. Try --pin.");
  if (r.where.governor == "powersave")
    all.emplace_back("The governor is powersave: frequencies move while it is measured.");
  if (auto words = moved(r.ratios); !words.empty()) all.push_back(std::move(words));
  return all;
}

}  // namespace v4v::bench
