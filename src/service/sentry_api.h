/* One project's way to Sentry's API: who to ask, with which token. Used by the Sentry services alone. */
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
    struct df_token token;
};

/* Chooses the organisation the connection names first. Nobody is asked yet: the token is resolved when something is. */
enum df_code df_sentry_api_open(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                                struct df_sentry_api *ret, struct df_error *err);
/* Another organisation of the same connection; DF_ERR_PROVIDER_NOT_FOUND when the token does not see it. */
enum df_code df_sentry_api_choose(struct df_sentry_api *api, struct df_str slug, struct df_error *err);
bool df_sentry_api_sees(const struct df_sentry_api *api, struct df_str slug);
/* Whether a URL with that origin is of the Sentry this connection is with. */
bool df_sentry_api_is_own(const struct df_sentry_api *api, struct df_str origin);

/* GET url/api/0/organizations/<organization>/<path>; the answer as JSON. `what` names it in errors. */
enum df_code df_sentry_api_get(struct df_sentry_api *api, struct df_str path, const char *what,
                               const struct df_json **ret, struct df_http_answer *ret_answer, struct df_error *err);

#endif
