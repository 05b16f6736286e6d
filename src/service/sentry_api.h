/* One project's way to Sentry's API: who to ask, with which token, how fast. Requests go out in rounds: those of a round at the
 * same time. A token Sentry refuses is replaced and what it refused is asked again (df_tokens_renew); a rate limit is waited for
 * while it is short; what was read a moment ago comes from the cache. Used by the Sentry services alone, one thread at a time. */
#ifndef DF_SERVICE_SENTRY_API_H
#define DF_SERVICE_SENTRY_API_H

#include "service/devflow.h"

struct df_sentry_api {
    const struct df_devflow *d;
    struct df_arena *arena;
    const struct df_provider *provider;
    struct df_str project_id;
    struct df_connection connection;
    const struct df_json *organizations; /* the connection's, parsed */
    struct df_str organization;          /* slug of the one asked */
    struct df_str url;                   /* its server: region or base URL */
    struct df_token token;               /* of the last round that was sent; empty before */
};

/* Chooses the organisation the connection names first. Nobody is asked yet: the token is resolved when something is. */
enum df_code df_sentry_api_open(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                                struct df_sentry_api *ret, struct df_error *err);
/* Another organisation of the same connection; DF_ERR_PROVIDER_NOT_FOUND when the token does not see it. */
enum df_code df_sentry_api_choose(struct df_sentry_api *api, struct df_str slug, struct df_error *err);
bool df_sentry_api_sees(const struct df_sentry_api *api, struct df_str slug);
/* Whether a URL with that origin is of the Sentry this connection is with. */
bool df_sentry_api_is_own(const struct df_sentry_api *api, struct df_str origin);

/* One GET of url/api/0/organizations/<organization>/<path>, or with `legacy` of url/api/0/<path>, and what came of it. */
struct df_sentry_ask {
    struct df_str path;
    const char *what; /* names it in errors: "this issue" */
    bool legacy;
    bool lasting;  /* what it answers does not change */
    bool fleeting; /* it is never kept */
    bool aged; /* one of minutes ago will do: kept apart from what others ask, and as long as what does not change */

    bool asked;
    enum df_code code;
    struct df_error err;
    const struct df_json *json;
    bool mended;            /* the answer was no JSON, but could be mended */
    struct df_str link;     /* the answer's Link header */
    struct df_str moved_to; /* the numeric id of an issue a redirect on the same Sentry named; empty otherwise */
    int64_t fetched_ms;
};
/* Asks them all at the same time. Each has its own outcome; when the authorisation is gone, all but those a rate limit held up
 * have the same. */
void df_sentry_api_round(struct df_sentry_api *api, struct df_sentry_ask *asks, size_t n);
/* A round of one. */
enum df_code df_sentry_api_get(struct df_sentry_api *api, struct df_sentry_ask *ask, struct df_error *err);

#endif
