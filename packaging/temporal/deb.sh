#!/bin/sh
# deb.sh FOLDER LIBRARY: HEAD's package devflow-temporal in FOLDER: the library (temporal/build.sh has made it) and the terms of the crates in
# it, nothing else. DEBFULLNAME and DEBEMAIL name who publishes it.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
library=$(CDPATH='' cd -- "$(dirname -- "$2")" && pwd)/$(basename -- "$2")
out=$(CDPATH='' cd -- "$1" && pwd)
version=$("$root/tools/version.sh" version)
SOURCE_DATE_EPOCH=$("$root/tools/version.sh" epoch)
export SOURCE_DATE_EPOCH
umask 022
git -C "$root" diff --quiet HEAD -- temporal || echo "deb.sh: what is not committed of temporal/ is in the package" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$root/packaging/temporal/debian" "$work/"
mkdir "$work/package"
mv "$work/debian" "$work/package/"
cd "$work/package"
cp "$library" libdevflow-temporal.so
python3 "$root/packaging/temporal/crates.py" "$(command -v cargo)" "$root/temporal/Cargo.toml" >crates.txt
maintainer="${DEBFULLNAME:-DevFlow contributors} <${DEBEMAIL:-devflow@localhost.localdomain}>"
sed -i "s/^Maintainer: .*/Maintainer: $maintainer/" debian/control
cat >debian/changelog <<TEXT
devflow-temporal ($version-1) unstable; urgency=medium

  * Built from commit $("$root/tools/version.sh" commit).
    What changed is in devflow's CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
env LC_ALL=C.UTF-8 TZ=UTC0 dpkg-buildpackage -b -us -uc
cd "$work"
for made in ./*.deb ./*.buildinfo ./*.changes; do cp "$made" "$out/"; done
