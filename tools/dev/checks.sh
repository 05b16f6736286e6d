# shellcheck shell=sh
# Sourced by ./dev: lint and fuzz.

lint() {
    ready build lint
    meson_build build
    .devflow/venv/bin/python3 tools/dev/lint.py "$@"
}
fuzz() {
    ready build fuzz
    CC=clang meson_build build-fuzz -Dfuzzers=true -Dtests=disabled -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' -Dwarning_level=1
    python3 tools/dev/fuzz.py "$@"
}
