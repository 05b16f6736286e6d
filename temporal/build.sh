#!/bin/sh
# build.sh CARGO SOURCE TARGET OUTPUT: the library by cargo. CARGO_TARGET_DIR, where it is set, is used in the place of TARGET, so that
# several builds share what takes minutes.
set -eu
# C parts of crates are compiled by the system's compiler: they do not know all that CC may say ("ccache gcc").
unset CC CFLAGS LDFLAGS
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$3}
export CARGO_TARGET_DIR
"$1" build --quiet --release --locked --manifest-path "$2/Cargo.toml"
# Renamed into its place: a devflow that runs has the old one mapped, and dies when that is written over (adapter/temporal_library.h).
cp "$CARGO_TARGET_DIR/release/libdevflow_temporal.so" "$4.new"
mv -f "$4.new" "$4"
