#!/usr/bin/env bash
# A run that would take hours is interrupted when it has begun: it prints what is there, says that it was
# interrupted, and ends with the status of that.
set -euo pipefail

coproc bench { exec "$1" hypercall --only mutex --repetitions 10000 --milliseconds 500 2>&1; }
# shellcheck disable=SC2154  # coproc sets it
process=$bench_PID
exec 4<&"${bench[0]}"
read -r first <&4  # an interrupt is remembered before it says anything
kill -INT "$process"
rest=$(cat <&4)
status=0
wait "$process" || status=$?
printf '%s\n%s\nstatus %d\n' "$first" "$rest" "$status"
[[ $status == 130 && $rest == *"It was interrupted: what is missing was not measured."* ]]
