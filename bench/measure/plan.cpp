#include "measure/plan.hpp"

#include <algorithm>

namespace v4v::bench {

bool settings::has_peer(const std::string& name) const {
  return std::find(peers.begin(), peers.end(), name) != peers.end();
}

std::vector<std::size_t> plan::sizes(std::initializer_list<std::size_t> quick,
                                     std::initializer_list<std::size_t> full,
                                     std::size_t most) const {
  if (settings_.sizes.empty()) return counts(quick, full);
  std::vector<std::size_t> some = settings_.sizes;
  std::erase_if(some, [=](std::size_t size) { return size > most; });
  return some;
}

std::vector<std::size_t> plan::counts(std::initializer_list<std::size_t> quick,
                                      std::initializer_list<std::size_t> full) const {
  return settings_.full ? full : quick;
}

bool plan::wants(const std::string& figure) const {
  return figure.find(settings_.only) != std::string::npos;
}

void plan::add(measurement m) {
  if (wants(m.of.figure)) measurements_.push_back(std::move(m));
}

}  // namespace v4v::bench
