#pragma once

#include <cstddef>
#include <cstdint>

namespace v4v::hv::fuzz {

/// Plays the guests of a program against a hypervisor until the program ends and all of them are
/// dead. Returns if the core did nothing wrong, and ends the process with a word on standard error
/// if it did.
void play(const std::uint8_t* data, std::size_t size);

}  // namespace v4v::hv::fuzz
