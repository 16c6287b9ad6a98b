#!/bin/sh
# A real Postfix of its own, for tests: own configuration, queue and log below DIR, one loopback port, one Maildir.
#   postfix.sh start DIR PORT MAILDIR   every mail to anybody at unit.example lands in MAILDIR; STARTTLS with DIR/cert.pem;
#                                     to gone@ it comes back, to reports@ it lands in DIR/reports
#   postfix.sh stop DIR
# Exit 77: cannot run here (the reason on stderr). Port 25 and /etc/postfix are never touched. DIR is an absolute path.
set -eu

skip() { echo "skipped: $1" >&2; exit 77; }

start() {
  dir=$1 port=$2 maildir=$3
  [ "$(id -u)" = 0 ] || skip "Postfix needs root to start"
  command -v postfix >/dev/null || skip "postfix is not installed"
  id postfix >/dev/null 2>&1 || skip "there is no user postfix"
  daemons=/usr/lib/postfix/sbin
  [ -x $daemons/master ] || daemons=/usr/libexec/postfix

  mkdir -p "$dir/etc" "$dir/queue" "$dir/data" "$maildir"
  chmod 755 "$dir" "$dir/etc"
  chown postfix "$dir/data"
  chown nobody "$maildir"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
  cat >"$dir/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
daemon_directory = $daemons
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.unit.example
mydestination =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
local_transport = error:nothing is local
default_transport = error:nothing leaves this machine
alias_maps =
virtual_mailbox_domains = unit.example
virtual_mailbox_base = /
virtual_mailbox_maps = inline:{ reports@unit.example=${dir#/}/reports/ }, static:${maildir#/}/
transport_maps = inline:{ { gone@unit.example = error:5.1.1 no such user } }
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
virtual_minimum_uid = 1
EOF
  cat >"$dir/etc/master.cf" <<EOF
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 60   1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
verify    unix  - - n -    1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -    - proxymap
error     unix  - - n -    - error
retry     unix  - - n -    - error
virtual   unix  - n n -    - virtual
anvil     unix  - - n -    1 anvil
postlog   unix-dgram n - n - 1 postlogd
EOF
  postfix -c "$dir/etc" start >"$dir/start.log" 2>&1 || { cat "$dir/start.log" >&2; exit 1; }
}

stop() {
  [ -f "$1/etc/main.cf" ] || return 0
  postfix -c "$1/etc" stop >>"$1/start.log" 2>&1 || true
}

case ${1:-} in
  start) [ $# = 4 ] && start "$2" "$3" "$4" ;;
  stop) [ $# = 2 ] && stop "$2" ;;
  *) echo "usage: postfix.sh start DIR PORT MAILDIR | stop DIR" >&2; exit 2 ;;
esac
