"""Prints what a null call takes in instructions, by layer, from the files that scripts/callgrind-rpc made."""

import collections
import re
import sys

folder, calls = sys.argv[1], int(sys.argv[2])

# By the shared object, or else by the file that the line is in: what is inlined counts for where it
# was written. The first that fits.
OBJECTS = [
    (r"/lib(capnp|kj)", "capnp, kj"),
    (r"/lib(c|m|pthread)[-.]|/ld-linux|vdso", "libc"),
    (r"/lib(stdc\+\+|gcc_s)", "libstdc++"),
    (r"vgpreload|/vg", "valgrind"),
]
FILES = [
    (r"\.capnp\.(h|c\+\+)$|/(kj|capnp)/", "capnp, kj"),
    (r"bench/(rpc|measure)/", "the benchmark"),
    (r"(^|/)rpc/(src|include)/|v4v/rpc/", "v4v::rpc"),
    (r"(^|/)transport/(src|include)/", "v4v::transport"),
    (r"(^|/)hv/|v4v/abi", "v4v::hv"),
    (r"/asio/", "asio"),
]
# What is inlined of the C++ and C libraries counts for the function that it is in.
FUNCTIONS = [
    (r"v4v::rpc::", "v4v::rpc"),
    (r"v4v::hv::", "v4v::hv"),
    (r"v4v::bench::", "the benchmark"),
    (r"v4v::", "v4v::transport"),
    (r"asio::", "asio"),
    (r"(kj|capnp)::", "capnp, kj"),
]
LAYERS = ["v4v::rpc", "asio", "v4v::transport", "v4v::hv", "capnp, kj", "libstdc++", "libc",
          "the benchmark", "valgrind", "others"]


def layer_of(obj, file, function):
    for rules, name in (OBJECTS, obj), (FILES, file):
        for pattern, layer in rules:
            if re.search(pattern, name):
                return layer
    for pattern, layer in FUNCTIONS:
        if re.match(pattern, function):
            return layer
    return "others"


def counts(path):
    """The instructions of each (layer, function), its callees' left out."""
    names = {}

    def name_of(kind, text):
        number, _, name = text.partition(" ")
        if name:
            names[kind, number] = name
        return names.get((kind, number), text)

    found = collections.Counter()
    obj = file = function = ""
    callee_cost = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in map(str.rstrip, lines):
            key, equals, value = line.partition("=")
            if equals and key in ("ob", "cob"):
                named = name_of("ob", value)
                obj = named if key == "ob" else obj
            elif equals and key in ("fl", "fi", "fe", "cfi", "cfl"):
                named = name_of("fl", value)
                file = file if key.startswith("c") else named
            elif equals and key in ("fn", "cfn"):
                named = name_of("fn", value)
                function = named if key == "fn" else function
            elif equals and key == "calls":
                callee_cost = True  # the next line has what the callee took
            elif line[:1].isdigit() or line[:1] in "+-*":
                if callee_cost:
                    callee_cost = False
                else:
                    cost = line.split()
                    if len(cost) > 1:
                        found[layer_of(obj, file, function), function] += int(cost[1])
    return found


def per_call(over):
    once, twice = (counts(f"{folder}/callgrind-{over}-{times}.out") for times in (1, 2))
    return {what: (twice[what] - once[what]) / calls for what in twice.keys() | once.keys()}


def by_layer(of_calls):
    sums = collections.Counter()
    for (layer, _), count in of_calls.items():
        sums[layer] += count
    return sums


of_pipe, of_v4v = per_call("pipe"), per_call("v4v")
pipe, v4v = by_layer(of_pipe), by_layer(of_v4v)
whole = sum(v4v.values())

print(f"{'instructions of a null call, both ends':<44}{'pipe':>9}{'v4v':>9}{'more':>9}  {'of the call'}")
for layer in LAYERS:
    if round(pipe[layer]) or round(v4v[layer]):
        print(f"{layer:<44}{pipe[layer]:>9.0f}{v4v[layer]:>9.0f}{v4v[layer] - pipe[layer]:>+9.0f}"
              f"  {100 * v4v[layer] / whole:.1f} %")
print(f"{'all':<44}{sum(pipe.values()):>9.0f}{whole:>9.0f}{whole - sum(pipe.values()):>+9.0f}")


def share(title, count, wanted=""):
    print(f"{title:<62}{count:>9.0f}  {100 * count / whole:.1f} %{wanted}")


own = v4v["v4v::rpc"]
# Not the difference of the sums: what a pipe takes is no part of a call between domains.
kj_more = sum(max(0, count - of_pipe.get(what, 0))
              for what, count in of_v4v.items() if what[0] == "capnp, kj")
print()
share("v4v::rpc's own code", own, "  (wanted: at most 15 %)")
share("the same, and Asio's, which also the transport uses", own + v4v["asio"])
share("the same, and the functions of KJ that do more than with a pipe", own + v4v["asio"] + kj_more)

print(f"\n{'functions of v4v, of Asio and of the benchmark':<70}{'a call':>8}")
ours = {"v4v::rpc", "asio", "v4v::transport", "v4v::hv", "the benchmark"}
sums = collections.Counter()
for (layer, function), count in of_v4v.items():
    if layer in ours:
        sums[layer, function] += count
for (layer, function), count in sums.most_common(25):
    print(f"{layer + ': ' + function:<70.69}{count:>8.0f}")

print(f"\n{'functions of all others, more than with a pipe':<70}{'a call':>8}")
more = {what: count - of_pipe.get(what, 0) for what, count in of_v4v.items() if what[0] not in ours}
for (layer, function), count in sorted(more.items(), key=lambda m: -m[1])[:15]:
    print(f"{layer + ': ' + function:<70.69}{count:>+8.0f}")
