#include "service/tokens.h"
#include "base/metrics.h"
#include "domain/token_verdict.h"
#include "service/connection.h"
#include "service/token_cache.h"

typedef bool look_up(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                     struct df_arena *arena, struct df_cached_token *ret);

static bool from_cache(const struct df_devflow *d, const struct df_token_wish *wish, look_up *look,
                       struct df_arena *arena, struct df_token *ret)
{
    struct df_cached_token cached;
    /* Whether it is the stored one that was refused, only the store knows. */
    if (wish->forced || !df_secret_is_empty(wish->rejected) ||
        !look(d, wish->project_id, wish->provider, arena, &cached))
        return false;
    if (df_now_ms(d->clock) >= cached.refresh_behind_ms) {
        const struct df_flight behind = {.project_id = wish->project_id,
                                         .provider = df_str_c(wish->provider->name),
                                         .version = cached.version,
                                         .lane = cached.lane};
        (void)df_flights_join(d->flights, &behind, NULL, NULL);
    }
    *ret = cached.token;
    return true;
}

bool df_tokens_peek(const struct df_devflow *d, const struct df_token_wish *wish, struct df_arena *arena,
                    struct df_token *ret)
{
    bool found = from_cache(d, wish, df_token_cache_peek, arena, ret);
    df_metric_add(DF_METRIC_RESOLVE_CACHED, found);
    return found;
}

static enum df_code failed_before(const struct df_connection *c, int64_t now_ms, struct df_error *err)
{
    enum df_code code = c->failure_code.n ? df_code_from_name(c->failure_code.p) : DF_ERR_PROVIDER;
    code = code == DF_OK || code == DF_ERR_FAILED ? DF_ERR_PROVIDER : code;
    (void)df_fail(err, code, "%.*s", DF_FMT(c->failure_reason));
    if (err && c->due_ms > now_ms)
        err->retry_after_s = (int)((c->due_ms - now_ms + 999) / 1000);
    return code;
}

static enum df_code just_refreshed(const struct df_token_wish *wish, const struct df_connection *c, int64_t now_ms,
                                   struct df_error *err)
{
    int s = (int)((df_token_settled_ms(c) - now_ms + 999) / 1000);
    (void)df_fail(err, DF_ERR_JUST_REFRESHED,
                  "this access token came from a refresh a moment ago and is not replaced again for being refused "
                  "alone; if %s still refuses it in %d s, ask again",
                  wish->provider->title, s);
    if (err)
        err->retry_after_s = s;
    return DF_ERR_JUST_REFRESHED;
}

static enum df_code app_fault(const struct df_oauth_app *app, int64_t now_ms, struct df_error *err)
{
    (void)df_fail(err, DF_ERR_CLIENT_CREDENTIALS, "%.*s", DF_FMT(app->fault));
    if (err)
        err->retry_after_s = (int)((app->fault_retry_ms - now_ms + 999) / 1000);
    return DF_ERR_CLIENT_CREDENTIALS;
}

static enum df_code refuse(const struct df_token_wish *wish, enum df_token_verdict verdict,
                           const struct df_connection *c, const struct df_oauth_app *app, int64_t now_ms,
                           struct df_arena *arena, struct df_error *err)
{
    switch (verdict) {
    case DF_TOKEN_RECONNECT:
        return df_connection_reconnect(wish->provider, app, c, arena, err);
    case DF_TOKEN_NO_REFRESH:
        return df_fail(err, DF_ERR_RECONNECT,
                       "%s gave no refresh token for this connection: connect again when it expires "
                       "(devflow oauth:connect)",
                       wish->provider->title);
    case DF_TOKEN_APP_FAULT:
        return app_fault(app, now_ms, err);
    case DF_TOKEN_JUST_REFRESHED:
        return just_refreshed(wish, c, now_ms, err);
    default:
        return failed_before(c, now_ms, err);
    }
}

/* A change of the row since it was read has emptied the cache already; then this entry is too old. One that comes later will
 * empty it. */
static void cache(const struct df_devflow *d, const struct df_token_wish *wish, const struct df_connection *c,
                  const struct df_oauth_app *app, const struct df_token *token, struct df_arena *arena)
{
    struct df_connection now;
    df_token_cache_put(d, wish->provider, c, app, token, arena);
    if (d->store->ops->connection_find(d->store, c->project_id, c->provider, arena, &now, NULL) != DF_OK ||
        now.version != c->version || now.reconnect || (now.unanswered && !c->unanswered) || !df_str_eq(now.id, c->id))
        df_token_cache_forget(d, wish->project_id, wish->provider);
}

enum df_code df_tokens_look(const struct df_devflow *d, const struct df_token_wish *wish, struct df_arena *arena,
                            struct df_token *ret, bool *ret_wait, struct df_flight *ret_flight, struct df_error *err)
{
    struct df_oauth_app app;
    struct df_connection c;
    struct df_token_ask ask = {.forced = wish->forced};
    *ret_wait = false;
    if (from_cache(d, wish, df_token_cache_get, arena, ret)) {
        df_metric_add(wish->waited ? DF_METRIC_RESOLVE_REFRESHED : DF_METRIC_RESOLVE_CACHED, 1);
        return DF_OK;
    }
    DF_TRY(df_connection_load(d, wish->project_id, wish->provider, arena, &app, &c, err));
    DF_TRY(df_connection_token(d, &c, arena, ret, err));
    ask.refused = !df_secret_is_empty(wish->rejected) &&
                  df_equal_constant_time(df_secret_reveal(wish->rejected), df_secret_reveal(ret->access_token));
    int64_t now = df_now_ms(d->clock);
    enum df_token_verdict verdict = df_token_verdict(&c, &app, &ask, now);
    *ret_wait = verdict == DF_TOKEN_WAIT;
    *ret_flight = (struct df_flight){
        .project_id = c.project_id, .provider = c.provider, .version = c.version, .lane = c.base_url, .urgent = true};
    if (verdict == DF_TOKEN_WAIT)
        return DF_OK;
    if (verdict != DF_TOKEN_SERVE && verdict != DF_TOKEN_SERVE_AND_REFRESH)
        return refuse(wish, verdict, &c, &app, now, arena, err);
    df_metric_add(wish->waited ? DF_METRIC_RESOLVE_REFRESHED : DF_METRIC_RESOLVE_STORED, 1);
    cache(d, wish, &c, &app, ret, arena);
    if (verdict == DF_TOKEN_SERVE_AND_REFRESH) {
        ret_flight->urgent = false;
        (void)df_flights_join(d->flights, ret_flight, NULL, NULL);
    }
    return DF_OK;
}

/* Twice at most: what was waited for may have been the end of another node's refresh, in whichever way. */
static enum df_code resolve(const struct df_devflow *d, struct df_token_wish wish, struct df_arena *arena,
                            struct df_token *ret, struct df_error *err)
{
    struct df_flight flight;
    bool wait;
    DF_TRY(df_tokens_look(d, &wish, arena, ret, &wait, &flight, err));
    wish.waited = true;
    for (int attempt = 0; attempt < 2 && wait; attempt++) {
        DF_TRY(df_flights_wait(d->flights, &flight, DF_TOKENS_WAIT_MS, err));
        DF_TRY(df_tokens_look(d, &wish, arena, ret, &wait, &flight, err));
    }
    return wait ? df_fail(err, DF_ERR_BUSY, "the token is being refreshed; ask again in a moment") : DF_OK;
}

static enum df_code resolve_counted(const struct df_devflow *d, const struct df_token_wish *wish,
                                    struct df_arena *arena, struct df_token *ret, struct df_error *err)
{
    enum df_code code = resolve(d, *wish, arena, ret, err);
    if (code != DF_OK)
        df_metric_add(DF_METRIC_RESOLVE_FAILED, 1);
    return code;
}

enum df_code df_tokens_resolve_token(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     struct df_error *err)
{
    const struct df_token_wish wish = {.project_id = project_id, .provider = provider};
    return df_tokens_peek(d, &wish, arena, ret) ? DF_OK : resolve_counted(d, &wish, arena, ret, err);
}

enum df_code df_tokens_resolve_newer(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_secret refused,
                                     struct df_arena *arena, struct df_token *ret, struct df_error *err)
{
    const struct df_token_wish wish = {.project_id = project_id, .provider = provider, .rejected = refused};
    return resolve_counted(d, &wish, arena, ret, err);
}

enum df_code df_tokens_renew(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                             int n, struct df_arena *arena, struct df_token *token, struct df_error *err)
{
    DF_TRY(df_tokens_resolve_newer(d, project_id, provider, token->access_token, arena, token, err));
    if (n <= DF_TOKENS_RENEWALS)
        return DF_OK;
    (void)df_fail(err, DF_ERR_BUSY, "the token was replaced %d times while %s was asked; ask again in a moment", n,
                  provider->title);
    if (err)
        err->retry_after_s = 1;
    return DF_ERR_BUSY;
}

enum df_code df_tokens_refreshed(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, int64_t *ret_expires_ms, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(df_connection_load(d, project_id, provider, arena, &app, &c, err));
    if (c.reconnect && c.failure_reason.n)
        return df_fail(err, DF_ERR_RECONNECT, "%.*s", DF_FMT(c.failure_reason));
    if (c.failure_reason.n)
        return failed_before(&c, df_now_ms(d->clock), err);
    *ret_expires_ms = c.expires_ms;
    return DF_OK;
}
