#!/usr/bin/env bash
# The completion scripts in the shells themselves, and the manual pages: completions.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/home/.config/cf-domauth"
ln -s "$program" "$folder/bin/cf-domauth"
export PATH=$folder/bin:$PATH HOME=$folder/home
unset XDG_CONFIG_HOME XDG_STATE_HOME CF_DOMAUTH_STATE_DIR CF_DOMAUTH_SETTINGS CF_DOMAUTH_PROFILE
echo 'zones = ["known.example"]' >"$HOME/.config/cf-domauth/settings.toml"

expect() { # SHELL LINE WANTED GOT
    if grep -qw -- "$3" <<<"$4"; then
        echo "$1: \`$2\` proposes $3"
    else
        echo "$1: \`$2\` does not propose $3, but: $4"
        exit 1
    fi
}

in_bash() {
    bash --norc -c '
        set -e
        source <(cf-domauth completions bash)
        COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
        read -ra COMP_WORDS <<<"$1"
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        function=$(complete -p cf-domauth | sed "s/.*-F \([^ ]*\).*/\1/")
        $function cf-domauth "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$1"
}
in_fish() {
    fish --no-config -c 'cf-domauth completions fish | source; complete -C "$argv[1]"' "$1"
}
# A terminal of its own, with a real press of Tab.
in_zsh() {
    zsh -f -c '
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1=; autoload -U compinit; compinit -u -d $HOME/.zcompdump; LISTMAX=1000; source <(cf-domauth completions zsh); echo REA""DY"
        zpty -r shell answer "*READY*"
        zpty -w -n shell "$1"$'"'\\t\\t'"'
        sleep 2
        while zpty -r -t shell answer; do print -rn -- "$answer"; done' zsh "$1"
}

for shell in bash fish zsh; do
    command -v "$shell" >/dev/null || { echo "there is no $shell here"; exit 1; }
    while read -r wanted line; do
        expect "$shell" "$line" "$wanted" "$("in_$shell" "$line")"
    done <<'LINES'
audit cf-domauth aud
known.example cf-domauth audit kno
dmarc-duplicated cf-domauth explain dmarc-du
sendgrid cf-domauth providers show sendg
deleted-long-ago cf-domauth fix --sandbox deleted-lo
LINES
done

# Every page renders, and nothing is complained of.
cf-domauth man --dir "$folder/man"
for page in "$folder"/man/*.1; do
    complaints=$(MANROFFSEQ='' MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings=w -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [ -z "$complaints" ] || { printf '%s: %s\n' "$page" "$complaints"; exit 1; }
done
rendered=$(MANWIDTH=80 LC_ALL=C.UTF-8 man -l "$folder/man/cf-domauth-fix.1" | col -b)
grep -q 'cf-domauth fix example.com --dry-run' <<<"$rendered"
grep -q 'EXIT STATUS' <<<"$rendered"
echo "manual pages: $(find "$folder/man" -name '*.1' | wc -l), all render without a warning"
