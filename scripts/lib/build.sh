# How a script configures and builds a preset of CMakePresets.json. Sourced, not run.
# shellcheck shell=bash

source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

jobs=$(nproc)

# Compiles through ccache where there is one. Given at each run, since a cache that has been
# removed would otherwise live on in CMake's own. What one checkout has compiled the others find.
launcher=$(command -v ccache || true)
export CCACHE_BASEDIR=${CCACHE_BASEDIR-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}

# configure PRESET [OPTION...]
configure() {
  local preset=$1
  shift
  step "configure $preset" cmake -S "$root" --preset "$preset" \
    -DCMAKE_C_COMPILER_LAUNCHER="$launcher" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" "$@"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  step "build $preset" "${fixed_addresses[@]}" \
    cmake --build "$root/build/$preset" -j "$jobs" ${1:+--target "$@"}
}

# Before: the programs that the next steps run keep their addresses. GCC 12's ThreadSanitizer
# gives up on kernels that randomise more bits of them than it expects.
fixed_addresses=()
fix_addresses() {
  if setarch --addr-no-randomize true 2>/dev/null; then
    fixed_addresses=(setarch --addr-no-randomize)
  fi
}
