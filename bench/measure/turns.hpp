#pragma once

#include <exception>
#include <functional>
#include <string>

#include "measure/plan.hpp"
#include "measure/results.hpp"

namespace v4v::bench {

/// All measurements of a plan, one after the other, as often as its settings say: in turn, so that
/// a slow moment of the machine is one for all. In the first turn each one finds out how many
/// rounds take as long as is wanted, by which it is warm, too; all later samples are of as many.
/// Says on the standard error how far it is, and how long it will still take.
///
/// Ends early when `interrupted` says so, which it asks between measurements. When a measurement
/// throws, `failed` is told, and it is left out of all later turns.
results take_turns(const plan& p, const std::function<bool()>& interrupted,
                   const std::function<void(const subject&, const std::exception_ptr&)>& failed);

/// A subject in words.
std::string name_of(const subject& s);

}  // namespace v4v::bench
