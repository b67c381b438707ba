#!/usr/bin/env bash
# Servers that nobody here wrote: knot answers for a signed customer's zone and for a provider's, unbound checks
# its signatures and terminates DNS over TLS and over HTTPS. Every transport must tell the same, certificates
# must matter, and where port 53 is silent the run must go on over HTTPS and say so.
set -euo pipefail
program=$1
if [ "${2:-}" != "in a network of its own" ]; then
    # A loopback where 1.1.1.1 and port 443 can be had, and nothing real can be reached.
    exec unshare -Urn "$0" "$program" "in a network of its own"
fi
ip link set lo up
ip addr add 1.1.1.1/32 dev lo

work=$(mktemp -d)
pids=()
stop() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT
cd "$work"
mkdir db

key() { openssl genrsa 2048 2>/dev/null | openssl rsa -pubout -outform DER 2>/dev/null | base64 -w0; }
text() { fold -w 250 <<<"$1" | sed 's/.*/"&"/' | tr '\n' ' '; }
head='@ 60 SOA ns1 hostmaster 1 60 60 600 5
@ 60 NS ns1
ns1 60 A 127.0.0.1'
cat >example.com.zone <<ZONE
\$ORIGIN example.com.
$head
@ 60 MX 10 mx.example.net.
@ 60 TXT "v=spf1 -all"
_dmarc 60 TXT "v=DMARC1; p=reject"
em1234 60 CNAME u1446226.wl123.sendgrid.net.
s1._domainkey 60 CNAME s1.domainkey.u1446226.wl123.sendgrid.net.
s2._domainkey 60 CNAME s2.domainkey.u1446226.wl123.sendgrid.net.
ZONE
cat >sendgrid.net.zone <<ZONE
\$ORIGIN sendgrid.net.
$head
u1446226.wl123 60 MX 10 mx
u1446226.wl123 60 TXT "v=spf1 ip4:192.0.2.0/24 -all"
s1.domainkey.u1446226.wl123 60 TXT $(text "v=DKIM1; k=rsa; p=$(key)")
s2.domainkey.u1446226.wl123 60 TXT $(text "v=DKIM1; k=rsa; n=$(printf 'long%.0s' $(seq 250)); p=$(key)")
mx 60 A 192.0.2.1
ZONE
cat >knot.conf <<CONF
server:
    rundir: "$work"
    user: root
    listen: [ 127.0.0.1@5301 ]
database:
    storage: "$work/db"
policy:
  - id: signed
    algorithm: ecdsap256sha256
zone:
  - domain: example.com
    file: "$work/example.com.zone"
    zonefile-sync: -1
    journal-content: none
    dnssec-signing: on
    dnssec-policy: signed
  - domain: sendgrid.net
    file: "$work/sendgrid.net.zone"
CONF
knotd -c knot.conf >knot.log 2>&1 &
pids+=($!)
for _ in $(seq 100); do
    dig -p 5301 @127.0.0.1 +tries=1 +time=1 +dnssec example.com SOA 2>/dev/null | grep -q RRSIG && break
    sleep 0.1
done

# An authority of its own, and a server's certificate for the name that the public resolver has.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test-ca \
    -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=resolver -keyout srv.key -out srv.csr \
    2>/dev/null
printf 'subjectAltName=DNS:cloudflare-dns.com,DNS:dns.test\nbasicConstraints=CA:FALSE\n' >srv.ext
openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -days 2 -extfile srv.ext -out srv.pem 2>/dev/null

good=$(keymgr -c knot.conf example.com ds | awk '$5 == 2 { print $1, "DS", $3, $4, $5, $6 }' | head -1)
[ -n "$good" ] || good=$(keymgr -c knot.conf example.com ds | head -1)
unbound_conf() { # port, file, trust anchor, more
    cat <<CONF
server:
    interface: 127.0.0.1@$1
$4
    do-not-query-localhost: no
    username: ""
    chroot: ""
    directory: "$work"
    pidfile: "$work/$2.pid"
    logfile: "$work/$2.log"
    use-syslog: no
    access-control: 0.0.0.0/0 allow
    module-config: "validator iterator"
    trust-anchor: "$3"
remote-control:
    control-enable: no
stub-zone:
    name: "example.com"
    stub-addr: 127.0.0.1@5301
stub-zone:
    name: "sendgrid.net"
    stub-addr: 127.0.0.1@5301
CONF
}
secured="    tls-service-key: \"$work/srv.key\"
    tls-service-pem: \"$work/srv.pem\""
unbound_conf 5304 good "$good" "    interface: 127.0.0.1@8530
    interface: 127.0.0.1@4430
    tls-port: 8530
    https-port: 4430
$secured" >good.conf
# The well-known port of HTTPS, at the address of a public resolver.
unbound_conf 5305 known "$good" "    interface: 1.1.1.1@443
    https-port: 443
$secured" >known.conf
bad=$(sed -E 's/[0-9A-Fa-f]{8}$/00000000/' <<<"$good")
unbound_conf 5306 bad "$bad" "" >bad.conf
for one in good known bad; do
    unbound -d -c "$one.conf" &
    pids+=($!)
done
for port in 5304 5305 5306; do
    for _ in $(seq 100); do
        dig -p $port @127.0.0.1 +tries=1 +time=1 sendgrid.net SOA >/dev/null 2>&1 && break
        sleep 0.1
    done
done

passed=0
expect() { [ "$2" = "$3" ] || { printf '%s: expected %s, got %s\n%s\n' "$1" "$2" "$3" "${said:-}"; exit 1; }; passed=$((passed + 1)); }
says() { grep -qF -- "$2" <<<"$said" || { printf '%s: not said: %s\n%s\n' "$1" "$2" "$said"; exit 1; }; passed=$((passed + 1)); }
confirm() { said=$("$program" confirm s1._domainkey.example.com s2._domainkey.example.com em1234.example.com "$@" 2>&1) && status=0 || status=$?; }
export CF_DOMAUTH_AUTHORITATIVE=127.0.0.1:5301
expect "a long answer does not fit a packet" 1 \
    "$(dig -p 5301 @127.0.0.1 +noall +comments +ignore s2.domainkey.u1446226.wl123.sendgrid.net TXT | grep -c ' tc')"

ca=$work/ca.pem
for resolver in 127.0.0.1:5304 tcp://127.0.0.1:5304 tls://127.0.0.1:8530#dns.test \
    https://dns.test:4430/dns-query#127.0.0.1; do
    confirm --resolver "$resolver" --ca-file "$ca"
    expect "$resolver" 0 "$status"
done
SSL_CERT_FILE=$ca confirm --resolver tls://127.0.0.1:8530#dns.test
expect "certificates from SSL_CERT_FILE" 0 "$status"

confirm --resolver tls://127.0.0.1:8530#other.test --ca-file "$ca"
expect "a certificate for another name, over TLS" 5 "$status"
says "a certificate for another name, over TLS" "its certificate is for cloudflare-dns.com and dns.test"
confirm --resolver https://other.test:4430/dns-query#127.0.0.1 --ca-file "$ca"
expect "a certificate for another name, over HTTPS" 5 "$status"
says "a certificate for another name, over HTTPS" "its certificate is for cloudflare-dns.com and dns.test"
confirm --resolver tls://127.0.0.1:8530#dns.test
says "a certificate of an unknown issuer" "its certificate is from an issuer that is not trusted"
confirm --resolver https://dns.test:4430/nowhere#127.0.0.1 --ca-file "$ca"
says "a page that is not there" "HTTP status 404"
confirm --resolver tls://127.0.0.1:8531#dns.test --ca-file "$ca"
expect "nobody listens" 5 "$status"
says "nobody listens" "no resolver answered"

# A real signed zone, a DS record that matches none of its keys: a real SERVFAIL.
confirm --resolver 127.0.0.1:5306
expect "a broken chain of trust" 5 "$status"
says "a broken chain of trust" "explain dnssec-broken"
confirm --resolver 127.0.0.1:5304 --resolver 127.0.0.1:5306
expect "one of two refuses" 5 "$status"

# Nothing listens on port 53 of the public resolvers; 1.1.1.1 answers over HTTPS.
confirm --ca-file "$ca"
says "port 53 is silent" "they are asked over HTTPS instead"
says "the silent ones are told" "https://dns.google/dns-query did not answer; judged by the others"
expect "judged over HTTPS" 0 "$status"
confirm --resolver 1.1.1.1
expect "resolvers that were named are not replaced" 5 "$status"
says "but the way out is told" "https://"
echo "$passed passed, 0 failed"
