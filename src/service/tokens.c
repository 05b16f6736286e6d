#include "service/tokens.h"
#include "base/metrics.h"
#include "service/connection.h"
#include "service/refresh.h"
#include "service/token_cache.h"

/* The stored token, whatever its age, if it is valid at this moment. */
static enum df_code stored_token(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                 bool *ret_due, struct df_error *err)
{
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(df_connection_load(d, project_id, provider, arena, &app, &c, err));
    int64_t now = df_now_ms(d->clock), refresh_at = df_connection_refresh_at_ms(&c);
    if (df_connection_status(&c, now) == DF_RECONNECT)
        return df_connection_reconnect(provider, &c, err);
    *ret_due = (now >= refresh_at || c.unanswered) && c.sealed_refresh_token.n > 0;
    DF_TRY(df_connection_token(d, &c, arena, ret, err));
    if (*ret_due)
        return DF_OK;
    df_token_cache_put(d, project_id, provider, ret, refresh_at, arena);
    /* A refresh that ended since the row was read has emptied the cache already; then this entry is too old. One that ends
     * later will empty it. */
    struct df_connection again;
    if (d->store->ops->connection_find(d->store, project_id, c.provider, arena, &again, NULL) != DF_OK ||
        again.version != c.version || again.unanswered || again.reconnect)
        df_token_cache_forget(d, project_id, provider);
    return DF_OK;
}

static enum df_code resolve_uncached(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     bool *ret_refreshed, struct df_error *err)
{
    bool due;
    *ret_refreshed = false;
    DF_TRY(stored_token(d, project_id, provider, arena, ret, &due, err));
    if (!due)
        return DF_OK;
    const struct df_refresh_wish wish = {.project_id = project_id, .provider = provider};
    enum df_code code = df_refresh(d, &wish, err);
    *ret_refreshed = code == DF_OK;
    if (code == DF_OK)
        return stored_token(d, project_id, provider, arena, ret, &due, err);
    bool still_valid = ret->expires_ms == 0 || df_now_ms(d->clock) < ret->expires_ms;
    return code != DF_ERR_RECONNECT && still_valid ? DF_OK : code;
}

enum df_code df_tokens_resolve_token(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     struct df_error *err)
{
    bool refreshed;
    if (df_token_cache_get(d, project_id, provider, arena, ret))
        return DF_OK;
    enum df_code code = resolve_uncached(d, project_id, provider, arena, ret, &refreshed, err);
    df_metric_add(code != DF_OK ? DF_METRIC_RESOLVE_FAILED
                  : refreshed   ? DF_METRIC_RESOLVE_REFRESHED
                                : DF_METRIC_RESOLVE_STORED,
                  1);
    return code;
}

enum df_code df_tokens_refresh(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                               int64_t *ret_expires_ms, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct df_refresh_wish wish = {.project_id = project_id, .provider = provider, .forced = true};
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(df_refresh(d, &wish, err));
    DF_TRY(df_connection_load(d, project_id, provider, arena, &app, &c, err));
    *ret_expires_ms = c.expires_ms;
    return DF_OK;
}

enum df_code df_tokens_resolve_newer(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_secret refused,
                                     struct df_arena *arena, struct df_token *ret, struct df_error *err)
{
    const struct df_refresh_wish wish = {.project_id = project_id, .provider = provider, .refused = refused};
    bool due, same = true;
    df_token_cache_forget(d, project_id, provider);
    /* Twice at most: the refresh that was joined may have been one for an older token, and found nothing to do. */
    for (int attempt = 0; attempt < 2 && same; attempt++) {
        DF_TRY(df_refresh(d, &wish, err));
        DF_TRY(stored_token(d, project_id, provider, arena, ret, &due, err));
        same = df_equal_constant_time(df_secret_reveal(ret->access_token), df_secret_reveal(refused));
    }
    return DF_OK;
}
