#!/usr/bin/env bash
# Packages of a program that was built: each is put into an empty place, run there, and taken away: packages.sh PROGRAM TOOLS
# TOOLS has twine, hadolint and a Python with yaml.
set -euo pipefail
program=$(realpath "$1")
tools=$(realpath "$2")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)
mkdir "$work/"{home,out,npm,app}

# Repairs a zone of the sandbox, and audits it, which ends with 1.
tried() { # WHAT PROGRAM
    local said status=0
    local run=(env -i HOME="$work/home" PATH="$PATH" "$2")
    said=$("${run[@]}" --version)
    [ "$said" = "cf-domauth $version" ] || { echo "$1: the version is $said, not $version"; exit 1; }
    said=$("${run[@]}" fix --zone example.com --sandbox --yes -q)
    grep -q 'Repaired: 3 records' <<<"$said" || { echo "$1: nothing was repaired: $said"; exit 1; }
    "${run[@]}" audit --zone example.com --sandbox -q >/dev/null || status=$?
    [ "$status" = 1 ] || { echo "$1: an audit ended with $status"; exit 1; }
    echo "$1: installed and run"
}

if command -v dpkg-shlibdeps >/dev/null; then
    package=$(packaging/debian/build.sh "$program" "$work/out" "Maintainer <maintainer@example.com>")
    mkdir -p "$work/root/var/lib/dpkg/"{info,updates}
    touch "$work/root/var/lib/dpkg/status"
    in_root() {
        dpkg --root="$work/root" --force-not-root,depends,script-chrootless --log=/dev/null "$@" >"$work/log" 2>&1 ||
            { cat "$work/log"; exit 1; }
    }
    in_root --install "$package"
    tried "Debian package" "$work/root/usr/bin/cf-domauth"
    for file in usr/share/man/man1/cf-domauth-fix.1.gz usr/share/bash-completion/completions/cf-domauth \
        usr/share/zsh/vendor-completions/_cf-domauth usr/share/fish/vendor_completions.d/cf-domauth.fish \
        usr/share/doc/cf-domauth/examples/settings.toml usr/lib/systemd/system/cf-domauth-audit.timer; do
        [ -s "$work/root/$file" ] || { echo "Debian package: there is no $file"; exit 1; }
    done
    [ ! -e "$work/root/etc/systemd" ] || { echo "Debian package: the timer is enabled"; exit 1; }
    mkdir -p "$work/root/var/lib/private/cf-domauth/journal"
    in_root --purge cf-domauth
    left=$(find "$work/root" -name '*domauth*')
    [ -z "$left" ] || { echo "Debian package: left behind: $left"; exit 1; }
else
    echo "Debian package: skipped, no dpkg-dev here"
fi

wheel=$(python3 packaging/python/wheel.py "$program" "$(rustc -vV | sed -n 's/^host: //p')" "$work/out")
"$tools/twine" check --strict "$wheel" >/dev/null
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
tried "wheel" "$work/venv/bin/cf-domauth"

if command -v npm >/dev/null; then
    case $(uname -m) in x86_64) platform=linux-x64 ;; *) platform=linux-arm64 ;; esac
    node packaging/npm/pack.mjs "$work/npm" main >/dev/null
    node packaging/npm/pack.mjs "$work/npm" "$platform" "$program" >/dev/null
    npm install --prefix "$work/app" --offline --no-audit --no-fund --silent --omit=optional "$work"/npm/*.tgz
    tried "npm package" "$work/app/node_modules/.bin/cf-domauth"
    # A signal to the script alone reaches the program, which ends well, and its status comes back.
    status=0
    env -i HOME="$work/home" PATH="$PATH" timeout --foreground --preserve-status --signal TERM --kill-after 20 3 \
        "$work/app/node_modules/.bin/cf-domauth" sandbox >/dev/null || status=$?
    [ "$status" = 0 ] || { echo "npm package: told to end, it ended with $status"; exit 1; }
else
    echo "npm package: skipped, no npm here"
fi

# What package managers read, with sums that are made up.
for target in {x86_64,aarch64}-{apple-darwin,unknown-linux-musl}.tar.gz x86_64-pc-windows-msvc.zip; do
    echo "$(sha256sum <<<"$target" | cut -d ' ' -f 1)  cf-domauth-$version-$target"
done >"$work/sums"
python3 packaging/fill.py "$version" https://example.com/download "$work/sums" "$work/filled" >/dev/null
python3 -m json.tool "$work/filled/scoop/cf-domauth.json" >/dev/null
"$tools/python" -c 'import sys, yaml; [yaml.safe_load(open(path)) for path in sys.argv[1:]]' "$work"/filled/winget/*.yaml
if command -v ruby >/dev/null; then ruby -c "$work/filled/homebrew/cf-domauth.rb" >/dev/null; else echo "formula: skipped, no ruby here"; fi
sed -i 1d "$work/sums"
if python3 packaging/fill.py "$version" https://example.com "$work/sums" "$work/filled" >/dev/null 2>&1; then
    echo "fill.py did not notice that a sum is missing"
    exit 1
fi
"$tools/hadolint" packaging/container/Containerfile
echo "manifests and container file: checked"
