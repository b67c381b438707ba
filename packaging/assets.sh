#!/usr/bin/env bash
# The manual pages and completions that the program writes itself: assets.sh PROGRAM FOLDER
set -euo pipefail
program=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2/completions"
cd "$2"
"$program" man --dir man
"$program" completions bash >completions/cf-domauth.bash
"$program" completions fish >completions/cf-domauth.fish
"$program" completions powershell >completions/_cf-domauth.ps1
# The first Tab only loads the file, so it has to answer as well.
{
    "$program" completions zsh
    # shellcheck disable=SC2016 # for zsh
    echo '[[ $funcstack[1] != _cf-domauth ]] || _clap_dynamic_completer_cf_domauth "$@"'
} >completions/_cf-domauth
