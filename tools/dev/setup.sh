# shellcheck shell=sh disable=SC2154 # root is ./dev's
# Sourced by ./dev: steps, packages, yyjson, the private Python and Node parts, builds. All it says goes to standard error,
# so that what a command prints stays clean.

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "dev: $*"
    exit 1
}

# step LABEL COMMAND...: one line when it goes well (none of a quick one when step_quick=silent), the log's tail when not.
step() {
    step_label=$1
    shift
    mkdir -p .devflow/log
    step_log=.devflow/log/$(printf %s "$step_label" | tr -c 'A-Za-z0-9' '-').log
    step_from=$(date +%s)
    if "$@" >"$step_log" 2>&1 </dev/null; then
        step_took=$(($(date +%s) - step_from))
        if [ "$step_took" -gt 1 ]; then
            say "  $step_label ($step_took s)"
        elif [ "${step_quick-}" != silent ]; then
            say "  $step_label"
        fi
    else
        tail -n 40 "$step_log" >&2
        die "\"$step_label\" failed; all it printed is in $step_log"
    fi
}

# ready TIER...: installs what these tiers need. A stamp of all that decides it makes the next runs start at once.
ready() {
    ready_hash=$(cat /etc/os-release tools/dev/packages.txt tools/dev/setup.sh tools/yyjson/meson.build test/package.json \
        test/requirements.txt test/temporal/requirements.txt tools/demo/requirements.txt tools/dev/requirements.txt 2>/dev/null | sha256sum | cut -c 1-32)
    for tier; do
        grep -qsx "$tier $ready_hash $root" .devflow/ready || make_ready "$tier"
    done
}

make_ready() {
    case $1 in
    build) packages build && yyjson ;;
    demo) venv demo tools/demo/requirements.txt ;;
    test) packages test && venv test test/requirements.txt && node_modules ;;
    temporal) packages temporal && venv temporal test/temporal/requirements.txt ;;
    lint) packages lint && venv lint tools/dev/requirements.txt ;;
    fuzz) packages fuzz ;;
    package) packages package ;;
    *) die "no tier $1: build demo test temporal lint fuzz package" ;;
    esac
    mkdir -p .devflow
    { grep -sv "^$1 " .devflow/ready || :; echo "$1 $ready_hash $root"; } >.devflow/ready.new
    mv .devflow/ready.new .devflow/ready
}

# Whether a package is there: here PACKAGE PROBE.
here() {
    case $2 in
    -) dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i' ;;
    py:*) python3 -c "import ${2#py:}" 2>/dev/null ;;
    *) command -v "$2" >/dev/null ;;
    esac
}

# packages TIER: installs the tier's missing packages.
packages() {
    missing=
    while read -r tier package probe why; do
        # Ubuntu has Chromium as a snap only, which does not run everywhere; its tests say so.
        if [ "$package" = chromium ] && grep -qs '^ID=ubuntu' /etc/os-release; then continue; fi
        if [ "$tier" = "$1" ] && ! here "$package" "$probe"; then
            [ -n "$missing" ] || say "Packages to install:"
            printf '  %-22s %s\n' "$package" "$why" >&2
            missing="$missing $package"
        fi
    done <tools/dev/packages.txt
    [ -z "$missing" ] || apt_install "$missing"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        die "neither root nor sudo; as root, run: $*"
    fi
}

apt_update() {
    [ -z "${apt_updated-}" ] || return 0
    step 'apt-get update' as_root apt-get update -q
    apt_updated=1
}

# A package that apt's lists hold: "apt-cache show" alone also finds what is only installed.
apt_knows() {
    apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [0-9]'
}

apt_install() {
    command -v apt-get >/dev/null || die "no apt-get here; install by hand:$1"
    # Asked before the output goes to a log, where nobody would see the question.
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then sudo -v; fi
    for package in $1; do
        apt_knows "$package" || apt_update
    done
    # shellcheck disable=SC2086 # a list of names
    step "install the packages" as_root apt-get install -q -y --no-install-recommends $1
}

# yyjson: the system's package, else its source as the Python package of that name carries it.
yyjson() {
    if pkg-config --exists yyjson || [ -e subprojects/yyjson/yyjson.c ]; then
        [ ! -d subprojects/yyjson ] || cp tools/yyjson/meson.build subprojects/yyjson/
        return 0
    fi
    if command -v apt-get >/dev/null; then
        apt_knows gcc || apt_update
        if apt_knows libyyjson-dev; then
            say "Packages to install:"
            say "  libyyjson-dev          reads JSON"
            apt_install libyyjson-dev
            return 0
        fi
    fi
    venv_here
    step 'fetch yyjson (reads JSON; this system has no package of it)' fetch_yyjson
}

fetch_yyjson() {
    rm -rf .devflow/yyjson
    mkdir -p .devflow/yyjson subprojects/yyjson
    .devflow/venv/bin/python3 -m pip download -q --no-deps --no-binary :all: -d .devflow/yyjson yyjson==4.0.6 &&
        echo "fcd4dc15c1e39a30bf9fa85d56903029111506860fc3080ab0d81c6c6dacaa8c  .devflow/yyjson/yyjson-4.0.6.tar.gz" |
        sha256sum -c - &&
        tar -xzf .devflow/yyjson/yyjson-4.0.6.tar.gz -C .devflow/yyjson &&
        cp tools/yyjson/meson.build .devflow/yyjson/yyjson-4.0.6/yyjson/yyjson.h subprojects/yyjson/ &&
        cp .devflow/yyjson/yyjson-4.0.6/yyjson/yyjson.c subprojects/yyjson/
}

venv_here() {
    [ ! -x .devflow/venv/bin/pip ] || .devflow/venv/bin/python3 -m pip --version >/dev/null 2>&1 || rm -rf .devflow/venv
    [ -x .devflow/venv/bin/pip ] || {
        packages venv
        step 'make a private Python environment' python3 -m venv .devflow/venv
    }
}

venv() {
    venv_here
    step "install the Python parts of the $1" .devflow/venv/bin/python3 -m pip install -q --disable-pip-version-check -r "$2"
}

node_modules() {
    mkdir -p .devflow/node
    cp test/package.json .devflow/node/
    step 'install the Node parts of the test' npm install --prefix .devflow/node --no-audit --no-fund --ignore-scripts --loglevel=error
}

# meson_build FOLDER OPTION...: configures once, then builds what changed: each time, for the version may have.
meson_build() {
    folder=$1
    shift
    if [ ! -e "$folder/build.ninja" ]; then step "configure $folder" meson setup "$folder" "$@"; fi
    step_quick=silent
    step "build $folder" ninja -C "$folder"
    step_quick=
}
