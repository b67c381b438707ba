#!/usr/bin/env bash
# dig and a real recursive resolver (unbound) must say what the sandbox's own resolvers say, `confirm` must
# work through that unbound, and one that checks signatures must be understood when it refuses.
set -euo pipefail
program=$1
work=$(mktemp -d)
sandbox=
resolver=
checker=
stop() {
    [ -z "$checker" ] || kill "$checker" 2>/dev/null || true
    [ -z "$resolver" ] || kill "$resolver" 2>/dev/null || true
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

cat >"$work/world.toml" <<'TOML'
description = "a DNS-only set, a proxied record and a long key"
[[zone]]
name = "example.com"
[[zone.record]]
name = "em1234"
type = "CNAME"
content = "u1446226.wl123.sendgrid.net"
[[zone.record]]
name = "s1._domainkey"
type = "CNAME"
content = "s1.domainkey.u1446226.wl123.sendgrid.net"
[[zone.record]]
name = "s2._domainkey"
type = "CNAME"
content = "s2.domainkey.u1446226.wl123.sendgrid.net"
proxied = true
[[zone.record]]
name = "@"
type = "MX"
content = "mx.example.net"
priority = 10
[[zone.record]]
name = "@"
type = "TXT"
content = "v=spf1 include:_spf.example.net ~all"
TOML
"$program" sandbox --scenario "$work/world.toml" --env-file "$work/env" >/dev/null &
sandbox=$!
for _ in $(seq 100); do [ -s "$work/env" ] && break; sleep 0.1; done
. "$work/env"
authority_port=${CF_DOMAUTH_AUTHORITATIVE##*:}
own_port=${CF_DOMAUTH_RESOLVERS%%,*}
own_port=${own_port##*:}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/unbound.conf" <<CONF
server:
    interface: 127.0.0.1@$port
    do-not-query-localhost: no
    username: ""
    chroot: ""
    directory: "$work"
    pidfile: "$work/pid"
    logfile: "$work/log"
    use-syslog: no
    module-config: "iterator"
    qname-minimisation: yes
    harden-below-nxdomain: yes
    use-caps-for-id: yes
    local-zone: "example." nodefault
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@$authority_port
CONF
unbound -d -c "$work/unbound.conf" &
resolver=$!
for _ in $(seq 50); do
    dig -p "$port" @127.0.0.1 +tries=1 +time=1 example.com SOA >/dev/null 2>&1 && break
    sleep 0.1
done

# The answer section without lifetimes, sorted; and the response code.
ask() { dig -p "$1" @127.0.0.1 +noall +answer +nottlid +tries=2 +time=3 "${@:2}" | sort; }
code() { dig -p "$1" @127.0.0.1 +noall +comments +tries=2 +time=3 "${@:2}" | sed -n 's/.*status: \([A-Z]*\).*/\1/p'; }

passed=0
compare() {
    local own real
    own="$(code "$own_port" "$@") $(ask "$own_port" "$@")"
    real="$(code "$port" "$@") $(ask "$port" "$@")"
    if [ "$own" != "$real" ]; then
        printf 'differs for %s\n--- sandbox\n%s\n--- unbound\n%s\n' "$*" "$own" "$real"
        exit 1
    fi
    passed=$((passed + 1))
}
for kind in CNAME TXT MX A AAAA; do
    for name in em1234 s1._domainkey s2._domainkey _domainkey nothing; do
        compare "$name.example.com" "$kind"
    done
done
for kind in SOA NS MX TXT; do compare example.com "$kind"; done
compare s1._domainkey.example.com TXT +tcp

expect() { [ "$2" = "$3" ] || { printf '%s: expected %s, got %s\n' "$1" "$2" "$3"; exit 1; }; passed=$((passed + 1)); }
expect "a proxied alias has addresses" 2 "$(ask "$port" s2._domainkey.example.com A | wc -l)"
expect "a proxied alias shows no alias" 0 "$(ask "$port" s2._domainkey.example.com CNAME | wc -l)"
expect "an empty non-terminal exists" NOERROR "$(code "$port" _domainkey.example.com A)"
expect "a deleted name does not" NXDOMAIN "$(code "$port" nothing.example.com A)"
expect "the authority refuses what is not its own" REFUSED "$(code "$authority_port" stranger.test A)"
expect "other operations are not implemented" NOTIMP \
    "$(code "$authority_port" +opcode=status example.com SOA)"
expect "a newer EDNS is told so" BADVERS "$(code "$authority_port" +edns=1 +noednsneg example.com SOA)"
flags=$(dig -p "$authority_port" @127.0.0.1 +noall +comments +bufsize=512 +ignore s1._domainkey.example.com TXT | grep -c ' tc' || true)
expect "a long key does not fit a small packet" 1 "$flags"

export CF_DOMAUTH_RESOLVERS=127.0.0.1:$port
"$program" confirm s1._domainkey.example.com em1234.example.com
passed=$((passed + 1))
status=0
"$program" confirm s2._domainkey.example.com || status=$?
expect "a proxied name is a finding" 1 "$status"

# A resolver that checks signatures, with a DS record that matches none: as after a move that left the old one
# at the registrar.
checker_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
sed -e "s/@$port/@$checker_port/" -e "s/module-config: .*/module-config: \"validator iterator\"/" \
    -e 's/pid"/pid2"/' -e "/local-zone/a\    trust-anchor: \"example.com. DS 4711 13 2 $(printf '%064d' 7)\"" \
    "$work/unbound.conf" >"$work/checking.conf"
unbound -d -c "$work/checking.conf" &
checker=$!
for _ in $(seq 50); do
    dig -p "$checker_port" @127.0.0.1 +tries=1 +time=1 mx.sendgrid.net A >/dev/null 2>&1 && break
    sleep 0.1
done
expect "a checking resolver refuses" SERVFAIL "$(code "$checker_port" s1._domainkey.example.com CNAME)"
expect "unless it is asked not to check" NOERROR "$(code "$checker_port" +cd s1._domainkey.example.com CNAME)"
export CF_DOMAUTH_RESOLVERS=127.0.0.1:$checker_port
said=$("$program" confirm s1._domainkey.example.com) && status=0 || status=$?
expect "what checking resolvers refuse is not confirmed" 5 "$status"
expect "and the reason is told" 1 "$(grep -c 'explain dnssec-broken' <<<"$said")"
said=$("$program" audit --zone example.com) && status=0 || status=$?
expect "an audit finds the stale DS" 1 "$(grep -c 'explain dnssec-broken' <<<"$said")"
echo "$passed passed, 0 failed"
