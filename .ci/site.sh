#!/usr/bin/env bash
# Builds the site, and checks its links and those of the pages. Nothing is fetched: an address outside has to stand in
# links.txt, and in the references where they are at hand. Those of providers.md are the catalog's sources.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=target/ci-tools/bin
pages=(README.md CHANGELOG.md {docs,.github,benches}/*.md)
[ ! -f packaging/README.md ] || pages+=(packaging/README.md)
check() { "$tools/lychee" --offline --include-fragments --no-progress "$@"; }

"$tools/mdbook" build docs
check --root-dir "$PWD/target/book" target/book/*.html
check "${pages[@]}"

own=()
for page in "${pages[@]}"; do [ "$page" = docs/providers.md ] || own+=("$page"); done
"$tools/lychee" --dump "${own[@]}" | sed -n 's/^\(http[^?]*\).*/\1/p' | LC_ALL=C sort -u | diff .ci/links.txt - || {
    echo "the addresses outside are not those of .ci/links.txt"
    exit 1
}
references=../shared/reference
[ -d "$references" ] || exit 0
while read -r link; do
    known=${link#https://}
    known=${known#github.com/}
    grep -rqF "$(sed 's|^developers.cloudflare.com/||; s|/$||' <<<"$known")" "$references" || {
        echo "$link stands in no reference"
        exit 1
    }
done <.ci/links.txt
