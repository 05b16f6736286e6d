#!/bin/sh
# image.sh SOURCE: builds the image of that folder and runs it, without a Docker daemon and without a registry: buildah builds in a chroot, on a base
# that debootstrap makes in the place of debian:13-slim. For root, with Debian's archive; ends with 77 where that is not so.
set -eu
source=$(CDPATH='' cd -- "$1" && pwd)
say() { echo "  $*"; }
die() {
    say "FAILED: $*"
    [ ! -e "$work/log" ] || tail -n 40 "$work/log"
    exit 1
}

if [ "$(id -u)" -ne 0 ] || ! command -v buildah >/dev/null || ! command -v debootstrap >/dev/null; then
    say 'the image needs root, buildah and debootstrap: not built here'
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '[storage]\ndriver = "vfs"\nrunroot = "%s/run"\ngraphroot = "%s/root"\n' "$work" "$work" >"$work/storage.conf"
export CONTAINERS_STORAGE_CONF="$work/storage.conf" STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

debootstrap --variant=minbase trixie "$work/base" >"$work/log" 2>&1 || {
    say "debootstrap cannot make a root here (is Debian's archive reached?)"
    tail -n 5 "$work/log"
    exit 77
}
scratch=$(buildah from scratch)
cp -a "$work/base/." "$(buildah mount "$scratch")/"
buildah commit -q --rm "$scratch" docker.io/library/debian:13-slim >"$work/log" 2>&1 || die 'no base image'
rm -rf "$work/base"
buildah bud --pull-never --format docker -f "$source/packaging/container/Dockerfile" -t devflow "$source" >"$work/log" 2>&1 ||
    die 'the Dockerfile does not build'
say "builds: $(buildah images --format '{{.Size}}' localhost/devflow:latest), of which the base has $(buildah images --format '{{.Size}}' docker.io/library/debian:13-slim)"

container=$(buildah from --pull-never devflow)
run() { buildah run "$@" 2>&1; }
# The program below a buildah.
served_by() {
    cat "/proc/$1"/task/*/children | tr ' ' '\n' | while read -r child; do
        if [ "$(cat "/proc/$child/comm")" = devflow ]; then echo "$child"; else served_by "$child"; fi
    done
}
user=$(buildah inspect --format '{{.OCIv1.Config.User}}' "$container")
runs_as=$(run "$container" -- id -u | tail -n 1) || :
[ "$user $runs_as" = '10001:10001 10001' ] || die "its user is $user, and it runs as $runs_as"
version=$(run "$container" -- /usr/bin/devflow --version | head -n 1)
[ "$version" = "devflow $("$source/tools/version.sh")" ] || die "it says it is $version"
[ -z "$(run "$container" -- sh -c 'command -v gcc meson git || :')" ] || die 'what builds it is in it'

# A free port: the network is this machine's.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
key=$(run "$container" -- /usr/bin/devflow key:generate)
buildah run -e OAUTH_ENCRYPTION_KEY="$key" -e API_HOST=127.0.0.1 -e PORT="$port" "$container" -- /usr/bin/devflow serve >"$work/log" 2>&1 &
server=$!
left=300
until run -e PORT="$port" "$container" -- /usr/lib/devflow/healthy >/dev/null; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || die 'it does not get healthy'
    kill -0 "$server" 2>/dev/null || die 'it ended'
    sleep 0.2
done
kill "$(served_by "$server")"
wait "$server" || die "it ended with $?"
if run -e PORT="$port" "$container" -- /usr/lib/devflow/healthy >/dev/null; then die 'it is called healthy when it is not there'; fi
say "runs as $user, is healthy, stops: $version"
