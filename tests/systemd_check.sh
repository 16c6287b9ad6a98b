#!/bin/sh
# The units as they are installed: nothing to complain about, and hardened to 1.2 (the daemon) and 0.5 or better.
# systemd_check.sh SOURCE_DIR: lays the units out below a folder of its own, with a program where ExecStart wants one.
set -eu

command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not here"; exit 77; }
source=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

units=$root/lib/systemd/system
mkdir -p "$units" "$root/usr/bin" "$root/bin" "$root/usr/share/doc/vigie"
cp "$source"/systemd/*.service "$units/"
touch "$root/usr/share/doc/vigie/operating.md"
for program in /usr/bin/vigie /bin/kill /bin/echo /usr/bin/systemd-cat; do
  cp /bin/true "$root$program"
done
# The units that ours refer to, as this machine has them.
for unit in sysinit.target basic.target shutdown.target network-online.target nss-lookup.target time-sync.target \
  multi-user.target system.slice network.target tmp.mount -.mount systemd-journald.socket; do
  for place in /lib/systemd/system /usr/lib/systemd/system; do
    [ -f "$place/$unit" ] && [ ! -f "$units/$unit" ] && cp "$place/$unit" "$units/" || true
  done
done

failed=0
for unit in vigie.service vigie-failed@.service; do
  name=$unit most=12
  [ "$unit" = vigie-failed@.service ] && name=vigie-failed@vigie.service.service most=5
  # Exit 0 is no proof: it comes back even when a setting was ignored. Silence is.
  said=$(systemd-analyze verify --man=no --root="$root" "$units/$unit" 2>&1) || { echo "verify $unit failed: $said"; failed=1; }
  [ -z "$said" ] || { echo "verify $unit said: $said"; failed=1; }
  score=$(systemd-analyze security --no-pager --offline=true --root="$root" "$units/$unit" 2>/dev/null |
    sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p')
  echo "exposure of $unit: $score"
  systemd-analyze security --no-pager --offline=true --threshold=$most --root="$root" "$units/$unit" >/dev/null 2>&1 ||
    { echo "$unit is exposed more than $most tenths"; failed=1; }
done

# A broken line must be found, or the silence above proves nothing.
sed 's/^WatchdogSec=.*/WatchdogSec=never/' "$units/vigie.service" >"$units/broken.service"
[ -n "$(systemd-analyze verify --man=no --root="$root" "$units/broken.service" 2>&1)" ] ||
  { echo "verify does not see a broken setting"; failed=1; }

if command -v systemd-sysusers >/dev/null; then
  mkdir -p "$root/etc"
  said=$(systemd-sysusers --root="$root" "$source/systemd/vigie.sysusers" 2>&1 | grep -v -i '^creating' || true)
  grep -q '^vigie:' "$root/etc/passwd" || { echo "sysusers made no user: $said"; failed=1; }
fi
if command -v systemd-tmpfiles >/dev/null; then
  grep -q vigie "$root/etc/passwd" 2>/dev/null && systemd-tmpfiles --root="$root" --create "$source/systemd/vigie.tmpfiles" &&
    [ -d "$root/etc/vigie/secrets" ] || { echo "tmpfiles made no folders"; failed=1; }
fi
exit $failed
