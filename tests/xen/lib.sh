# What the plan is made of: guests that are told what to do, and tries that hold or do not. Runs in
# dom0, in busybox's sh.
# shellcheck shell=sh

# ---- Guests ----

console_of() { echo "/var/log/xen/console/guest-$1.log"; }
id_of() { xl domid "$1"; }

# create NAME: a guest, and until it is up.
create() {
  cat >"/tmp/$1.cfg" <<END
type = "pvh"
name = "$1"
kernel = "/guest/vmlinux"
ramdisk = "/guest/initramfs"
extra = "console=hvc0 loglevel=4 nokaslr mitigations=off hugepages=16"
memory = 256
maxmem = 256
vcpus = 1
tsc_mode = "native"
on_crash = "preserve"
on_poweroff = "preserve"
on_reboot = "destroy"
END
  rm -f "$(console_of "$1")"
  kill -HUP "$(cat /run/xenconsoled.pid)" # opens the log anew
  xl create -q "/tmp/$1.cfg" || return 1
  wait_for "$1" GUEST-IS-UP 90
}

# wait_for NAME TEXT SECONDS [LINE]: until the guest's console shows the text, from that line on.
wait_for() {
  deadline=$(($(now) + $3))
  while ! tail -n "+${4-1}" "$(console_of "$1")" 2>/dev/null | grep -q "$2"; do
    if [ "$(now)" -gt "$deadline" ]; then
      echo "$1: no \"$2\" within $3 s"
      return 1
    fi
    sleep 0.2
  done
}
# wait_for_last NAME TEXT SECONDS: a line with the text that the command told last has printed.
wait_for_last() { wait_for "$1" "$2" "$3" "$((told_at + 1))"; }

now() { cut -d. -f1 /proc/uptime; }

# tell NAME COMMAND...: has the guest do it. Sets `told`, the command's number, and `told_at`, how many
# lines its console had by then. A line on a console holds no more than a screenful.
told=0
tell() {
  guest=$1
  shift
  told=$((told + 1))
  told_at=$(wc -l <"$(console_of "$guest")")
  echo "$told $*" >"$(xenstore-read "/local/domain/$(id_of "$guest")/console/tty")"
}

# done_by NAME NUMBER SECONDS: until the command has ended; with its status, 124 if it takes too long.
done_by() {
  # A guest's console ends its lines with \r\n; until that is there it may be half a number.
  wait_for "$1" "DONE-$2 [0-9][0-9]*[^0-9]" "$3" || return 124
  return "$(sed -n "s/.*DONE-$2 \([0-9][0-9]*\).*/\1/p" "$(console_of "$1")" | head -n 1)"
}

# on NAME SECONDS COMMAND...: has it done, waits for it, and shows what the guest printed meanwhile.
on() {
  guest=$1
  limit=$2
  shift 2
  tell "$guest" "$@"
  done_by "$guest" "$told" "$limit"
  status=$?
  tail -n "+$((told_at + 1))" "$(console_of "$guest")" | tr -d '\r' | sed "s/^/    $guest: /"
  [ "$status" = 0 ] || echo "    $guest: \"$*\" ended with $status"
  return "$status"
}

# ---- Tries ----

held=0
failed=0

# try NAME COMMAND...: says whether it held, and shows what it printed if it did not.
try() {
  name=$1
  shift
  begun=$(now)
  echo "TRY $name"
  # In this shell, for what it sets.
  "$@" >/tmp/try.log 2>&1
  status=$?
  if [ "$status" = 0 ]; then
    held=$((held + 1))
    echo "RESULT ok $(($(now) - begun)) $name"
    sed -n 's/^FIGURE /NOTE /p' /tmp/try.log
  else
    failed=$((failed + 1))
    echo "RESULT FAILED $(($(now) - begun)) $name"
  fi
  # What a guest's kernel has to say on its way down is nobody's to lose.
  cat /var/log/xen/console/guest-*.log | grep -aE 'Oops|kernel BUG|Kernel panic' | tail -n 3
  if [ "$status" != 0 ] || grep -q verbose /proc/cmdline; then cat /tmp/try.log; fi
}

# fails COMMAND...: it ends, with an error.
fails() {
  "$@"
  ended=$?
  [ "$ended" != 0 ] && [ "$ended" != 124 ]
}

# said NAME TEXT: whether the command told last has printed that.
said() { tail -n "+$((told_at + 1))" "$(console_of "$1")" | grep "$2"; }

# The pages that are free in Xen's heaps, of all zones.
free_pages() {
  xl dmesg -c >/dev/null
  xl debug-keys H
  xl dmesg | sed -n 's/.*heap\[node=.*\]\[zone=.*\] -> \([0-9]*\) pages.*/\1/p' | awk '{ n += $1 } END { print n + 0 }'
}
