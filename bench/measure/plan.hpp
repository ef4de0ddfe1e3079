#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "measure/measurement.hpp"
#include "measure/settings.hpp"

namespace v4v::bench {

/// The measurements of a run, in the order in which they are made in each repetition. Suites add
/// theirs; what the settings do not want is left out.
class plan {
 public:
  /// The settings must outlive it.
  explicit plan(const settings& of_run) : settings_{of_run} {}

  [[nodiscard]] const settings& of_run() const { return settings_; }

  /// A suite's sizes: those that the user named, or these. All are at most `most`.
  [[nodiscard]] std::vector<std::size_t> sizes(std::initializer_list<std::size_t> quick,
                                               std::initializer_list<std::size_t> full,
                                               std::size_t most) const;

  /// What there are so many of.
  [[nodiscard]] std::vector<std::size_t> counts(std::initializer_list<std::size_t> quick,
                                                std::initializer_list<std::size_t> full) const;

  [[nodiscard]] bool wants(const std::string& figure) const;

  void add(measurement m);

  [[nodiscard]] const std::vector<measurement>& all() const { return measurements_; }

 private:
  const settings& settings_;
  std::vector<measurement> measurements_;
};

/// Makes something when it is first asked for it, and keeps it, for all of its copies.
template <class T>
class made_once {
 public:
  explicit made_once(std::function<std::unique_ptr<T>()> make)
      : state_{std::make_shared<state>(state{std::move(make), nullptr})} {}

  T& operator()() const {
    if (!state_->made) state_->made = state_->make();
    return *state_->made;
  }

 private:
  struct state {
    std::function<std::unique_ptr<T>()> make;
    std::unique_ptr<T> made;
  };
  std::shared_ptr<state> state_;
};

}  // namespace v4v::bench
