# What is tried in a booted Xen, in this order. Runs in dom0.
# shellcheck shell=sh disable=SC2016,SC1091
cd /plan && . ./lib.sh

hostile_for=60
if grep -q hostile= /proc/cmdline; then
  hostile_for=$(sed 's/.*hostile=\([0-9]*\).*/\1/' /proc/cmdline)
fi

# ---- Services: one at a time in a guest, in the background; it prints to /tmp/service.log there ----

# serve GUEST COMMAND: until it says that it serves. One that a try has left behind is ended.
serve() {
  on "$1" 40 '[ -z "$service" ] || kill -9 $service 2>/dev/null;' "$2 >/tmp/service.log 2>&1 & service=\$!;" \
    'until grep -q serving /tmp/service.log || ! kill -0 $service; do sleep 0.1; done;' \
    'cat /tmp/service.log; kill -0 $service'
}
end_service() { on "$1" 20 'kill $service; wait $service'; }
kill_service() { on "$1" 20 'kill -9 $service; wait $service; [ $? = 137 ]'; }

# with_service GUEST SERVICE COMMAND...: the command while it serves; it has to end well, too.
with_service() {
  serve "$1" "$2" || return 1
  server=$1
  shift 2
  "$@"
  held_so_far=$?
  end_service "$server" && return "$held_so_far"
}

# ---- Guests ----

create_guests() { create a && create b && a=$(id_of a) && b=$(id_of b); }
try "two guests boot beside dom0" create_guests

find_v4v() { on a 20 v4v-raw info && on b 20 v4v-raw info; }
try "guests find V4V: info" find_v4v

dom0_info() { v4v info && v4v info --json; }
try "dom0 finds V4V: info from its tool" dom0_info

# ---- Programs that people start from ----

echo_sizes() {
  for size in 1 17 4080 65536 262145 1048576; do
    on b 60 "/bin/echo --connect $a --bytes $size" || return 1
  done
}
try "echo: streams of 1 byte to 1 MiB, byte for byte" with_service a "/bin/echo --serve" echo_sizes

try "datagrams of many sizes, and 100 under way at once" \
  with_service a "v4v-tries serve" on b 60 "v4v-tries datagrams $a"

try "1 MiB in both directions at the same time" \
  with_service a "v4v-tries serve" on b 60 "v4v-tries both-ways $a"

try "the key-value store, with a file" \
  with_service a "kvstore --serve --writers $b" on b 90 "kvstore --connect $a /root/file --calls 100"

read_only() { fails on b 60 "kvstore --connect $a /root/file" && said b "but not put"; }
try "who may not write to the store does not" with_service a "kvstore --serve" read_only

# ---- Who may, and how much ----

partner_ring() {
  tell a "v4v-raw listen 9000 --partner $b --count 1"
  listening=$told
  wait_for_last a listening 20 || return 1
  create c && c=$(id_of c) &&
    on c 20 "v4v-raw send $a 9000 --expect ECONNREFUSED" &&
    on b 20 "v4v-raw send $a 9000 --text hello" &&
    done_by a "$listening" 20
}
try "a ring for one partner is refused to another guest" partner_ring

limits_of_dom0() {
  v4v limits "$c" --rings 3 --vectors 5 --entries 7 --bytes 65536 && on c 60 v4v-raw info &&
    on c 60 v4v-raw limits && on c 20 "v4v-raw info | grep -q 65536" &&
    fails v4v limits 999 --rings 1
}
try "limits that dom0 sets hold, and are reached with their errors" limits_of_dom0

try "the usual limits are reached with their errors" on a 120 v4v-raw limits

guests_may_not() {
  fails on b 20 "v4v rules flush 2>&1" && said b "not permitted" &&
    fails on b 20 "v4v limits $a --rings 1 2>&1" && said b "not permitted"
}
try "guests may not change rules or limits" guests_may_not

rules() {
  serve a "v4v-tries serve" || return 1
  tell b "v4v-tries talk $a --seconds 100"
  talking=$told
  wait_for_last b talking 30 || return 1
  v4v rules add --at 1 reject "$b:any" "$a:any" && v4v rules list || return 1
  fails done_by b "$talking" 30 || return 1
  on b 20 "! v4v-tries talk $a --seconds 1 2>&1 | grep -v refused" || return 1
  v4v rules flush || return 1
  on b 30 "v4v-tries talk $a --seconds 2" && end_service a
}
try "a rule from dom0 cuts a running pair, and lets it talk again" rules

# ---- Who is there ----

second_program() { fails on a 20 "/bin/echo --serve 2>&1" && said a "another program of this guest"; }
try "a second program of a guest is told that there is one" \
  with_service a "v4v-tries serve" second_program

killed() {
  serve a "v4v-tries serve" || return 1
  tell b "v4v-tries talk $a --seconds 100"
  talking=$told
  wait_for_last b talking 30 || return 1
  reset_at=$told_at
  kill_service a || return 1
  fails done_by b "$talking" 30 || return 1
  tail -n "+$((reset_at + 1))" "$(console_of b)" | grep "Connection reset" || return 1
  serve a "v4v-tries serve" && on b 30 "v4v-tries talk $a --seconds 2" && end_service a
}
try "a service that is killed resets its peers, and the next one serves" killed

debug_key() {
  serve a "v4v-tries serve" || return 1
  xl dmesg -c >/dev/null
  xl debug-keys 4
  xl dmesg | tee /tmp/dump | grep "v4v:   ring $a:7000 for any"
  shown=$?
  cat /tmp/dump
  end_service a && return $shown
}
try "debug key 4 prints the rings" debug_key

null_calls() {
  on b 120 "v4v-bench rpc --connect $a --only 'null call' --rounds 1000 --repetitions 1"
}
try "1,000 null calls, by the benchmark" with_service a "v4v-bench --serve" null_calls

# ---- Nothing is lost ----

churn() {
  # What Xen allocates once for a guest's first mappings stays.
  on a 60 v4v-raw churn 20 || return 1
  before=$(free_pages)
  on a 200 v4v-raw churn 1000 || return 1
  after=$(free_pages)
  xl info | grep free_memory
  echo "FIGURE free pages of Xen before and after 1,000 rings: $before, $after"
  [ "$before" -gt 0 ] && [ "$before" = "$after" ]
}
try "1,000 rings come and go, and Xen has the same memory free" churn

hostile() {
  serve a "v4v-tries serve" || return 1
  tell c "v4v-raw hostile $hostile_for --other $a"
  attacking=$told
  on b $((hostile_for + 60)) "v4v-tries talk $a --seconds $hostile_for" || return 1
  done_by c "$attacking" 120 || return 1
  tail -n 40 "$(console_of c)"
  end_service a
}
try "a hostile guest throws what it can at Xen, and others talk undisturbed" hostile

# Each time it comes and goes Xen tells everybody; it may not do that as often as it likes.
restless() {
  serve a "v4v-tries serve" || return 1
  tell c "v4v-raw come-and-go 12"
  restless_one=$told
  on b 60 "v4v-tries talk $a --seconds 8" && done_by c "$restless_one" 60 && said c times &&
    end_service a
}
try "a guest comes and goes as fast as it can, and others talk undisturbed" restless

# ---- Death ----

destroyed_at_stream() {
  serve a "v4v-tries serve" || return 1
  tell b "v4v-tries talk $a --seconds 100"
  talking=$told
  wait_for_last b talking 30 || return 1
  xl destroy a || return 1
  fails done_by b "$talking" 30 && said b "Connection reset"
}
try "a guest is destroyed in the middle of a stream: connection_reset" destroyed_at_stream

reborn() {
  create a && a=$(id_of a) && serve a "v4v-tries serve" &&
    on b 30 "v4v-tries talk $a --seconds 2" && end_service a
}
try "a new guest of that name serves again" reborn

destroyed_in_call() {
  serve a "kvstore --serve --writers $b" || return 1
  tell b "kvstore --connect $a /root/file --calls 1000000"
  calling=$told
  wait_for_last b "status is \"compared\"" 60 || return 1
  xl destroy a || return 1
  fails done_by b "$calling" 30 || return 1
  said b "domain $a port"
}
try "a guest is destroyed in the middle of a call: the caller is told" destroyed_in_call

nothing_is_left() {
  xl destroy b
  xl destroy c
  # The first guest that dies leaves caches warm.
  create d && on d 60 v4v-raw churn 20 && xl destroy d || return 1
  before=$(free_pages)
  create d && on d 60 v4v-raw churn 20 && xl destroy d || return 1
  after=$(free_pages)
  xl list
  echo "FIGURE free pages of Xen before and after a guest: $before, $after"
  [ "$before" -gt 0 ] && [ "$before" = "$after" ]
}
try "a guest that has gone leaves nothing behind in Xen" nothing_is_left

echo "$held held, $failed did not"
[ "$failed" = 0 ]
