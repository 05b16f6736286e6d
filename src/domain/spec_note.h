/* A note with what Sentry knows of a specification in a tracker: one of each kind for each page, by an id that is chosen before it
 * is made. Plain data. */
#ifndef DF_DOMAIN_SPEC_NOTE_H
#define DF_DOMAIN_SPEC_NOTE_H

#include "base/str.h"

struct df_spec_note {
    struct df_str project_id, page_id;
    bool document;      /* else a comment */
    struct df_str id;   /* UUID v4 */
    struct df_str sent; /* hash of the text as it was sent last; empty: it is not known whether it is there */
    struct df_str kept; /* and as the tracker gave it back: another one means that somebody changed it */
    struct df_str
        issues; /* which it shows: their numbers, each between commas: ",4711,4712,"; empty where it is not known */
    int64_t updated_ms;
};

#endif
