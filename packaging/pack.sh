#!/usr/bin/env bash
# All files of a release, from programs that were built: pack.sh BUILT FOLDER ADDRESS SBOM
# BUILT has a folder for each target, with the program, `assets` (assets.sh) and, for Linux, the Debian package. ADDRESS
# is where the files will be, SBOM the bill of materials. Needs node, npm, python3, zip and what archive.sh needs.
set -euo pipefail
built=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
address=$3
sbom=$(realpath "$4")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)
node packaging/npm/pack.mjs "$folder" main
while read -r target npm; do
    program=$built/$target/cf-domauth
    [[ $target != *windows* ]] || program+=.exe
    packaging/archive.sh "$program" "$target" "$built/$target/assets" "$folder"
    python3 packaging/python/wheel.py "$program" "$target" "$folder"
    node packaging/npm/pack.mjs "$folder" "$npm" "$program"
    [[ $target != *linux* ]] || cp "$built/$target"/*.deb "$folder"
done <<'END'
x86_64-unknown-linux-musl linux-x64
aarch64-unknown-linux-musl linux-arm64
x86_64-apple-darwin darwin-x64
aarch64-apple-darwin darwin-arm64
x86_64-pc-windows-msvc win32-x64
END
cp "$sbom" "$folder/cf-domauth-$version.cdx.json"
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
(cd "$folder" && sha256sum -- *.tar.gz *.zip) >"$filled/sums"
python3 packaging/fill.py "$version" "$address" "$filled/sums" "$filled"
rm "$filled/sums"
tar -C "$filled" -czf "$folder/cf-domauth-$version-manifests.tar.gz" .
(cd "$folder" && sha256sum -- * >"$filled/SHA256SUMS" && mv "$filled/SHA256SUMS" .)
