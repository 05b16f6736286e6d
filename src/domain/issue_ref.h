/* How people name a Sentry issue: a numeric id, a short ID (SHOP-1A), an event id (32 hex digits), or the URL they copied
 * from any Sentry page about it: sentry.io, an organisation's sub-domain, a region, self-hosted under a base path and port.
 * The URL's host and organisation are only reported: whoever asks decides whether that host may be called. Pure, any thread. */
#ifndef DF_DOMAIN_ISSUE_REF_H
#define DF_DOMAIN_ISSUE_REF_H

#include "base/arena.h"
#include "base/error.h"

enum df_issue_ref_kind { DF_ISSUE_REF_NUMERIC, DF_ISSUE_REF_SHORT_ID, DF_ISSUE_REF_EVENT_ID };

struct df_issue_ref {
    enum df_issue_ref_kind kind;
    struct df_str id; /* the numeric id, the short ID in upper case, or the event id in lower case without dashes */
    struct df_str
        event_id; /* of a URL that names one event of the issue: 32 hex, "latest", "oldest" or "recommended"; else empty */
    struct df_str organization; /* slug from the URL, else empty */
    bool organization_guessed;  /* it stands where a base path might: it counts only if the connection sees it */
    struct df_str host_origin;  /* scheme://host[:port] of the URL, else empty */
};

/* Copies live in the arena. DF_ERR_INVALID says what was expected, with an example. */
enum df_code df_issue_ref_parse(struct df_str text, struct df_arena *arena, struct df_issue_ref *ret,
                                struct df_error *err);

#endif
