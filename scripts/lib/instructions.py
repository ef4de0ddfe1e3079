"""What scripts/instructions does once the program is built: counts, and then shows or compares.

    instructions.py count ROOT [WORKLOAD...]
    instructions.py compare ROOT JSON-FILE-OR-NOTHING [WORKLOAD...]
    instructions.py update ROOT [WORKLOAD...]
    instructions.py profile ROOT WORKLOAD [BESIDE]
"""

import concurrent.futures
import os
import signal
import subprocess
import sys

import callgrind
import instruction_figures as figures

# Valgrind has its programs believe in a processor like the one that it runs on, and glibc then takes
# the memcpy, the strlen and so on that are best for that: with AVX2 or without, say, which differ by
# more than any change to this project. Without all of these glibc takes the ones for SSE2, which every
# x86-64 has. Where memcpy begins to write past the caches depends on how large those are. What glibc
# does not know, it ignores (and on other machines all of it); see refuse_unless_pinned().
PINNED = ":".join([
    "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-SSSE3,-SSE4_1,-SSE4_2,-BMI1,-BMI2,"
    "-Fast_Unaligned_Copy,-Fast_Copy_Backward",
    "glibc.cpu.x86_data_cache_size=0x8000",
    "glibc.cpu.x86_shared_cache_size=0x800000",
    "glibc.cpu.x86_non_temporal_threshold=0x200000",
])
NOT_PINNED = ("_avx", "_evex", "_erms", "_ssse3", "_sse4")


class Refused(Exception):
    pass


def program_of(root):
    return f"{root}/build/release/bench/instructions/v4v-instructions"


def file_of(root, workload, times):
    return f"{root}/build/log/instructions-{workload}-{times}.out"


def rounds_of(root, wanted):
    """How many rounds of each workload, as the program says; of all of them unless some are wanted."""
    listed = subprocess.run([program_of(root), "--list"], check=True, capture_output=True, text=True).stdout
    rounds = {name: int(count) for name, count in map(str.split, listed.splitlines())}
    for name in wanted:
        if name not in rounds:
            raise Refused(f"there is no workload {name}; there are {', '.join(rounds)}")
    return {name: count for name, count in rounds.items() if not wanted or name in wanted}


def count_one(root, workload, rounds, times):
    # Of the environment only this: Valgrind, the allocator and the loader take orders from it, and how
    # long it is says where the stack begins.
    environment = {"PATH": os.environ["PATH"], "GLIBC_TUNABLES": PINNED}
    run = subprocess.run(["valgrind", "--tool=callgrind",
                          f"--callgrind-out-file={file_of(root, workload, times)}",
                          program_of(root), workload, str(times * rounds)],
                         env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode != 0:
        raise Refused(f"{workload}, {times * rounds} rounds, under Valgrind: status {run.returncode}:\n{run.stdout}")


def count(root, wanted):
    runs = [(workload, rounds, times) for workload, rounds in rounds_of(root, wanted).items() for times in (1, 2)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as at_once:
        begun = {at_once.submit(count_one, root, *run): run for run in runs}
        for done, future in enumerate(concurrent.futures.as_completed(begun), 1):
            workload, rounds, times = begun[future]
            future.result()
            print(f"[{done}/{len(runs)}] {workload}, {times * rounds} rounds", flush=True)


def counted(root, wanted):
    """Of each workload what a round took, by (layer, function)."""
    found = {workload: callgrind.per_round(file_of(root, workload, 1), file_of(root, workload, 2), rounds)
             for workload, rounds in rounds_of(root, wanted).items()}
    for workload, functions in found.items():
        refuse_unless_pinned(workload, functions)
    return found


def refuse_unless_pinned(workload, functions):
    for layer, name in functions:
        if layer == "libc" and any(part in name for part in NOT_PINNED):
            raise Refused(f"{workload}: glibc has chosen {name}, which not every processor has, and the figures"
                          " would be this machine's alone: what do its tunables for it look like?"
                          " (PINNED in scripts/lib/instructions.py)")


def profile(root, workload, beside=None):
    both = counted(root, [workload] + ([beside] if beside else []))
    of_it, of_other = both[workload], both.get(beside, {})
    whole, other_whole = sum(of_it.values()), sum(of_other.values())

    def line(name, number, other, total=whole):
        text = f"{name:<74.73}{number:>9.0f}{100 * number / total:>7.1f} %"
        print(text + (f"{other:>16.0f}{number - other:>+9.0f}" if beside else ""))

    print(f"{'instructions of a round':<50}{workload:>33}{'':>9}" + (f"{beside:>16}{'more':>9}" if beside else ""))
    layers, other_layers = callgrind.by_layer(of_it), callgrind.by_layer(of_other)
    for layer in callgrind.LAYERS:
        if round(layers[layer]) or round(other_layers[layer]):
            line(layer, layers[layer], other_layers[layer])
    line("all", whole, other_whole)
    print()
    for (layer, name), number in sorted(of_it.items(), key=lambda f: -f[1])[:40]:
        line(f"{layer}: {name}", number, of_other.get((layer, name), 0))


def main(action, root, *rest):
    if action == "count":
        count(root, rest)
    elif action == "profile":
        profile(root, *rest)
    elif action == "update":
        figures.update(root, figures.versions_of(root), counted(root, rest), everything=not rest)
    elif action == "compare":
        file, *wanted = rest
        return figures.compare(root, figures.versions_of(root), counted(root, wanted), rounds_of(root, wanted), file,
                               everything=not wanted)
    return 0


signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads only the first lines
try:
    sys.exit(main(*sys.argv[1:]))
except (Refused, figures.Refused) as refusal:
    sys.exit(f"instructions: {refusal}")
