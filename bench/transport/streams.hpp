#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "measure/columns.hpp"
#include "measure/plan.hpp"
#include "modes.hpp"
#include "run_both.hpp"
#include "socket_pairs.hpp"
#include "traffic.hpp"
#include "v4v_pair.hpp"

namespace v4v::bench {

inline constexpr std::size_t small_message = 64;  // bytes
inline constexpr double million = 1e6;

/// `add(column, pair)`, with a made_once of a pair, for each mode of v4v that a plan wants.
template <class Add>
void for_each_mode(const plan& p, std::size_t ring_size, Add add) {
  for (const std::string& mode : p.of_run().modes) {
    add(mode, made_once<v4v_pair>{
                  [=] { return std::make_unique<v4v_pair>(polling_in(mode), ring_size); }});
  }
}

/// The same for each kind of stream.
template <class Add>
void for_each_stream(const plan& p, Add add) {
  for_each_mode(p, acceptor_options{}.ring_size, add);
  if (p.of_run().has_peer(beside::unix_socket))
    add(column::unix_socket, made_once<unix_pair>{[] { return std::make_unique<unix_pair>(); }});
  if (p.of_run().has_peer(beside::tcp))
    add(column::tcp, made_once<tcp_pair>{[] { return std::make_unique<tcp_pair>(); }});
}

/// So many bytes there and back, again and again.
template <class Pair>
outcome round_trips(Pair& p, std::size_t size, std::size_t rounds) {
  outcome o;
  run_both(p, echo(p.near(), size, untimed + rounds), ask(p.far(), size, rounds, o));
  return o;
}

/// So many writes, one begun when the one before it has completed, until all has been read.
template <class Pair>
outcome writes(Pair& p, std::size_t size, std::size_t count) {
  const stopwatch time;
  run_both(p, take(p.near(), size * count), give(p.far(), size, count));
  return {time.seconds()};
}

}  // namespace v4v::bench
