#include "report/sample_document.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace v4v::bench::report {
namespace {

using nlohmann::ordered_json;

// Noise that is the same in each run.
class noise {
 public:
  double within(double range) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return range * (static_cast<double>(state_ >> 40U) / static_cast<double>(1U << 24U) * 2 - 1);
  }

 private:
  unsigned long long state_ = 7;
};

class sample {
 public:
  sample() { all_ = {{"program", "v4v-bench"}, {"format", 1}, {"conditions", conditions()}}; }

  ordered_json made() && {
    all_["ratios"] = std::move(ratios_);
    all_["figures"] = std::move(figures_);
    return std::move(all_);
  }

  ordered_json& figure(const char* suite, const std::string& name, const char* column,
                       const char* unit, double value) {
    ordered_json f{{"suite", suite}, {"figure", name}, {"column", column}, {"unit", unit}};
    add_spread(f, value);
    figures_.push_back(std::move(f));
    return figures_.back();
  }

  void at(const char* suite, const char* name, double where, const char* of, const char* column,
          const char* unit, double value) {
    place(figure(suite, name, column, unit, value), where, of);
  }

  static void place(ordered_json& f, double where, const char* of) {
    f["at"] = where;
    f["of"] = of;
  }

  // Rounds: most near the median, and a tail that `heaviness` decides.
  static void add_rounds(ordered_json& f, double heaviness) {
    const double median = f["median"].get<double>();
    const auto quantile = [&](double share) {
      const double tail = -std::log10(1 - std::min(share, 0.999995));
      return median * (0.88 + 0.24 * share + heaviness * std::pow(std::max(tail - 0.8, 0.0), 2.2));
    };
    for (const char* percent : {"50", "90", "99", "99.9", "99.99", "100"})
      f["percentiles"][percent] = quantile(std::stod(percent) / 100);
    for (int i = 0; i <= 100; ++i)
      f["cdf"].push_back({quantile(i * 0.0099), i * 0.0099});
    for (int i = 1; i <= 60; ++i) {
      const double share = 1 - 0.01 * std::pow(10, -i / 20.0);
      f["cdf"].push_back({quantile(share), share});
    }
    f["cdf"].push_back({quantile(1), 1.0});
  }

  void ratio(const char* suite, const char* name, const char* column, double value,
             const char* wanted, bool headline = true) {
    ordered_json r{{"suite", suite}, {"name", name}, {"column", column}, {"headline", headline}};
    if (wanted != nullptr) r["wanted"] = wanted;
    add_spread(r, value);
    ratios_.push_back(std::move(r));
  }

 private:
  static ordered_json conditions() {
    return {{"begun", "2026-11-26T08:20:00Z"},
            {"processor", "AMD EPYC"},
            {"processors", 2},
            {"emulated", false},
            {"governor", "not readable"},
            {"kernel", "Linux 6.1.0-26-amd64 x86_64"},
            {"compiler", "GCC 12.2.0"},
            {"versions",
             {{"v4v", "0.1.0"}, {"Asio", "1.22.1"}, {"Cap'n Proto", "0.9.2"}, {"gRPC", "1.51.1"}}},
            {"modes", {"poll", "sleep"}},
            {"pinning", "processors 0 and 1"},
            {"effort", "quick"},
            {"repetitions", 3},
            {"milliseconds", 100},
            {"load", 0.43},
            {"others", 0.03},
            {"stolen", 0.0},
            {"complete", true},
            {"warnings", ordered_json::array()}};
  }

  void add_spread(ordered_json& to, double value) {
    std::vector<double> samples;
    for (int i = 0; i < 3; ++i)
      samples.push_back(value * (1 + noise_.within(0.07)));
    auto sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    to["median"] = sorted[1];
    to["min"] = sorted.front();
    to["max"] = sorted.back();
    to["samples"] = samples;
  }

  ordered_json all_;
  ordered_json ratios_ = ordered_json::array();
  ordered_json figures_ = ordered_json::array();
  noise noise_;
};

struct peer {
  const char* column;
  double factor;
};

void add_latency(sample& s) {
  constexpr std::array peers{peer{"v4v poll", 2.4}, peer{"v4v sleep", 17.5}, peer{"UNIX", 19.8},
                             peer{"UNIX poll", 7.4}, peer{"TCP", 27.1}};
  for (const double size : {64.0, 1024.0, 65536.0})
    for (const peer& p : peers) {
      auto& f = s.figure("latency", "round trip", p.column, "us",
                         p.factor + size / 65536 * (10 + p.factor));
      sample::place(f, size, "B");
      sample::add_rounds(f, p.factor < 5 ? 0.8 : 0.3);
    }
  s.figure("latency", "floor: cache line", "floor", "us", 0.21);
  s.figure("latency", "floor: eventfd", "floor", "us", 12.4);
}

void add_throughput(sample& s) {
  constexpr std::array peers{peer{"v4v poll", 5.1}, peer{"v4v sleep", 4.6}, peer{"UNIX", 1.9},
                             peer{"TCP", 1.4}, peer{"memcpy", 11.5}};
  const auto rate = [](const peer& p, double size) {
    return p.factor * size / (size + 4000 / p.factor) * (size > 2e6 ? 0.8 : 1);
  };
  for (double size = 64; size <= 4 << 20; size *= 2)
    for (const peer& p : peers)
      s.at("throughput", "writes", size, "B", p.column, "GiB/s", rate(p, size));
  for (double size = 4096; size <= 4 << 20; size *= 4)
    for (const char* name : {"writes, rings of 4 MiB", "writes, read as views"})
      for (const peer& p : {peers[0], peers[1]})
        s.at("throughput", name, size, "B", p.column, "GiB/s", 1.3 * rate(p, size));
}

void add_messages(sample& s) {
  constexpr std::array peers{peer{"v4v stream", 4.9}, peer{"v4v datagram", 4.2},
                             peer{"UNIX stream", 1.1}, peer{"UNIX datagram", 0.9}};
  for (const double threads : {1.0, 2.0, 4.0, 8.0}) {
    for (const peer& p : peers)
      s.at("messages", "messages of 64 B", threads, "threads", p.column, "million/s",
           p.factor * std::min(threads, 2.0) * (threads > 2 ? 0.93 : 0.8));
  }
  s.figure("messages", "messages of 64 B", "floor: one core's copy loop", "million/s", 16.4);
  constexpr std::array pipelined{peer{"v4v poll", 6.1},
                                 peer{"v4v sleep", 5.2},
                                 peer{"v4v datagram poll", 4.4},
                                 peer{"v4v datagram sleep", 4.0},
                                 peer{"UNIX", 1.2},
                                 peer{"UNIX datagram", 0.9},
                                 peer{"TCP", 0.8}};
  for (const peer& p : pipelined)
    s.figure("messages", "pipelined messages of 64 B", p.column, "million/s", p.factor);
}

void add_rpc(sample& s) {
  constexpr std::array peers{peer{"v4v poll", 5.2}, peer{"v4v sleep", 24}, peer{"KJ", 41},
                             peer{"gRPC", 92},      peer{"gRPC spin", 61}, peer{"one thread", 1.3}};
  for (const peer& p : peers)
    sample::add_rounds(s.figure("rpc", "null call", p.column, "us", p.factor), 0.4);
  for (const peer& p : peers)
    s.figure("rpc", "calls, 64 in flight", p.column, "thousand/s", 2400 / std::sqrt(p.factor * 8));
  for (const char* name : {"read", "write"})
    for (const double size : {4096.0, 65536.0, 262144.0, 1048576.0, 8388608.0})
      for (const peer& p : peers)
        s.at("rpc", name, size, "B", p.column, "GiB/s",
             size / (size / (40 / std::sqrt(p.factor) + 1) + p.factor * 1500));
  for (const peer& p : peers)
    s.figure("rpc", "streaming calls of 64 KiB", p.column, "GiB/s", 9 / std::sqrt(p.factor));
}

void add_hypercall(sample& s) {
  for (double size = 16; size <= 65536; size *= 4) {
    s.at("hypercall", "sendv", size, "B", "hv", "ns", 78 + size / 14);
    s.at("hypercall", "sendv", size, "B", "memcpy", "ns", 2 + size / 16);
  }
  for (double vectors = 1; vectors <= 64; vectors *= 2)
    s.at("hypercall", "sendv of 64 B by vectors", vectors, "vectors", "hv", "ns",
         78 + 3.1 * vectors);
  for (const double entries : {0.0, 1.0, 4.0, 16.0, 64.0})
    s.at("hypercall", "notify", entries, "entries", "hv", "ns", 35 + 21 * entries);
  for (const double rules : {0.0, 1.0, 8.0, 64.0, 512.0})
    s.at("hypercall", "sendv behind rules", rules, "rules", "hv", "ns", 78 + 1.4 * rules);
}

void add_scale(sample& s) {
  for (double n = 1; n <= 1024; n *= 4) {
    s.at("scale", "round trip beside idle connections", n, "connections", "v4v poll", "us",
         2.4 + n / 900);
    s.at("scale", "round trip beside idle connections", n, "connections", "v4v sleep", "us",
         17.5 + n / 800);
    s.at("scale", "round trip beside idle connections", n, "connections", "UNIX", "us", 19.8);
    s.at("scale", "messages over active connections", n, "connections", "v4v poll", "million/s",
         4.8 / (1 + n / 2000));
    s.at("scale", "messages over active connections", n, "connections", "UNIX", "million/s", 0.9);
  }
  for (double n = 1; n <= 64; n *= 2)
    s.at("scale", "messages from sender domains", n, "domains", "v4v", "million/s",
         4.7 / (1 + n / 300));
  for (const double n : {1.0, 64.0, 1024.0}) {
    s.at("scale", "memory per connection", n, "connections", "v4v", "KiB", 282);
    s.at("scale", "memory per connection", n, "connections", "UNIX", "KiB", 4.6);
  }
}

void add_ratios(sample& s) {
  for (const peer& p : {peer{"v4v poll", 8.2}, peer{"v4v sleep", 1.13}}) {
    const bool polls = p.factor > 2;
    s.ratio("latency", "round trip of 64 B: times faster than a UNIX socket", p.column, p.factor,
            polls ? "25" : nullptr);
    s.ratio("latency", "round trip of 64 B: times faster than TCP", p.column, p.factor * 1.4,
            nullptr);
  }
  s.ratio("throughput", "writes of 64 KiB: times the rate of a UNIX socket", "v4v poll", 2.7, "3");
  s.ratio("throughput", "writes of 64 KiB: times the rate of a UNIX socket", "v4v sleep", 2.4, "3");
  s.ratio("throughput", "writes of 64 KiB: share of memcpy", "v4v poll", 0.44, "0.5", false);
  s.ratio("messages", "pipelined messages of 64 B: times the rate of a UNIX socket", "v4v poll",
          5.1, "5");
  s.ratio("rpc", "null call: times faster than KJ", "v4v poll", 7.9, "poll 7 (10), sleep 1");
  s.ratio("rpc", "null call: times faster than KJ", "v4v sleep", 1.7, "poll 7 (10), sleep 1");
  s.ratio("rpc", "null call: times faster than gRPC", "v4v poll", 17.7, "poll 12");
  s.ratio("rpc", "calls, 64 in flight: times the rate of KJ", "v4v poll", 6.1, "poll 2");
  s.ratio("rpc", "read of 1 MiB: times the rate of KJ", "v4v poll", 3.6, "poll 4");
  s.ratio("rpc", "null call: times that in one thread", "v4v poll", 4.0, nullptr, false);
}

}  // namespace

ordered_json sample_document() {
  sample s;
  add_latency(s);
  add_throughput(s);
  add_messages(s);
  add_rpc(s);
  add_hypercall(s);
  add_scale(s);
  add_ratios(s);
  return std::move(s).made();
}

}  // namespace v4v::bench::report
