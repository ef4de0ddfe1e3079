"""Prints the medians of a run of v4v-hv-bench, from its JSON, and the ratios that have a target."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    runs = json.load(file)["benchmarks"]

# By name. A run without repetitions has no medians, and is its own.
medians = {run["run_name"]: run for run in runs if run["run_type"] == "iteration"}
medians |= {run["run_name"]: run for run in runs if run.get("aggregate_name") == "median"}

print(f"{'benchmark (median)':<56}{'ns':>10}")
# In the order of the program, whatever the order they took turns in.
for name, run in sorted(medians.items(),
                        key=lambda m: (m[1]["family_index"], m[1]["per_family_instance_index"])):
    print(f"{name:<56}{run['real_time']:>10.1f}")


def time(name):
    return medians[name]["cpu_time"]  # what others did on the processor meanwhile left out


def rate(name):
    return medians[name]["items_per_second"]


def of_memcpy(kind):
    size = f"{kind}/bytes:1048576"
    return 100 * time("memcpy_" + size) / time("sendv_" + size)


def two_threads(rings):
    threads = f"{rings}/bytes:64/real_time/threads:"
    return rate(threads + "2") / rate(threads + "1")


# What is compared, how, and the least or the most that it should be.
ratios = [
    ("sendv of 64 B, in pairs of mutex lock and unlock", "<=", 4.0,
     lambda: time("sendv_cached/bytes:64") / time("mutex_pair")),
    ("sendv of 1 MiB, % of memcpy's speed", ">=", 85.0, lambda: of_memcpy("cached")),
    ("the same into large rings", ">=", 70.0, lambda: of_memcpy("large")),
    ("two threads, rings of one domain, times one thread", ">=", 1.8,
     lambda: two_threads("rings_of_one_domain")),
    ("two threads, rings of two domains, times one thread", ">=", 1.8,
     lambda: two_threads("rings_of_two_domains")),
]

print(f"\n{'ratio':<56}{'is':>10}{'target':>12}")
for what, relation, target, compute in ratios:
    try:
        value = compute()
    except KeyError:  # left out by --benchmark_filter
        continue
    met = value <= target if relation == "<=" else value >= target
    print(f"{what:<56}{value:>10.2f}{relation:>6}{target:>6.1f}  {'' if met else 'missed'}".rstrip())
