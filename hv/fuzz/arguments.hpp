#pragma once

#include "core/call.hpp"
#include "fuzz/program.hpp"
#include "fuzz/world.hpp"

namespace v4v::hv::fuzz {

/// Makes calls up: what they pass is put into the caller's memory first. Mostly they make sense, or
/// nearly.
class arguments {
 public:
  arguments(program& in, world& w) : in_{in}, w_{w} {}

  /// Where a guest has its arguments: a call that is made in the middle of another has its own.
  enum class place : std::uint64_t { usual = 0x1000, nested = 0x1800 };

  hv::call any(life& by, place at = place::usual);

  /// A small ring for any domain at port 1.
  hv::call usual_ring(life& by);

  hv::call register_ring(life& by, place at);
  hv::call unregister_ring(life& by, place at);
  hv::call notify(life& by, place at);
  hv::call send(life& by, place at);
  hv::call raw(life& by);
  hv::call tables_add(life& by, place at);
  hv::call tables_del(life& by, place at);
  hv::call tables_list(life& by, place at);
  hv::call config(life& by, place at);
  hv::call activity(life& by, place at);

  /// Changes a guest's memory where it may hurt: returns what to change, to be done now or later.
  struct change {
    body* of;
    std::uint64_t at;
    std::uint64_t value;
    unsigned size;
  };
  change change_of_memory();

  std::uint16_t domain();
  known_ring* some_ring();

 private:
  /// `usual`, or something else that a guest may pass.
  std::uint64_t address(life& by, std::uint64_t usual);
  std::uint32_t port();
  std::uint32_t size_near(std::uint32_t some);
  v4v_addr target(life& by);
  v4v_rule rule();

  program& in_;
  world& w_;
};

}  // namespace v4v::hv::fuzz
