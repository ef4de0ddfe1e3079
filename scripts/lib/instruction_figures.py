"""The committed figures of scripts/instructions: bench/instructions/expected.json."""

import json
import os
import re
import subprocess
import sys

import callgrind

# Repeated, under load, elsewhere, in another environment, a figure moves by less than a ten-thousandth.
# This is what may come together of changes that nobody minds.
TOLERATED_PERCENT = 2.0

# Of a workload the functions that take less are not written down, for there are hundreds of them.
LEAST_SHARE = 0.005

SKIPPED = 77

TITLE = f"{'instructions of a round':<30}{'committed':>12}{'now':>12}{'change':>12}"

# Whose code is counted, by Debian's packages. A correction by Debian changes no count that matters, and
# the next version of its authors may.
PACKAGES = {"libc": "libc6", "libstdc++": "libstdc++6", "Cap'n Proto": "libcapnp-dev", "Asio": "libasio-dev",
            "Valgrind": "valgrind"}


class Refused(Exception):
    pass


def path_of(root):
    return f"{root}/bench/instructions/expected.json"


def compiler_of(root):
    """As CMake has found it for the release preset."""
    with open(f"{root}/build/release/CMakeCache.txt", encoding="utf-8") as cache:
        version = re.search(r"^CMAKE_CACHE_MAJOR_VERSION.*?=(\d+)\n(?:.*\n)*?CMAKE_CACHE_MINOR_VERSION.*?=(\d+)\n"
                            r"(?:.*\n)*?CMAKE_CACHE_PATCH_VERSION.*?=(\d+)$", cache.read(), re.MULTILINE)
    cmake = ".".join(version.groups())
    with open(f"{root}/build/release/CMakeFiles/{cmake}/CMakeCXXCompiler.cmake", encoding="utf-8") as found:
        text = found.read()
    kind, number = (re.search(rf'^set\({name} "(.*)"\)', text, re.MULTILINE)[1]
                    for name in ("CMAKE_CXX_COMPILER_ID", "CMAKE_CXX_COMPILER_VERSION"))
    return f"{kind} {number}"


def versions_of(root):
    versions = {"compiler": compiler_of(root)}
    for what, package in PACKAGES.items():
        try:
            asked = subprocess.run(["dpkg-query", "-W", "-f", "${Architecture} ${Version}\n", package],
                                   capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            versions[what] = "unknown"
            continue
        architecture, version = asked.splitlines()[0].split()
        versions[what] = re.sub(r"^\d+:|-[^-]*$", "", version)
        if package == "libc6":
            versions["machine"] = architecture
    return versions


def committed(root):
    try:
        with open(path_of(root), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError as e:
        raise Refused(f"there is no {path_of(root)}; to write it: scripts/instructions --update") from e
    except json.JSONDecodeError as e:
        raise Refused(f"{path_of(root)} cannot be read: {e}; once it is removed, to write it:"
                      " scripts/instructions --update") from e


def names(functions):
    """Functions by the names that they have in the file."""
    return {f"{layer}: {name}": count for (layer, name), count in functions.items()}


def figure(functions):
    """What is written down of a workload, in whole instructions."""
    total = sum(functions.values())
    layers = callgrind.by_layer(functions)
    most = sorted(names(functions).items(), key=lambda f: (-round(f[1]), f[0]))
    return {"total": round(total),
            "layers": {layer: round(layers[layer]) for layer in callgrind.LAYERS if round(layers[layer])},
            "functions": {name: round(count) for name, count in most if count >= LEAST_SHARE * total}}


def update(root, versions, counted, everything):
    now = {name: figure(functions) for name, functions in counted.items()}
    there = committed(root) if os.path.exists(path_of(root)) else {"versions": versions, "workloads": {}}
    if not everything and there["versions"] != versions:
        raise Refused("the other figures are those of other versions: update all of them")
    before = there["workloads"]
    write(path_of(root), {"versions": versions, "workloads": now if everything else before | now})
    print(TITLE)
    for name, w in now.items():
        print_line(name, before[name]["total"] if name in before else None, w["total"])
    print("written: bench/instructions/expected.json")


def write(path, content):
    try:
        with open(path, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=1)
            out.write("\n")
    except OSError as e:
        raise Refused(f"{path}: {e.strerror}") from e


def percent(before, now):
    return 100 * (now / before - 1)


def print_line(name, before, now, word=""):
    change = f"{before:>12}{now:>12.0f}{percent(before, now):>+10.2f} %" if before else f"{'':>12}{now:>12.0f}"
    print(f"{name:<30}{change}  {word}".rstrip())


def say_what_grew(name, before, functions):
    out = sys.stderr
    now, now_named = callgrind.by_layer(functions), names(functions)
    total = sum(functions.values())
    print(f"\n{name} takes {percent(before['total'], total):.1f} % more instructions than committed:"
          f" {total:.0f}, not {before['total']}; {TOLERATED_PERCENT:g} % are tolerated.", file=out)

    def most(title, grown):
        print(f"  {title}", file=out)
        for what, (was, is_now) in sorted(grown.items(), key=lambda g: g[1][0] - g[1][1])[:8]:
            if is_now - was >= max(1, LEAST_SHARE * before["total"] / 10):
                print(f"    {is_now - was:>+8.0f}  {what} ({was} -> {is_now:.0f})", file=out)

    most("layers that grew:", {layer: (before["layers"].get(layer, 0), count) for layer, count in now.items()})
    # What was too little to be written down had at most that.
    most("functions that grew:", {function: (before["functions"].get(function, 0), count)
                                  for function, count in now_named.items()
                                  if function in before["functions"] or count >= LEAST_SHARE * before["total"]})


def compare(root, versions, counted, rounds, json_file, everything):
    file = committed(root)
    before = file["workloads"]
    other = {what: (file["versions"].get(what, "none"), is_now) for what, is_now in versions.items()
             if file["versions"].get(what) != is_now}
    comparable = not other and "unknown" not in versions.values()
    totals = {name: sum(functions.values()) for name, functions in counted.items()}
    changes = {name: percent(before[name]["total"], total) for name, total in totals.items()
               if comparable and name in before}

    print(TITLE)
    for name, total in totals.items():
        change = changes.get(name)
        word = ("" if change is None else "REGRESSION" if change > TOLERATED_PERCENT else
                "better" if change < -TOLERATED_PERCENT else "")
        print_line(name, before[name]["total"] if change is not None else None, total, word)
    if json_file:
        write_json(json_file, versions, counted, rounds, before, changes)
    sys.stdout.flush()

    if not comparable:
        print("\nNOT COMPARED: the committed figures are those of other versions.", file=sys.stderr)
        for what, (was, is_now) in other.items():
            print(f"  {what}: {was}, here {is_now}", file=sys.stderr)
        if "unknown" in versions.values():
            print("  (what dpkg-query does not know is unknown)", file=sys.stderr)
        print("Where these are the ones to go on with: scripts/instructions --update", file=sys.stderr)
        return SKIPPED

    strange = [name for name in totals if name not in before]
    strange += [name for name in before if everything and name not in totals]
    for name in strange:
        print(f"\n{name}: " + ("no figure is committed" if name in totals else "has a figure, but is no workload")
              + "; scripts/instructions --update", file=sys.stderr)
    worse = [name for name, change in changes.items() if change > TOLERATED_PERCENT]
    for name in worse:
        say_what_grew(name, before[name], counted[name])
    better = [name for name, change in changes.items() if change < -TOLERATED_PERCENT]
    if better:
        print(f"\nBETTER than committed by more than {TOLERATED_PERCENT:g} %: {', '.join(better)}."
              "\nHold on to it: scripts/instructions --update, and commit bench/instructions/expected.json.",
              file=sys.stderr)
    if worse:
        print("\nWhere it was: scripts/instructions --profile WORKLOAD. If it is worth it: scripts/instructions --update,"
              "\nand commit bench/instructions/expected.json with the reason.", file=sys.stderr)
    return 1 if worse or strange else 0


def write_json(path, versions, counted, rounds, before, changes):
    workloads = {}
    for name, functions in counted.items():
        workloads[name] = {"rounds": rounds[name], **figure(functions)}
        if name in changes:
            workloads[name] |= {"committed": before[name]["total"], "change_percent": round(changes[name], 3)}
    write(path, {"program": "v4v-instructions", "format": 1, "versions": versions,
                 "tolerated_percent": TOLERATED_PERCENT, "compared": bool(changes), "workloads": workloads})
