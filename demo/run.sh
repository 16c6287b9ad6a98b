#!/bin/sh
# Starts the invented web and the daemon that watches it; stops both on Ctrl-C, by their own process ids.
#
#   demo/run.sh [--for 5m] [--data DIR] [--day-seconds N] [--vigie PROGRAM] [--keep]
#
# --for ends by itself after that time (s, m or h); --keep goes on with the data of an earlier run.
# Exit: 0 stopped as asked, 1 the daemon or the web ended by itself, 2 wrong usage.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
for_time="" data="$root/demo-data" day_seconds=60 vigie="" keep=0

usage() { echo "usage: demo/run.sh [--for 5m] [--data DIR] [--day-seconds N] [--vigie PROGRAM] [--keep]" >&2; exit 2; }
seconds() {
  case $1 in
    *[!0-9smh]* | "" | [smh]*) return 1 ;;
    *h) echo $((${1%h} * 3600)) ;; *m) echo $((${1%m} * 60)) ;; *) echo "${1%s}" ;;
  esac
}
while [ $# -gt 0 ]; do
  [ "$1" = --keep ] && { keep=1; shift; continue; }
  [ $# -ge 2 ] || usage
  case $1 in
    --for) for_time=$(seconds "$2") || usage ;;
    --data) data=$2 ;;
    --day-seconds) day_seconds=$2 ;;
    --vigie) vigie=$2 ;;
    *) usage ;;
  esac
  shift 2
done
if [ -z "$vigie" ]; then
  for vigie in "$root/build/release/vigie" "$root/build/dev/vigie"; do [ -x "$vigie" ] && break; done
fi
[ -x "$vigie" ] || { echo "run.sh: no program at $vigie: build it first (make build)" >&2; exit 2; }

# An earlier demo's data is thrown away, but only what a demo wrote: the mark says so.
if [ "$keep" = 0 ] && [ -e "$data/.vigie-demo" ]; then rm -rf -- "$data"; fi
if [ -d "$data" ] && [ ! -e "$data/.vigie-demo" ] && [ -n "$(ls -A "$data")" ]; then
  echo "run.sh: $data is not empty and not from a demo; choose another with --data" >&2; exit 2
fi
mkdir -p "$data" && : > "$data/.vigie-demo" || exit 1
data=$(cd "$data" && pwd)
work=$(mktemp -d) || exit 1
web_pid="" vigie_pid="" timer_pid="" stopped=0

stop() {
  stopped=1
  [ -n "$vigie_pid" ] && kill -TERM "$vigie_pid" 2>/dev/null
}
finish() {
  trap '' INT TERM HUP
  [ -n "$timer_pid" ] && kill "$timer_pid" 2>/dev/null
  if [ -n "$vigie_pid" ] && kill -0 "$vigie_pid" 2>/dev/null; then
    kill -TERM "$vigie_pid" 2>/dev/null
    wait "$vigie_pid" 2>/dev/null
  fi
  [ -n "$web_pid" ] && kill -TERM "$web_pid" 2>/dev/null && wait "$web_pid" 2>/dev/null
  rm -rf -- "$work"
}
trap stop INT TERM HUP
trap finish EXIT

# Ports: the usual ones where they are free, else others; a config with the ports that were found.
free_port() { python3 - "$1" <<'PY'
import socket, sys
for port in (int(sys.argv[1]), 0):
    try:
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            print(s.getsockname()[1])
            break
    except OSError:
        pass
PY
}
web_port=$(free_port 8081) metrics_port=$(free_port 9470) console_port=$(free_port 8470)
config="$here/vigie.yaml"
if [ "$web_port $metrics_port $console_port $data" != "8081 9470 8470 $root/demo-data" ]; then
  config="$data/demo.yaml"  # beside the data: `vigie alerts` can be asked after the end too
  sed -e "s|127\.0\.0\.1:8081|127.0.0.1:$web_port|g" -e "s|127\.0\.0\.1:9470|127.0.0.1:$metrics_port|" \
      -e "s|127\.0\.0\.1:8470|127.0.0.1:$console_port|" -e "s|\.\./demo-data|$data|g" \
      -e "s|\.\./seeds|$root/seeds|" -e "s|\.\./conf|$root/conf|" "$here/vigie.yaml" > "$config"
fi

# The web reads from a pipe that only this script holds open: should we be killed, it ends too.
mkfifo "$work/alive" || exit 1
python3 "$here/web.py" --port "$web_port" --control 0 --day-seconds "$day_seconds" --until-stdin-closes \
  < "$work/alive" > "$work/web.out" 2>&1 &
web_pid=$!
exec 9> "$work/alive"
waited=0
until grep -q '^ready' "$work/web.out"; do
  kill -0 "$web_pid" 2>/dev/null || { cat "$work/web.out" >&2; exit 1; }
  [ "$waited" -lt 300 ] || { echo "run.sh: the web did not start" >&2; exit 1; }
  waited=$((waited + 1))
  sleep 0.1
done
control=$(sed -n 's/^control //p' "$work/web.out")

"$vigie" run --config "$config" --data "$data" 9>&- &
vigie_pid=$!
if [ -n "$for_time" ]; then
  # Its output is not ours: a reader of our pipe must not wait for it.
  (trap 'kill "$sleeper" 2>/dev/null; exit' TERM; sleep "$for_time" & sleeper=$!; wait "$sleeper"; kill -TERM $$) > /dev/null 2>&1 9>&- &
  timer_pid=$!
fi

cat <<EOF

  The invented web   http://127.0.0.1:$web_port (11 sites by Host header), a new day every ${day_seconds} s, 4 days
      look at one    curl -s -H 'Host: rendezvous-nord.example' http://127.0.0.1:$web_port/annonces
      move the day   curl -s -X POST http://127.0.0.1:$control/day/2
      what is true   curl -s http://127.0.0.1:$control/truth
  The daemon         $vigie run --config $config --data $data
      mail           $data/mail   (mutt -R -f $data/mail)
      metrics        http://127.0.0.1:$metrics_port/metrics
      ads, alerts    $vigie alerts --config $config --data $data
  Stop               Ctrl-C${for_time:+, or by itself after $for_time s}

EOF

# `wait` returns early when a signal comes; the daemon's own end is what counts.
while :; do
  wait "$vigie_pid"
  code=$?
  kill -0 "$vigie_pid" 2>/dev/null || break
done
vigie_pid=""
[ "$stopped" = 1 ] && exit 0
echo "run.sh: the daemon ended by itself with $code" >&2
exit 1
