#include "service/oauth_connected.h"
#include "service/endpoints.h"
#include "service/token_cache.h"

static struct df_str organizations_json(const struct df_user_info *info, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, 256 * 1024);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '[');
    for (size_t i = 0; i < info->n_organizations; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "slug", info->organizations[i].slug);
        df_json_kstr(&w, "name", info->organizations[i].name);
        df_json_kstr(&w, "url", info->organizations[i].url);
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    return df_buf_str(&text);
}

enum df_code df_oauth_describe(const struct df_devflow *d, const struct df_provider *provider,
                               const struct df_oauth_app *app, struct df_str organization,
                               const struct df_token_answer *answer, struct df_arena *arena, struct df_connection *ret,
                               struct df_error *err)
{
    struct df_user_info info;
    const struct df_endpoints at = df_endpoints_of(provider, app, arena);
    struct df_str scopes = answer->scopes.n ? df_scopes_ordered_like(answer->scopes, app->scopes, arena) : app->scopes;
    const struct df_user_info_ask ask = {.http = d->http,
                                         .provider = provider,
                                         .endpoints = &at,
                                         .access_token = answer->access_token,
                                         .token_type = answer->token_type,
                                         .scopes = scopes,
                                         .wanted = organization,
                                         .regions = d->sentry_regions};
    enum df_code code = provider->get_user_info(&ask, arena, &info, err);
    if (code == DF_ERR_RECONNECT)
        return df_fail(err, DF_ERR_INVALID,
                       "%s does not take this token (401): it has expired, was revoked, or is of another kind",
                       provider->title);
    DF_TRY(code);
    int64_t now = df_now_ms(d->clock);
    *ret = (struct df_connection){
        .id = df_random_uuid(arena),
        .project_id = app->project_id,
        .provider = app->provider,
        .base_url = app->base_url,
        .sealed_access_token = df_sealed(d, app->project_id, app->provider, "access_token", answer->access_token,
                                         arena),
        .token_type = answer->token_type,
        /* Those granted; RFC 6749 section 5.1: none named means as asked. */
        .scopes = scopes,
        .obtained_ms = now,
        .expires_ms = answer->expires_ms,
        .user_id = info.user_id,
        .user_email = info.email.n ? info.email : answer->user_email,
        .organizations = organizations_json(&info, arena),
        .version = 1,
        .created_ms = now,
        .updated_ms = now,
    };
    if (!df_secret_is_empty(answer->refresh_token))
        ret->sealed_refresh_token = df_sealed(d, app->project_id, app->provider, "refresh_token", answer->refresh_token,
                                              arena);
    ret->due_ms = df_connection_due_ms(ret, provider->refresh_ttl_s, df_random_u32());
    return DF_OK;
}

enum df_code df_oauth_store(const struct df_devflow *d, const struct df_provider *provider,
                            const struct df_oauth_app *app, const struct df_connection *c, struct df_error *err)
{
    DF_TRY(d->store->ops->connection_put(d->store, c, app->client_id, err));
    df_token_cache_forget(d, app->project_id, provider);
    return DF_OK;
}

enum df_code df_oauth_connected(const struct df_devflow *d, const struct df_provider *provider,
                                const struct df_oauth_app *app, struct df_str organization,
                                const struct df_token_answer *answer, struct df_arena *arena, struct df_connection *ret,
                                struct df_error *err)
{
    DF_TRY(df_oauth_describe(d, provider, app, organization, answer, arena, ret, err));
    return df_oauth_store(d, provider, app, ret, err);
}

void df_oauth_flow_ended(const struct df_devflow *d, struct df_oauth_flow *flow, enum df_code code,
                         const struct df_error *why, struct df_arena *arena)
{
    flow->status = code == DF_OK ? DF_FLOW_COMPLETED : DF_FLOW_FAILED;
    flow->code = code == DF_OK ? DF_STR_NONE : df_str_c(df_code_name(code));
    flow->message = code == DF_OK ? DF_S("OAuth connection established successfully")
                                  : df_arena_dup(arena, df_str_c(why->message));
    /* When this fails, who waits sees the flow expire; the connection itself is stored. */
    (void)d->store->ops->flow_end(d->store, flow, NULL);
}
