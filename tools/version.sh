#!/bin/sh
# What this source is:  version.sh base | version | commit | epoch | header
#
# base     X.Y.Z, the last release (file VERSION)
# version  the base where HEAD has the tag vX.Y.Z, else X.Y.Z+gitTIME.COMMIT, which sorts behind the base
# commit   12 digits, "-dirty" behind them when a file of git's was changed; "unknown" outside git and its archives
# epoch    when that commit was made, in seconds; 0 when nobody knows
# header   both as C
#
# From git; in a tarball from tools/archived.txt, which git fills in as it writes the archive.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
base=$(cat "$root/VERSION")
hash='' epoch=0 described='' dirty=''

archived=$(cat "$root/tools/archived.txt")
if [ "${archived#\$Format}" = "$archived" ]; then
    read -r hash epoch described <<LINE
$archived
LINE
elif [ "$(git -C "$root" rev-parse --show-toplevel 2>/dev/null)" = "$root" ] &&
    hash=$(git -C "$root" rev-parse -q --verify 'HEAD^{commit}' 2>/dev/null); then
    epoch=$(git -C "$root" log -1 --format=%ct)
    described=$(git -C "$root" describe --tags --match 'v*' --abbrev=40 2>/dev/null) || :
    [ -z "$(git -C "$root" status --porcelain --untracked-files=no)" ] || dirty=-dirty
fi

version=$base
if [ -n "$hash" ] && [ "$described" != "v$base" ]; then
    version=$base+git$(date -u -d "@$epoch" +%Y%m%d%H%M%S).$(printf %.7s "$hash")
fi
commit=$(printf %.12s "${hash:-unknown}")$dirty

case ${1-version} in
base) echo "$base" ;;
version) echo "$version" ;;
commit) echo "$commit" ;;
epoch) echo "$epoch" ;;
header)
    echo "#define DF_VERSION \"$version\""
    echo "#define DF_COMMIT \"$commit\""
    ;;
*)
    echo "version.sh: base, version, commit, epoch or header, not $1" >&2
    exit 2
    ;;
esac
