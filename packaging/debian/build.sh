#!/usr/bin/env bash
# The Debian package of a program that was built for this machine: build.sh PROGRAM FOLDER "NAME <ADDRESS>"
# It prints the package's path. Needs dpkg-dev and git. The same sources and program make the same bytes.
set -euo pipefail
program=$(realpath "$1")
folder=$(realpath "$2")
maintainer=${3:?the maintainer is missing}
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p;T;q' Cargo.toml)-1
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
share=$tree/usr/share
documents=$share/doc/cf-domauth
packaging/assets.sh "$program" "$work/assets"
install -D "$program" "$tree/usr/bin/cf-domauth"
install -D -m 644 -t "$share/man/man1" "$work"/assets/man/*.1
install -D -m 644 "$work/assets/completions/cf-domauth.bash" "$share/bash-completion/completions/cf-domauth"
install -D -m 644 -t "$share/zsh/vendor-completions" "$work/assets/completions/_cf-domauth"
install -D -m 644 -t "$share/fish/vendor_completions.d" "$work/assets/completions/cf-domauth.fish"
install -D -m 644 -t "$tree/usr/lib/systemd/system" packaging/systemd/cf-domauth-audit.{service,timer}
install -D -m 644 -t "$documents/examples" packaging/debian/settings.toml
install -m 644 packaging/debian/copyright "$documents"
install -m 644 CHANGELOG.md "$documents/changelog"
cat >"$documents/changelog.Debian" <<END
cf-domauth ($version) stable; urgency=medium

  * Version ${version%-*}. What is new: /usr/share/doc/cf-domauth/changelog.gz

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n "$share"/man/man1/*.1 "$documents"/changelog*

# A static program needs no libraries.
mkdir "$work/debian" "$tree/DEBIAN"
echo 'Source: cf-domauth' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --warnings=0 "$tree/usr/bin/cf-domauth" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
{
    cat <<END
Package: cf-domauth
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$tree" | cut -f 1)
Section: net
Priority: optional
END
    [ -z "$depends" ] || echo "Depends: $depends"
    cat <<'END'
Description: finds and repairs mail authentication CNAME records at Cloudflare
 Sending platforms have one publish CNAME records, usually a return path and
 two DKIM selectors. When they are proxied or deleted at Cloudflare, mail fails
 authentication. This program finds such records, shows the exact changes,
 repairs them, and waits until public DNS shows it.
 .
 A systemd timer for a nightly audit is included; it is not enabled.
END
} >"$tree/DEBIAN/control"
install -m 755 -t "$tree/DEBIAN" packaging/debian/{postinst,prerm,postrm}
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
package=$folder/cf-domauth_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package"
