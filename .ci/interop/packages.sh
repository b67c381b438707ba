#!/usr/bin/env bash
# Each package is made of a program that was built, put into an empty place, run there, and taken away:
# packages.sh PROGRAM TOOLS, with cargo-deb, maturin, twine and hadolint among the tools.
set -euo pipefail
program=$(realpath "$1")
tools=$(realpath "$2")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
version=$("$program" --version | cut -d ' ' -f 2)

# Repairs a zone of the sandbox, and audits it, which ends with 1.
tried() {
    local what=$1 status=0
    shift
    local home=$work/home
    rm -rf "$home"
    mkdir "$home"
    [ "$(HOME=$home "$@" --version)" = "cf-domauth $version" ]
    HOME=$home "$@" fix --zone example.com --sandbox --yes -q >"$work/said"
    grep -q 'Repaired: 3 records' "$work/said"
    HOME=$home "$@" audit --zone example.com --sandbox -q >/dev/null || status=$?
    [ "$status" = 1 ]
    echo "$what: installed and run"
}

# Debian: the program, its pages and completions, the units, which are not enabled.
PATH=$tools:$PATH packaging/debian/build.sh "$program" "$work" "Maintainer <maintainer@example.com>" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
mkdir -p "$work/root/var/lib/dpkg/"{info,updates}
touch "$work/root/var/lib/dpkg/"{status,available}
install="dpkg --root=$work/root --force-not-root --force-depends --force-script-chrootless --log=/dev/null"
$install --install "$work"/*.deb >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
tried "Debian package" "$work/root/usr/bin/cf-domauth"
for file in usr/share/man/man1/cf-domauth-fix.1.gz usr/share/bash-completion/completions/cf-domauth \
    usr/share/zsh/vendor-completions/_cf-domauth usr/share/fish/vendor_completions.d/cf-domauth.fish \
    usr/share/doc/cf-domauth/examples/settings.toml usr/lib/systemd/system/cf-domauth-audit.timer; do
    [ -s "$work/root/$file" ] || { echo "$file is not in the package"; exit 1; }
done
[ ! -e "$work/root/etc/systemd/system/timers.target.wants" ] || { echo "the timer is enabled"; exit 1; }
mkdir -p "$work/root/var/lib/private/cf-domauth/journal"
$install --purge cf-domauth >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
left=$(find "$work/root" -name '*cf-domauth*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }

# Python: maturin builds the program of these sources, which is there already if that was done just before.
(cd packaging/python && "$tools/maturin" build --quiet --release --out "$work/wheel")
"$tools/twine" check --strict "$work"/wheel/*.whl >/dev/null
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$work"/wheel/*.whl
tried "wheel" "$work/venv/bin/cf-domauth"

# npm: the package with the script finds that of the platform.
if command -v node >/dev/null && command -v npm >/dev/null; then
    case $(uname -m) in x86_64) platform=linux-x64 ;; *) platform=linux-arm64 ;; esac
    node packaging/npm/pack.mjs "$work/npm" main >/dev/null
    node packaging/npm/pack.mjs "$work/npm" "$platform" "$program" >/dev/null
    mkdir "$work/app"
    npm install --prefix "$work/app" --offline --no-audit --no-fund --silent --omit=optional "$work"/npm/*.tgz
    tried "npm package" "$work/app/node_modules/.bin/cf-domauth"
else
    echo "npm package: skipped, no node and npm here"
fi

# What package managers read, with sums that are made up.
for target in {x86_64,aarch64}-{apple-darwin,unknown-linux-musl}.tar.gz x86_64-pc-windows-msvc.zip; do
    echo "$(sha256sum <<<"$target" | cut -d ' ' -f 1)  cf-domauth-$version-$target"
done >"$work/sums"
python3 packaging/fill.py "$version" https://example.com/download "$work/sums" "$work/filled" >/dev/null
python3 -m json.tool "$work/filled/scoop/cf-domauth.json" >/dev/null
"$tools/python" -c 'import sys, yaml; [yaml.safe_load(open(path)) for path in sys.argv[1:]]' "$work"/filled/winget/*.yaml
if command -v ruby >/dev/null; then ruby -c "$work/filled/homebrew/cf-domauth.rb" >/dev/null; fi
sed -i 1d "$work/sums"
if python3 packaging/fill.py "$version" https://example.com "$work/sums" "$work/filled" >/dev/null 2>&1; then
    echo "a sum that is missing was not noticed"
    exit 1
fi
"$tools/hadolint" packaging/container/Containerfile
echo "manifests and container file: checked"
