# How a script runs its long parts: one line per step, a sign of life while a step lasts, all
# output in build/log/, and the part of it that matters when a step fails. Sourced, not run.
#
# Progress goes to standard error, so that standard output has results only.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
log_dir=$root/build/log
lock_fd=9
trap 'exit 130' INT

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# log_of TITLE: the file that has the output of the step of that name.
log_of() { printf '%s/%s.log' "$log_dir" "${1// /-}"; }

make_log_dir() {
  if ! mkdir -p "$log_dir" 2>/dev/null || [[ ! -w $log_dir ]]; then
    fail "cannot write to $log_dir: did another user make it? Remove the folder build and try again."
  fi
  # So that a first run as root (to install packages) does not shut out the user who comes next.
  if ((EUID == 0)); then chown --reference="$root" "$root/build" "$log_dir"; fi
}

# One run at a time may work in build/. Given up by release_build_folder or when the script ends.
hold_build_folder() {
  make_log_dir
  eval "exec $lock_fd<\"\$root/build\""
  if ! flock --nonblock "$lock_fd"; then
    echo "  waiting for another run in this checkout to end" >&2
    flock "$lock_fd"
  fi
}
release_build_folder() { flock --unlock "$lock_fd"; }

# step TITLE COMMAND...: runs the command; its exit status is the command's.
step() {
  local title=$1 log begin=$SECONDS status=0 ticker
  log=$(log_of "$title")
  shift
  make_log_dir
  rm -f "$log"
  : >"$log"
  show_life "$title" "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null 9<&- || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
  if ((status == 0)); then
    printf '  %-24s %4d s\n' "$title" $((SECONDS - begin)) >&2
  else
    printf '  %-24s %4d s  FAILED (status %d)\n\n' "$title" $((SECONDS - begin)) "$status" >&2
    failure_in "$log" >&2
    printf '\n  all of its output: %s\n' "${log#"$PWD/"}" >&2
  fi
  return "$status"
}

# From the third second on: in place on a terminal, else a line now and then.
show_life() {
  local title=$1 log=$2 begin=$SECONDS next=2 period=1 last width
  [[ -t 2 ]] || period=10
  width=$(tput cols 2>/dev/null || echo 100)
  while kill -0 $$ 2>/dev/null; do
    sleep 0.5 >/dev/null 2>&1 9<&-
    ((SECONDS - begin >= next)) || continue
    next=$((SECONDS - begin + period))
    last=$(tail -c 2000 "$log" 2>/dev/null | tr '\r' '\n' | grep '[[:alpha:]]' | tail -n 1 || true)
    printf -v last '  %-24s %4d s  %s' "$title" $((SECONDS - begin)) "${last#"${last%%[! ]*}"}"
    if [[ -t 2 ]]; then
      printf '\r\033[K%s' "${last:0:width-1}" >&2
    else
      printf '%s\n' "${last:0:110}" >&2
    fi
  done
}

# What a reader wants to see of a failed step: the compiler's words if it was a build, the output
# of the tests that failed if it was those, else the end.
failure_in() {
  if grep -q '^FAILED: ' "$1"; then
    sed -n '/^FAILED: /,$p' "$1" | grep -v '^\[[0-9]' | head -n 60
  else
    grep -Ev '^ *[0-9]+/[0-9]+ Test +#.* Passed |^ *Start +[0-9]+: |^\[[0-9]+/[0-9]+\]' "$1" | tail -n 60
  fi
}
