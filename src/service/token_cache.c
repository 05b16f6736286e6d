#include "service/token_cache.h"
#include "domain/token_verdict.h"
#include "service/connection.h"

enum {
    /* A cached token is looked at again after this long, should the news of its change have been lost. */
    CACHE_TTL_MS = 60 * 1000,
    FORM = 3, /* of what is sealed; another release's is not read */
};

/* What is sealed: this, the token's type, its scopes, its lane, the token. Not JSON, for it is opened at each request. */
struct head {
    int64_t expires_ms, version, refresh_behind_ms;
    uint32_t form, type_n, scopes_n, lane_n;
};

void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    d->cache->ops->remove(d->cache, df_connection_key(project_id, df_str_c(provider->name), scratch));
}

void df_token_cache_evict(const struct df_devflow *d, struct df_str project_id, struct df_str provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    bool one = project_id.n && provider.n;
    d->cache->ops->evict(d->cache, one ? df_connection_key(project_id, provider, scratch) : DF_STR_NONE);
}

void df_token_cache_put(const struct df_devflow *d, const struct df_provider *provider, const struct df_connection *c,
                        const struct df_oauth_app *app, const struct df_token *token, struct df_arena *arena)
{
    struct df_str name = df_str_c(provider->name), secret = df_secret_reveal(token->access_token);
    int64_t now = df_now_ms(d->clock), left = token->expires_ms ? token->expires_ms - now : CACHE_TTL_MS;
    int64_t refresh_behind = df_token_refresh_behind_ms(c, app, now);
    /* Not past the moment when whoever is at it may have stopped. */
    if (c->unanswered && refresh_behind - now < left)
        left = refresh_behind - now;
    const struct head head = {.expires_ms = token->expires_ms,
                              .version = c->version,
                              .refresh_behind_ms = refresh_behind,
                              .form = FORM,
                              .type_n = (uint32_t)token->token_type.n,
                              .scopes_n = (uint32_t)token->scopes.n,
                              .lane_n = (uint32_t)c->base_url.n};
    struct df_buf plain;
    df_buf_init(&plain, arena, 64 * 1024);
    df_buf_put(&plain, &head, sizeof head);
    df_buf_put_str(&plain, token->token_type);
    df_buf_put_str(&plain, token->scopes);
    df_buf_put_str(&plain, c->base_url);
    df_buf_put_str(&plain, secret);
    if (plain.overflow || left <= 0)
        return;
    struct df_str sealed = df_sealed(d, c->project_id, name, "cache", df_secret_of(df_buf_str(&plain)), arena);
    d->cache->ops->put(d->cache, df_connection_key(c->project_id, name, arena), sealed,
                       left < CACHE_TTL_MS ? left : CACHE_TTL_MS);
}

/* Views into the opened bytes. */
static bool read_plain(struct df_str plain, struct df_cached_token *ret)
{
    struct head head;
    if (plain.n < sizeof head)
        return false;
    memcpy(&head, plain.p, sizeof head);
    struct df_str rest = df_str_from(plain, sizeof head);
    if (head.form != FORM || (uint64_t)head.type_n + head.scopes_n + head.lane_n > rest.n)
        return false;
    struct df_str after_type = df_str_from(rest, head.type_n), after_scopes = df_str_from(after_type, head.scopes_n);
    *ret = (struct df_cached_token){
        .token = {.token_type = df_str_head(rest, head.type_n),
                  .scopes = df_str_head(after_type, head.scopes_n),
                  .access_token = df_secret_of(df_str_from(after_scopes, head.lane_n)),
                  .expires_ms = head.expires_ms},
        .version = head.version,
        .refresh_behind_ms = head.refresh_behind_ms,
        .lane = df_str_head(after_scopes, head.lane_n),
    };
    return true;
}

static bool open_sealed(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_str sealed, struct df_arena *arena, struct df_cached_token *ret)
{
    struct df_secret plain;
    if (df_unsealed(d, project_id, df_str_c(provider->name), "cache", sealed, arena, &plain, NULL) != DF_OK ||
        !read_plain(df_secret_reveal(plain), ret) ||
        (ret->token.expires_ms && df_now_ms(d->clock) >= ret->token.expires_ms))
        return false;
    return true;
}

bool df_token_cache_peek(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_cached_token *ret)
{
    struct df_str sealed, key = df_connection_key(project_id, df_str_c(provider->name), arena);
    return d->cache->ops->peek(d->cache, key, arena, &sealed) &&
           open_sealed(d, project_id, provider, sealed, arena, ret);
}

bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_cached_token *ret)
{
    struct df_str sealed, key = df_connection_key(project_id, df_str_c(provider->name), arena);
    return d->cache->ops->get(d->cache, key, arena, &sealed, NULL) &&
           open_sealed(d, project_id, provider, sealed, arena, ret);
}
