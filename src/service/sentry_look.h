/* Finding an issue by whatever names it, and one of its events, in at most two rounds of requests at the same time: the first
 * asks for everything the name allows, the second for what the server did not answer, by the ways that servers which know less
 * of the API have (GlitchTip: no short IDs, no event ids, no recommended event, issues outside the organisation's path). Used by
 * the Sentry services alone. Source: Sentry API; GlitchTip's API. */
#ifndef DF_SERVICE_SENTRY_LOOK_H
#define DF_SERVICE_SENTRY_LOOK_H

#include "domain/issue_ref.h"
#include "service/sentry_api.h"

struct df_sentry_found {
    struct df_sentry_api api;
    struct df_issue_ref ref;
    struct df_str id;            /* the numeric id the issue has now: that of the one it was merged into */
    const struct df_json *issue; /* NULL: it could not be had, issue_err says why */
    const struct df_json *event; /* NULL: not wanted, or event_err says why, or (code DF_OK) the issue has none */
    struct df_error issue_err, event_err;
    int64_t fetched_ms; /* of the oldest part */
    bool mended;        /* what was answered was no JSON, but could be mended */
};

/* A URL of another Sentry is refused before anyone is asked. With with_event, the event the name says or else the one Sentry
 * recommends, or the latest. DF_OK with one of the two missing: what there is is worth showing. */
enum df_code df_sentry_look(const struct df_devflow *d, struct df_str project_id, struct df_str issue, bool with_event,
                            struct df_arena *arena, struct df_sentry_found *ret, struct df_error *err);

#endif
