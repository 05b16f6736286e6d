/* Sentry's ingest framing: the envelope (a header line, then items, each a header line and a payload) and the content
 * encodings SDKs use. Pure functions over bytes from anyone: bounded, any thread. The fuzz target calls df_envelope_parse.
 * Source: develop.sentry.dev/sdk/data-model/envelopes. */
#ifndef DF_SANDBOX_ENVELOPE_H
#define DF_SANDBOX_ENVELOPE_H

#include "base/json.h"

enum { DF_ENVELOPE_ITEMS_MAX = 100 };

struct df_envelope_item {
    struct df_str type; /* "event", "session", "client_report", ...; unknown types are kept */
    struct df_str payload;
};

struct df_envelope {
    const struct df_json *header;
    struct df_envelope_item *items;
    size_t n_items;
};

/* The views point into `bytes`. DF_ERR_INVALID names the fault: a header that is no JSON object, a payload shorter than its
 * `length`, an item without a type, too many items. */
enum df_code df_envelope_parse(struct df_str bytes, struct df_arena *arena, struct df_envelope *ret,
                               struct df_error *err);

/* Undoes a Content-Encoding: "", "identity", "gzip", "deflate" (zlib or raw, as browsers and SDKs differ). More than limit_bytes
 * is DF_ERR_TOO_LARGE, an unknown encoding DF_ERR_MEDIA_TYPE, broken data DF_ERR_INVALID. */
enum df_code df_envelope_decode(struct df_str bytes, struct df_str encoding, size_t limit_bytes, struct df_arena *arena,
                                struct df_str *ret, struct df_error *err);

#endif
