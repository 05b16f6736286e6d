# shellcheck shell=sh disable=SC2154 # root and caller are ./dev's
# Sourced by ./dev: the packages.

# package [--output DIR] [--check] [--image] [--temporal]
package() {
    out=$root/dist check='' image='' temporal=''
    while [ $# -gt 0 ]; do
        case $1 in
        --output) out=${2:?--output needs a folder} && shift ;;
        --output=*) out=${1#--output=} ;;
        --check) check=yes ;;
        --image) image=yes ;;
        --temporal) temporal=yes ;;
        *) die "package knows only --output DIR, --check, --image and --temporal, not $1" ;;
        esac
        shift
    done
    case $out in /*) ;; *) out=$caller/$out ;; esac
    ready build package
    package_commit=$(git rev-parse HEAD)
    mkdir -p "$out"
    package_build "$root" "$out"
    [ -z "$temporal" ] || package_temporal "$out"
    [ -z "$check" ] || package_check "$out" "$temporal"
    [ -z "$image" ] || package_image
    say "In $out:"
    (cd "$out" && ls -- *"$("$root/tools/version.sh" version)"*) >&2
}

# package_temporal FOLDER: the package that needs Rust, beside the others.
package_temporal() {
    ready temporal
    package_crates=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/devflow/cargo}
    mkdir -p "$package_crates"
    package_library=$package_crates/libdevflow-temporal.so
    step 'build the library for Temporal' temporal/build.sh "$(command -v cargo)" "$root/temporal" "$package_crates" "$package_library"
    step 'build the package devflow-temporal' packaging/temporal/deb.sh "$1" "$package_library"
    step 'lintian' package_lint "$1/devflow-temporal_$(tools/version.sh version)-1_$(dpkg --print-architecture).changes"
}

# The image of HEAD, built and run.
package_image() {
    packages image
    package_source=$(mktemp -d)
    git clone -q "$root" "$package_source/source"
    git -C "$package_source/source" checkout -q "$package_commit"
    package_code=0
    packaging/check/image.sh "$package_source/source" >&2 || package_code=$?
    rm -rf "$package_source"
    [ "$package_code" -eq 0 ] || die "the image did not pass ($package_code)"
}

# The source of yyjson, where the system has no package of it: empty, or the path of what setup fetches.
package_yyjson() {
    pkg-config --exists yyjson && return
    [ -e .devflow/yyjson/yyjson-4.0.6.tar.gz ] || {
        venv_here
        step 'fetch yyjson (reads JSON; this system has no package of it)' fetch_yyjson
    }
    echo "$root/.devflow/yyjson/yyjson-4.0.6.tar.gz"
}

# package_build SOURCE FOLDER: tarball and packages of the source's HEAD, and what lintian says of them.
package_build() {
    package_from=$(package_yyjson)
    step 'write the source tarball' "$1/packaging/tarball.sh" "$2"
    step 'build the Debian packages' "$1/packaging/deb.sh" "$2" "$package_from"
    step 'lintian' package_lint "$2/devflow_$("$1/tools/version.sh" version)-1_$(dpkg --print-architecture).changes"
}

# Overrides say why beside themselves. The project has no mail address of its own: who publishes sets DEBFULLNAME and DEBEMAIL.
package_lint() {
    lintian --pedantic -I --allow-root --fail-on error,warning,info,pedantic \
        --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$1"
}

# package_check FOLDER TEMPORAL: built again elsewhere, they are the same bytes; then their life on a system of their own.
package_check() {
    package_again=$(mktemp -d)
    git clone -q --shared "$root" "$package_again/source"
    git -C "$package_again/source" checkout -q "$package_commit"
    mkdir "$package_again/out" "$package_again/older"
    package_from=$(package_yyjson)
    (
        umask 077
        export TZ=Asia/Kathmandu LC_ALL=C TMPDIR=/var/tmp
        step 'build them again, elsewhere' "$package_again/source/packaging/deb.sh" "$package_again/out" "$package_from"
        step 'write the tarball again' "$package_again/source/packaging/tarball.sh" "$package_again/out"
    )
    for made in "$package_again/out"/*.deb "$package_again/out"/*.tar.* "$package_again/out"/*.dsc; do
        cmp -s "$made" "$1/${made##*/}" || die "built twice, ${made##*/} is not the same"
    done
    say '  built twice: the same bytes'
    package_older
    package_code=0
    mkdir "$package_again/temporal"
    [ -z "$2" ] || cp "$1"/devflow-temporal_"$(tools/version.sh version)"-1_*.deb "$package_again/temporal/"
    python3 packaging/check/life.py "$package_again/out" "$package_again/older" "$package_again/temporal" >&2 || package_code=$?
    rm -rf "$package_again"
    [ "$package_code" -eq 0 ] || die "the life of the package did not pass ($package_code)"
}

# An older version: that of the commit which first made packages, else this one again.
package_older() {
    package_first=$(git log --diff-filter=A --format=%H -- packaging/debian/control | tail -n 1)
    if [ "$package_first" != "$package_commit" ] && [ -n "$package_first" ]; then
        git -C "$package_again/source" checkout -q "$package_first"
        step "build the version of $(git log -1 --format=%cs "$package_first")" "$package_again/source/packaging/deb.sh" "$package_again/older" "$package_from"
    else
        cp "$package_again/out"/*.deb "$package_again/older/"
    fi
}
