#include "service/token_cache.h"

enum {
    /* A cached token is looked at again after this long, so that what another process did to the row is seen. */
    CACHE_TTL_MS = 60 * 1000,
};

static struct df_str cache_key(struct df_str project_id, const struct df_provider *provider, struct df_arena *arena)
{
    return df_arena_printf(arena, "token:%s:%.*s", provider->name, DF_FMT(project_id));
}

void df_token_cache_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    d->cache->ops->remove(d->cache, cache_key(project_id, provider, scratch));
}

/* The cached form: sealed JSON, so that neither a dump of the cache nor a moved entry gives a token away. */
void df_token_cache_put(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        const struct df_token *token, int64_t refresh_at_ms, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, 64 * 1024);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "a", df_secret_reveal(token->access_token));
    df_json_kstr(&w, "t", token->token_type);
    df_json_kstr(&w, "s", token->scopes);
    df_json_kint(&w, "e", token->expires_ms);
    df_json_close(&w, '}');
    struct df_str sealed = df_sealed(d, project_id, df_str_c(provider->name), "cache", df_secret_of(df_buf_str(&text)),
                                     arena);
    int64_t left = refresh_at_ms - df_now_ms(d->clock);
    d->cache->ops->put(d->cache, cache_key(project_id, provider, arena), sealed,
                       left < CACHE_TTL_MS ? left : CACHE_TTL_MS);
}

bool df_token_cache_get(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                        struct df_arena *arena, struct df_token *ret)
{
    struct df_str sealed;
    struct df_secret text;
    const struct df_json *v;
    if (!d->cache->ops->get(d->cache, cache_key(project_id, provider, arena), arena, &sealed, NULL) ||
        df_unsealed(d, project_id, df_str_c(provider->name), "cache", sealed, arena, &text, NULL) != DF_OK ||
        df_json_parse(arena, df_secret_reveal(text), 0, &v, NULL) != DF_OK)
        return false;
    *ret = (struct df_token){
        .access_token = df_secret_of(df_json_get_str(v, "a")),
        .token_type = df_json_get_str(v, "t"),
        .scopes = df_json_get_str(v, "s"),
        .expires_ms = df_json_int(df_json_get(v, "e"), 0),
    };
    return true;
}
