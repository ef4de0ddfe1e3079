"""What a program took in instructions, by layer and function, from the files that Valgrind's callgrind writes."""

import collections
import re

# By the shared object, or else by the file that the line is in: what is inlined counts for where it
# was written. The first that fits. Of a path only as much as says what it is: it begins with where
# the checkout is, or with where another one is that ccache knows the same object of.
OBJECTS = [
    (r"/lib(capnp|kj)[^/]*$", "capnp, kj"),
    (r"/lib(c|m|pthread)[-.][^/]*$|/ld-linux[^/]*$|vdso", "libc"),
    (r"/lib(stdc\+\+|gcc_s)[^/]*$", "libstdc++"),
    (r"/vgpreload[^/]*$", "valgrind"),
]
FILES = [
    (r"\.capnp\.(h|c\+\+)$", "capnp, kj"),
    (r"(^|/)bench/(hv|instructions|measure|rpc|transport)/[^/]*$", "the program"),
    (r"(^|/)rpc/(src/[^/]*|include/v4v/.*)$", "v4v::rpc"),
    (r"(^|/)transport/(src/[^/]*|include/v4v/.*)$", "v4v::transport"),
    (r"(^|/)hv/((core|embedded)/[^/]*|include/v4v/.*)$", "v4v::hv"),
    (r"/include/(kj|capnp)/", "capnp, kj"),
    (r"/include/asio(/|\.hpp$)", "asio"),
]
# What is inlined of the C++ and C libraries counts for the function that it is in.
FUNCTIONS = [
    (r"v4v::rpc::", "v4v::rpc"),
    (r"v4v::hv::bench::", "the program"),
    (r"v4v::hv::", "v4v::hv"),
    (r"v4v::bench::|main$", "the program"),
    (r"v4v::", "v4v::transport"),
    (r"asio::", "asio"),
    (r"(kj|capnp)::", "capnp, kj"),
    (r"(std|__gnu_cxx)::", "libstdc++"),
]
LAYERS = ["v4v::rpc", "v4v::transport", "v4v::hv", "asio", "capnp, kj", "libstdc++", "libc", "the program",
          "valgrind", "others"]

OPERATOR = re.compile(r"operator(\(\)|\[\]|<=>|->\*?|<<=?|>>=?|<=?|>=?)")
INNERMOST = re.compile(r"<[^<>]*>|\([^()]*\)|\[[^\[\]]*\]")


def short(function):
    """Its name without template arguments, parameters, and what it returns."""
    operators = []

    def hide(match):
        operators.append(match[0])
        return f"operator@{len(operators) - 1}@"

    name = re.sub(r"'\d+$", "", function)  # how deep in itself it was called
    name = OPERATOR.sub(hide, name.replace("(anonymous namespace)", "{anonymous}"))
    while (shorter := INNERMOST.sub("", name)) != name:
        name = shorter
    name = re.sub(r"\bconst\b|&", "", name).strip()
    if "operator " not in name:  # of a conversion, or of new
        name = name.rpartition(" ")[2]
    return re.sub(r"operator@(\d+)@", lambda match: operators[int(match[1])], name) or function


def layer_of(obj, file, name):
    for rules, path in (OBJECTS, obj), (FILES, file):
        for pattern, layer in rules:
            if re.search(pattern, path):
                return layer
    for pattern, layer in FUNCTIONS:
        if re.match(pattern, name):
            return layer
    return "others"


def counts(path):
    """The instructions of each (layer, function), its callees' left out."""
    by_number = {}  # a name is written out once

    def name_of(kind, text):
        number, _, name = text.partition(" ")
        if name:
            by_number[kind, number] = name
        return by_number.get((kind, number), text)

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
                elif len(cost := line.split()) > 1:
                    found[obj, file, function] += int(cost[1])

    names = {function: short(function) for _, _, function in found}
    shortened = collections.Counter()
    for (obj, file, function), count in found.items():
        name = names[function]
        shortened[layer_of(obj, file, name), name] += count
    return shortened


def per_round(once, twice, rounds):
    """What one round took: what a run of twice as many took more than the first, by their number."""
    first, second = counts(once), counts(twice)
    return {what: (second[what] - first[what]) / rounds
            for what in first.keys() | second.keys() if second[what] != first[what]}


def by_layer(functions):
    sums = collections.Counter()
    for (layer, _), count in functions.items():
        sums[layer] += count
    return sums
