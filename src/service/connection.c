#include "service/connection.h"
#include "service/token_cache.h"

struct df_str df_connection_key(struct df_str project_id, struct df_str provider, struct df_arena *arena)
{
    struct df_buf key;
    df_buf_init(&key, arena, 1024);
    df_buf_put_c(&key, "token:");
    df_buf_put_str(&key, provider);
    df_buf_put_char(&key, ':');
    df_buf_put_str(&key, project_id);
    return df_buf_str(&key);
}

enum df_code df_connection_load(const struct df_devflow *d, struct df_str project_id,
                                const struct df_provider *provider, struct df_arena *arena,
                                struct df_oauth_app *ret_app, struct df_connection *ret, struct df_error *err)
{
    struct df_project project;
    struct df_str name = df_str_c(provider->name);
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, name, arena, ret_app, err));
    return d->store->ops->connection_find(d->store, project_id, name, arena, ret, err);
}

enum df_code df_connection_token(const struct df_devflow *d, const struct df_connection *c, struct df_arena *arena,
                                 struct df_token *ret, struct df_error *err)
{
    struct df_secret access;
    DF_TRY(df_unsealed(d, c->project_id, c->provider, "access_token", c->sealed_access_token, arena, &access, err));
    *ret = (struct df_token){access, c->token_type, c->scopes, c->expires_ms};
    return DF_OK;
}

struct df_str df_connection_command(const struct df_provider *provider, struct df_str flow_type,
                                    struct df_str project_id, struct df_arena *arena)
{
    bool is_static = df_str_is(flow_type, "static");
    bool device = flow_type.n ? df_str_is(flow_type, "device") : !provider->authorize_url && !provider->discovery;
    return df_arena_printf(arena, "devflow oauth:%s %s --project %.*s%s", is_static ? "token:set" : "connect",
                           provider->slug, DF_FMT(project_id), device && !is_static ? " --device" : "");
}

enum df_code df_connection_reconnect(const struct df_provider *provider, const struct df_oauth_app *app,
                                     const struct df_connection *c, struct df_arena *arena, struct df_error *err)
{
    struct df_str why = c->failure_reason.n ? c->failure_reason
                                            : DF_S("the token has expired and the provider gave no refresh token");
    return df_fail(err, DF_ERR_RECONNECT, "%s must be connected again (%.*s): %.*s", provider->title,
                   DF_FMT(df_connection_command(provider, app->flow_type, c->project_id, arena)), DF_FMT(why));
}

enum df_code df_connection_refused(const struct df_devflow *d, const struct df_provider *provider,
                                   const struct df_oauth_app *app, const struct df_connection *c,
                                   struct df_arena *arena, struct df_error *err)
{
    bool is_static = df_str_is(app->flow_type, "static"), stored;
    struct df_connection refused = *c;
    refused.reconnect = true;
    refused.updated_ms = df_now_ms(d->clock);
    refused.failure_reason = df_arena_printf(
        arena, "%s refused the token (401): it was revoked or has expired, and it cannot be refreshed. %s: %.*s",
        provider->title, is_static ? "Set another" : "Connect again",
        DF_FMT(df_connection_command(provider, app->flow_type, c->project_id, arena)));
    (void)d->store->ops->connection_set_refresh(d->store, &refused, c->epoch, &stored, NULL);
    df_token_cache_forget(d, c->project_id, provider);
    return df_fail(err, DF_ERR_RECONNECT, "%.*s", DF_FMT(refused.failure_reason));
}
