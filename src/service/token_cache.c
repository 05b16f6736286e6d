#include "service/token_cache.h"
#include "base/metrics.h"

enum {
    /* A cached token is looked at again after this long, so that what another process did to the row is seen. */
    CACHE_TTL_MS = 60 * 1000,
    FORM = 2, /* of what is sealed; another release's is not read */
};

/* What is sealed: this, the token's type, its scopes, the token. Not JSON, for it is opened at each request. */
struct head {
    int64_t expires_ms;
    uint64_t form;
    uint32_t type_n, scopes_n;
};

static struct df_str cache_key(struct df_str project_id, struct df_str provider, struct df_arena *arena)
{
    struct df_buf key;
    df_buf_init(&key, arena, 1024);
    df_buf_put_c(&key, "token:");
    df_buf_put_str(&key, provider);
    df_buf_put_char(&key, ':');
    df_buf_put_str(&key, project_id);
    return df_buf_str(&key);
}

void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    d->cache->ops->remove(d->cache, cache_key(project_id, df_str_c(provider->name), scratch));
}

void df_token_cache_evict(const struct df_devflow *d, struct df_str project_id, struct df_str provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    bool one = project_id.n && provider.n;
    d->cache->ops->evict(d->cache, one ? cache_key(project_id, provider, scratch) : DF_STR_NONE);
}

void df_token_cache_put(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        const struct df_token *token, int64_t refresh_at_ms, struct df_arena *arena)
{
    struct df_str secret = df_secret_reveal(token->access_token);
    const struct head head = {.expires_ms = token->expires_ms,
                              .type_n = (uint32_t)token->token_type.n,
                              .scopes_n = (uint32_t)token->scopes.n,
                              .form = FORM};
    struct df_buf plain;
    df_buf_init(&plain, arena, 64 * 1024);
    df_buf_put(&plain, &head, sizeof head);
    df_buf_put_str(&plain, token->token_type);
    df_buf_put_str(&plain, token->scopes);
    df_buf_put_str(&plain, secret);
    if (plain.overflow)
        return;
    struct df_str sealed = df_sealed(d, project_id, df_str_c(provider->name), "cache", df_secret_of(df_buf_str(&plain)),
                                     arena);
    int64_t left = refresh_at_ms - df_now_ms(d->clock);
    d->cache->ops->put(d->cache, cache_key(project_id, df_str_c(provider->name), arena), sealed,
                       left < CACHE_TTL_MS ? left : CACHE_TTL_MS);
}

/* A view into the opened bytes. */
static bool read_plain(struct df_str plain, struct df_token *ret)
{
    struct head head;
    if (plain.n < sizeof head)
        return false;
    memcpy(&head, plain.p, sizeof head);
    struct df_str rest = df_str_from(plain, sizeof head);
    if (head.form != FORM || head.type_n > rest.n || head.scopes_n > rest.n - head.type_n)
        return false;
    *ret = (struct df_token){
        .token_type = df_str_n(rest.p, head.type_n),
        .scopes = df_str_n(rest.p + head.type_n, head.scopes_n),
        .access_token = df_secret_of(df_str_from(rest, (size_t)head.type_n + head.scopes_n)),
        .expires_ms = head.expires_ms,
    };
    return true;
}

static bool open_sealed(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_str sealed, struct df_arena *arena, struct df_token *ret)
{
    struct df_secret plain;
    if (df_unsealed(d, project_id, df_str_c(provider->name), "cache", sealed, arena, &plain, NULL) != DF_OK ||
        !read_plain(df_secret_reveal(plain), ret))
        return false;
    df_metric_add(DF_METRIC_RESOLVE_CACHED, 1);
    return true;
}

bool df_token_cache_peek(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_token *ret)
{
    struct df_str sealed, key = cache_key(project_id, df_str_c(provider->name), arena);
    return d->cache->ops->peek(d->cache, key, arena, &sealed) &&
           open_sealed(d, project_id, provider, sealed, arena, ret);
}

bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_token *ret)
{
    struct df_str sealed, key = cache_key(project_id, df_str_c(provider->name), arena);
    return d->cache->ops->get(d->cache, key, arena, &sealed, NULL) &&
           open_sealed(d, project_id, provider, sealed, arena, ret);
}
