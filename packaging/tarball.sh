#!/bin/sh
# tarball.sh FOLDER: writes the source of HEAD there as devflow-VERSION.tar.xz and prints its path. The same commit gives the same
# bytes wherever it is made, with the same git and xz.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
folder=$(CDPATH='' cd -- "$1" && pwd)
name=devflow-$("$root/tools/version.sh" version)

[ -z "$(git -C "$root" status --porcelain --untracked-files=no)" ] ||
    echo "tarball.sh: what is not committed is not in the tarball" >&2
# The user's own git settings and xz options would show in it.
unset XZ_OPT XZ_DEFAULTS
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1
git -C "$root" -c tar.umask=0022 -c core.attributesFile=/dev/null archive --format=tar --prefix="$name/" -o "$folder/$name.tar" HEAD
xz -f -T1 -6 --check=crc64 "$folder/$name.tar"
echo "$folder/$name.tar.xz"
