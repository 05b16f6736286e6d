/* What DevFlow remembers of the encryption keys its stored values need, and of the rotation under way. Plain data; no key's
 * bytes, only ids (base/crypto.h), four bytes. Times are ms since the epoch, 0 for none. */
#ifndef DF_DOMAIN_KEYS_H
#define DF_DOMAIN_KEYS_H

#include "base/str.h"

#include <stdint.h>

struct df_key_use {
    struct df_str id;           /* four bytes */
    struct df_str sealed_check; /* a known text sealed with it: tells another key of the same id */
    int64_t first_used_ms;
    int64_t values; /* of key_count alone: stored values sealed with it */
};

/* Where sealed values are, in the order a rotation goes through. */
enum df_sealed_place {
    DF_SEALED_APPS,
    DF_SEALED_CONNECTIONS,
    DF_SEALED_FLOWS,
    DF_SEALED_WEBHOOKS,
    DF_SEALED_OUTBOX,
    DF_SEALED_HOOKS,
    DF_SEALED_PLACES
};

/* One row: an app's client secret; a connection's access and refresh token; a flow's verifier and URL; a webhook's secret and the
 * one before; a message's; that of a Sentry integration. Empty: not there. */
struct df_sealed_row {
    enum df_sealed_place place;
    struct df_str id; /* of a flow, webhook or message, else empty */
    struct df_str project_id, provider;
    struct df_str bound_id; /* what it is bound to where project and provider do not tell: a flow, a webhook */
    struct df_str sealed[2];
};

enum df_rotation_state { DF_ROTATION_NONE, DF_ROTATION_RUNNING, DF_ROTATION_DONE, DF_ROTATION_FAILED };

/* One at a time for all who share the store: whoever writes it must name the epoch it read (compare and set). */
struct df_rotation {
    int64_t epoch; /* grows when someone takes it over */
    enum df_rotation_state state;
    struct df_str owner; /* a node, until lease_until_ms */
    int64_t lease_until_ms;
    struct df_str to_id; /* four bytes */
    enum df_sealed_place place;
    struct df_str after_id, after_project, after_provider; /* the last row that is done */
    int64_t done, total;                                   /* rows */
    int64_t passes, found;                                 /* found: values of other keys in this pass */
    int64_t unreadable;
    int64_t started_ms, updated_ms;
    struct df_str freed;   /* ids in hex, with commas: keys no value needs any more */
    struct df_str message; /* why it failed */
};

#endif
