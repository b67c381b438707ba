#!/usr/bin/env bash
# A token in a real keyring, in a session bus of its own: keyring.sh PROGRAM
set -euo pipefail
if [ "${2:-}" != inside ]; then
    exec dbus-run-session -- "$0" "$(realpath "$1")" inside
fi
program=$1
HOME=$(mktemp -d)
export HOME
unset XDG_CONFIG_HOME XDG_STATE_HOME CF_DOMAUTH_STATE_DIR CF_DOMAUTH_SETTINGS CF_DOMAUTH_PROFILE
printf 'word\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
"$program" sandbox --env-file "$HOME/variables" >/dev/null &
server=$!
trap 'kill "$server"; rm -rf "$HOME"' EXIT
until grep -q POSTMARK_BASE_URL "$HOME/variables" 2>/dev/null; do sleep 0.1; done
# shellcheck source=/dev/null
. "$HOME/variables"
token=$CLOUDFLARE_API_TOKEN
unset CLOUDFLARE_API_TOKEN
found() { local status=0; "$@" || status=$?; [ "$status" = 1 ] || { echo "exit status $status: $*"; exit 1; }; }
found "$program" init example.com --store keyring <<<"$token" >"$HOME/first" 2>&1
found "$program" audit >"$HOME/second" 2>&1
grep -q 'token = { keyring = "default" }' "$HOME/.config/cf-domauth/settings.toml"
if grep -r -q -F -- "$token" "$HOME/first" "$HOME/second" "$HOME/.config"; then
    echo "the token is told"
    exit 1
fi
echo "the token is kept in the keyring and found there"
