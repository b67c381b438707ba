#!/usr/bin/env bash
# Holds docs/public-names.txt equal to the names that the library's documentation shows; RENEW=1 writes it anew.
set -euo pipefail
cd "$(dirname "$0")/.."
names=$(grep -o '<a href="[^"]*">[^<]*</a>' target/doc/cf_domauth/all.html |
    sed -n 's/.*href="\([a-z_]*\/\)*\([a-z]*\)\.[^"]*">\(.*\)<\/a>/\2 \3/p' | LC_ALL=C sort)
[ -z "${RENEW:-}" ] || printf '%s\n' "$names" >docs/public-names.txt
diff docs/public-names.txt - <<<"$names" || {
    echo "the public names are not those of docs/public-names.txt: RENEW=1 .ci/public_names.sh"
    exit 1
}
