#!/usr/bin/env bash
# Whether a tag is the release that the tree says: release_check.sh vX.Y.Z
set -euo pipefail
cd "$(dirname "$0")/.."
of() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p;T;q" Cargo.toml; }
wrong() { echo "release_check: $*" >&2; exit 1; }

version=$(of version)
[ "${1:-}" = "v$version" ] || wrong "the tag is ${1:-missing}, Cargo.toml says $version"
newest=$(sed -n 's/^## \[\([0-9][^]]*\)\] - [0-9-]\{10\}$/\1/p' CHANGELOG.md | head -n 1)
[ "$newest" = "$version" ] || wrong "the newest version of CHANGELOG.md is ${newest:-none}"
unreleased=$(sed -n '/^## \[Unreleased\]$/,/^## \[[0-9]/p' CHANGELOG.md | grep -cv '^## \|^$' || true)
[ "$unreleased" = 0 ] || wrong "CHANGELOG.md has changes that are not released"
[ -n "$(of repository)" ] || wrong "Cargo.toml names no repository, which packages link to"
echo "release $version"
