#!/usr/bin/env bash
# What is downloaded for a target: archive.sh PROGRAM TARGET ASSETS FOLDER. ASSETS is what assets.sh made.
# The same sources and program make the same bytes. Needs GNU tar and git, and zip for Windows.
set -euo pipefail
program=$(realpath "$1")
target=$2
assets=$(realpath "$3")
folder=$(realpath "$4")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)
name=cf-domauth-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -D -t "$work/$name" "$program"
cp -r README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$assets"/{man,completions} "$work/$name"
find "$work/$name" -exec touch --date "@$(git log -1 --format=%ct)" {} +
cd "$work"
case $target in
*windows*) TZ=UTC zip -qrX "$folder/$name.zip" "$name" ;;
*) tar -c --sort name --owner 0 --group 0 --numeric-owner "$name" | gzip -9n >"$folder/$name.tar.gz" ;;
esac
