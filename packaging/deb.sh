#!/bin/sh
# deb.sh FOLDER [YYJSON]: builds HEAD's Debian packages and their source package into FOLDER. YYJSON: the source tarball of yyjson
# that ./dev has fetched, for systems that have no package of it; it becomes part of the source package. The same commit gives
# the same .deb files on the same system, in whatever folder. DEBFULLNAME and DEBEMAIL name who publishes them.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
out=$(CDPATH='' cd -- "$1" && pwd)
yyjson=${2:+$(CDPATH='' cd -- "$(dirname -- "$2")" && pwd)/$(basename -- "$2")}
version=$("$root/tools/version.sh" version)
SOURCE_DATE_EPOCH=$("$root/tools/version.sh" epoch)
export SOURCE_DATE_EPOCH
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/packaging/tarball.sh" "$work" >/dev/null
mv "$work/devflow-$version.tar.xz" "$work/devflow_$version.orig.tar.xz"
tar -xf "$work/devflow_$version.orig.tar.xz" -C "$work"
cd "$work/devflow-$version"
if [ -n "$yyjson" ]; then
    cp "$yyjson" "$work/devflow_$version.orig-yyjson.tar.gz"
    mkdir yyjson
    tar -xf "$yyjson" -C yyjson --strip-components=1
fi
cp -r packaging/debian debian
cp packaging/systemd/devflow.* debian/
maintainer="${DEBFULLNAME:-DevFlow contributors} <${DEBEMAIL:-devflow@localhost.localdomain}>"
sed -i "s/^Maintainer: .*/Maintainer: $maintainer/" debian/control
cat >debian/changelog <<TEXT
devflow ($version-1) unstable; urgency=medium

  * Built from commit $("$root/tools/version.sh" commit). What changed is in CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
# Tests are ./dev test's. A compiler that the caller chose would show in the result.
env -u CC -u CFLAGS -u LDFLAGS -u DESTDIR DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" LC_ALL=C.UTF-8 TZ=UTC0 \
    dpkg-buildpackage -us -uc
cd "$work"
for made in ./*.deb ./*.dsc ./*.tar.* ./*.buildinfo ./*.changes; do cp "$made" "$out/"; done
