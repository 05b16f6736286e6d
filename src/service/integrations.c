#include "service/integrations.h"
#include "base/wait.h"
#include "service/connection.h"
#include "service/endpoints.h"
#include "service/token_fate.h"
#include "service/tokens.h"

static void failed(struct df_integration_result *r, struct df_str project_id, struct df_str flow_type,
                   enum df_code code, const struct df_error *err, struct df_arena *arena)
{
    r->message = df_arena_dup(arena, df_str_c(err->message));
    r->next_step = df_connection_command(r->provider, flow_type, project_id, arena);
    switch (code) {
    case DF_ERR_CONNECTION:
        r->status = "not_connected";
        break;
    case DF_ERR_APP:
        r->status = "not_connected";
        r->next_step = df_arena_printf(arena, "devflow oauth:register --project %.*s --provider %s ...",
                                       DF_FMT(project_id), r->provider->slug);
        break;
    case DF_ERR_RECONNECT:
    case DF_ERR_NO_ORGANIZATION:
    case DF_ERR_PROVIDER_FORBIDDEN:
        r->status = "reconnect";
        break;
    default:
        r->status = "failing";
        r->next_step = DF_S("try again; it is not the connection that is broken");
    }
}

/* DF_ERR_RECONNECT only where the provider looked at the token and did not take it. */
static enum df_code get_user_info(const struct df_provider *provider, const struct df_user_info_ask *what,
                                  struct df_arena *arena, struct df_user_info *ret, struct df_error *err)
{
    int64_t began_ms = df_monotonic_ms();
    enum df_code code = provider->get_user_info(what, arena, ret, err);
    int64_t took_ms = df_monotonic_ms() - began_ms;
    return code == DF_ERR_RECONNECT && took_ms >= DF_LATE_MS ? df_late_refusal(provider->title, took_ms, err) : code;
}

static enum df_code ask(const struct df_devflow *d, const struct df_provider *provider, const struct df_connection *c,
                        struct df_token *token, struct df_arena *arena, struct df_user_info *ret, struct df_error *err)
{
    struct df_oauth_app app;
    DF_TRY(d->store->ops->app_find(d->store, c->project_id, c->provider, arena, &app, err));
    const struct df_endpoints at = df_endpoints_of(provider, &app, arena);
    struct df_user_info_ask what = {.http = d->http,
                                    .provider = provider,
                                    .endpoints = &at,
                                    .access_token = token->access_token,
                                    .token_type = token->token_type,
                                    .scopes = token->scopes,
                                    /* Where the organisation is who the token speaks for, it must be the same one. */
                                    .wanted = provider->user.id ? DF_STR_NONE : c->user_id,
                                    .regions = d->sentry_regions};
    enum df_code code = get_user_info(provider, &what, arena, ret, err);
    if (code == DF_ERR_RECONNECT && c->sealed_refresh_token.n == 0)
        return df_connection_refused(d, provider, &app, c, arena, err);
    for (int n = 1; code == DF_ERR_RECONNECT; n++) {
        struct df_error why = {0};
        code = df_tokens_renew(d, c->project_id, provider, n, arena, token, &why);
        if (code == DF_ERR_JUST_REFRESHED)
            return DF_ERR_RECONNECT; /* refused for another reason than its age, which *err has */
        if (code != DF_OK) {
            *err = why;
            return code;
        }
        what.access_token = token->access_token;
        code = get_user_info(provider, &what, arena, ret, err);
    }
    return code;
}

static enum df_code test_one(const struct df_devflow *d, struct df_str project_id, struct df_str flow_type,
                             struct df_integration_result *r, struct df_arena *arena, struct df_error *err)
{
    struct df_token token;
    struct df_connection c;
    struct df_user_info info;
    struct df_str *missing;
    DF_TRY(df_tokens_resolve_token(d, project_id, r->provider, arena, &token, err));
    DF_TRY(d->store->ops->connection_find(d->store, project_id, df_str_c(r->provider->name), arena, &c, err));
    DF_TRY(ask(d, r->provider, &c, &token, arena, &info, err));
    r->status = "connected";
    r->token_valid = true;
    r->organization = info.user_id;
    /* A token that names no scopes, as an API key, tells nothing of what is missing. */
    size_t n_missing = token.scopes.n ? df_scopes_warnings(&r->provider->scopes, token.scopes, arena, &missing) : 0;
    r->ready = n_missing == 0;
    r->message = n_missing ? missing[0] : DF_S("OAuth token valid");
    if (n_missing)
        r->next_step = df_connection_command(r->provider, flow_type, project_id, arena);
    return DF_OK;
}

enum df_code df_integrations_test(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                                  struct df_integration_result **ret, size_t *ret_n, struct df_error *err)
{
    struct df_project project;
    size_t most = 0;
    while (d->providers[most])
        most++;
    *ret = DF_NEW_ARRAY(arena, struct df_integration_result, most);
    *ret_n = 0;
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    for (size_t i = 0; i < most; i++) {
        struct df_oauth_app app = {.flow_type = DF_STR_NONE};
        struct df_error why = {0};
        struct df_integration_result *r = &(*ret)[*ret_n];
        enum df_code code = d->store->ops->app_find(d->store, project_id, df_str_c(d->providers[i]->name), arena, &app,
                                                    &why);
        if (code != DF_OK && code != DF_ERR_APP) {
            *err = why;
            return code;
        }
        /* A provider nobody registered is worth a line only when it is the one DevFlow is about. */
        if (code == DF_ERR_APP && i > 0)
            continue;
        r->provider = d->providers[i];
        if (code == DF_OK)
            code = test_one(d, project_id, app.flow_type, r, arena, &why);
        if (code != DF_OK)
            failed(r, project_id, app.flow_type, code, &why, arena);
        (*ret_n)++;
    }
    return DF_OK;
}
