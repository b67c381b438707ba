#!/usr/bin/env bash
# Prints every table of README.md, and draws the picture: half an hour on two cores. Installs the other tools into
# target/benches; knot, unbound, node and openssl have to be there, massdns and mhost are measured where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1
python=target/benches/bin/python

[ -x "$python" ] || python3 -m venv target/benches
"$python" -m pip install --quiet --disable-pip-version-check cloudflare==5.9.0 octodns==1.22.0 octodns-cloudflare==1.2.0 \
    PyYAML==6.0.4 dnspython==2.9.0
npm install --prefix target/benches/node --no-save --no-audit --no-fund --silent cf@0.0.5 cloudflare-cli@5.1.2

cargo build --locked --release
cargo bench --locked
program=$PWD/target/release/cf-domauth
"$python" benches/fleets.py "$program"
"$python" benches/peers.py "$program" "$PWD/target/benches/node"
massdns=$(command -v massdns || true)
"$python" benches/stream.py "$program" ${massdns:+"$massdns"}
mhost=$(command -v mhost || true)
"$python" benches/confirmation.py "$program" ${mhost:+"$mhost"}
