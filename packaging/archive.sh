#!/usr/bin/env bash
# What is downloaded for a target: archive.sh PROGRAM TARGET FOLDER. Manual pages and completions are those of
# target/packaging (assets.sh), as a program for another machine cannot write them.
set -euo pipefail
program=$(realpath "$1")
target=$2
mkdir -p "$3"
folder=$(realpath "$3")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)
name=cf-domauth-$version-$target
work=$(mktemp -d)
mkdir "$work/$name"
cp -r "$program" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE target/packaging/{man,completions} "$work/$name"
case $target in
*windows*) (cd "$work" && python3 -m zipfile -c "$folder/$name.zip" "$name") ;;
*) tar -C "$work" -czf "$folder/$name.tar.gz" --owner 0 --group 0 "$name" ;;
esac
rm -r "$work"
