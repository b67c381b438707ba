#!/usr/bin/env bash
# The Debian package of a program that was built: build.sh PROGRAM FOLDER MAINTAINER [TARGET]
# It prints the package's path. Needs cargo-deb, dpkg-dev and git.
set -euo pipefail
program=$(realpath "$1")
folder=$(realpath "$2")
maintainer=$3
cd "$(dirname "$0")/../.."
packaging/assets.sh "$program" target/packaging
install -m 755 "$program" target/packaging/cf-domauth
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)
cat >target/packaging/changelog.Debian <<END
cf-domauth ($version-1) stable; urgency=medium

  * Version $version. What is new: /usr/share/doc/cf-domauth/changelog.gz

 -- $maintainer  $(git log -1 --format=%cD)
END
cargo deb --no-build --no-strip --maintainer "$maintainer" --output "$folder/" ${4:+--target "$4"}
