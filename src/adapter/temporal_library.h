/* Loads libdevflow-temporal.so, which comes in a package of its own, so that everything else stays free of Rust. Looked for beside the
 * program, as a build leaves it (temporal/), then where it is installed. Once loaded it stays. Any thread.
 *
 * Whoever puts a new one in its place must rename it there, as dpkg does, or remove the old one first, as meson install does. Written into the
 * file that is mapped, even the same bytes end this process: the kernel drops the pages that the loader had relocated, and the next call
 * through them jumps to 0. */
#ifndef DF_ADAPTER_TEMPORAL_LIBRARY_H
#define DF_ADAPTER_TEMPORAL_LIBRARY_H

#include "adapter/temporal_core.h"
#include "base/error.h"

#include <stdbool.h>

#define DF_TEMPORAL_FUNCTIONS(X) \
    X(abi)                       \
    X(version)                   \
    X(start)                     \
    X(free)                      \
    X(connect)                   \
    X(disconnect)                \
    X(call)                      \
    X(worker_new)                \
    X(poll_workflow)             \
    X(poll_activity)             \
    X(complete_workflow)         \
    X(complete_activity)         \
    X(heartbeat)                 \
    X(forget)                    \
    X(worker_stop)               \
    X(worker_free)

/* For whoever finds TEMPORAL_ADDRESS set without it. */
#define DF_TEMPORAL_MISSING                                                                                           \
    "TEMPORAL_ADDRESS is set, but libdevflow-temporal.so, which speaks with Temporal, is not installed: install the " \
    "package devflow-temporal (from source: ./dev build --temporal), or unset TEMPORAL_ADDRESS"

struct df_temporal_library {
#define DF_TEMPORAL_MEMBER(name) __typeof__(dft_##name) *name;
    DF_TEMPORAL_FUNCTIONS(DF_TEMPORAL_MEMBER)
#undef DF_TEMPORAL_MEMBER
};

/* Whether there is a file to load. */
bool df_temporal_library_is_here(void);
/* DF_ERR_CONFIG where it cannot be loaded. */
enum df_code df_temporal_library_load(const struct df_temporal_library **ret, struct df_error *err);

#endif
