#!/bin/sh
# A real OpenSMTPD beside whatever mail server this machine has: the package, unpacked and never installed, in mount and user
# tables of its own; one loopback port without TLS (this version
# does not get along with OpenSSL 3; Postfix shows that leg), one Maildir.
#   opensmtpd.sh run DIR PORT MAILDIR   until it is told to stop (SIGTERM); mail to anybody at unit.example lands in MAILDIR
# Exit 77: cannot run here (the reason on stderr). DIR is an absolute path; packages are kept in $VIGIE_PACKAGES, if set.
set -eu

skip() { echo "skipped: $1" >&2; exit 77; }

inside() {
  dir=$1 port=$2 maildir=$3
  # Users, programs and folders that the package would make; seen by this process and its children alone.
  { grep -v '^opensmtp' /etc/passwd || true; echo "opensmtpd:x:64901:64901::/var/empty:/bin/false"; echo "opensmtpq:x:64902:64902::/var/empty:/bin/false"; } >"$dir/passwd"
  { grep -v '^opensmtp' /etc/group || true; echo "opensmtpd:x:64901:"; echo "opensmtpq:x:64902:"; } >"$dir/group"
  mount --bind "$dir/passwd" /etc/passwd
  mount --bind "$dir/group" /etc/group
  mount -t tmpfs none /var/spool
  mount -t tmpfs none /var/lib
  mount -t tmpfs none /run
  mkdir -p /var/lib/opensmtpd/empty /run/user
  mkdir -m 711 /var/spool/smtpd
  mount -t tmpfs none /usr/libexec 2>/dev/null || { mkdir -p /usr/libexec && mount -t tmpfs none /usr/libexec; }
  mkdir -p /usr/libexec/opensmtpd
  cp "$dir"/tree/usr/libexec/opensmtpd/* /usr/libexec/opensmtpd/
  cat >"$dir/smtpd.conf" <<EOF
listen on 127.0.0.1 port $port hostname mx.unit.example
table everybody { "@unit.example" = "nobody" }
action box maildir "$maildir" virtual <everybody>
match from any for domain "unit.example" action box
EOF
  chown nobody "$maildir"
  exec "$dir/tree/usr/sbin/smtpd" -d -f "$dir/smtpd.conf"
}

run() {
  dir=$1 port=$2 maildir=$3
  [ "$(id -u)" = 0 ] || skip "OpenSMTPD needs root to start"
  unshare -m true 2>/dev/null || skip "no mount table of its own is allowed here"
  mkdir -p "$dir" "$maildir"
  chmod 755 "$dir"
  packages=${VIGIE_PACKAGES:-$dir}
  mkdir -p "$packages"
  ls "$packages"/opensmtpd_*.deb >/dev/null 2>&1 || (cd "$packages" && apt-get download opensmtpd >/dev/null 2>&1) ||
    skip "the package opensmtpd cannot be had"
  dpkg -x "$(ls "$packages"/opensmtpd_*.deb | head -n 1)" "$dir/tree"
  ldd "$dir/tree/usr/sbin/smtpd" | grep -q 'not found' && skip "a library of opensmtpd is not installed"
  exec unshare -m sh "$0" inside "$dir" "$port" "$maildir"
}

case ${1:-} in
  run) [ $# = 4 ] && run "$2" "$3" "$4" ;;
  inside) [ $# = 4 ] && inside "$2" "$3" "$4" ;;
  *) echo "usage: opensmtpd.sh run DIR PORT MAILDIR" >&2; exit 2 ;;
esac
