#include "service/tokens.h"
#include "service/flights.h"
#include "service/token_endpoint.h"

#include <time.h>

enum {
    STORE_ATTEMPTS = 8,
    STORE_RETRY_MS = 100,
    /* A cached token is looked at again after this long, so that what another process did to the row is seen. */
    CACHE_TTL_MS = 60 * 1000,
};

static struct df_str cache_key(struct df_str project_id, const struct df_provider *provider, struct df_arena *arena)
{
    return df_arena_printf(arena, "token:%s:%.*s", provider->name, DF_FMT(project_id));
}

void df_tokens_forget(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    d->cache->ops->remove(d->cache, cache_key(project_id, provider, scratch));
}

/* The cached form: sealed JSON, so that neither a dump of the cache nor a moved entry gives a token away. */
static void cache_token(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
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

static bool cached_token(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_token *ret)
{
    struct df_str sealed;
    struct df_secret text;
    const struct df_json *v;
    if (!d->cache->ops->get(d->cache, cache_key(project_id, provider, arena), arena, &sealed) ||
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

static enum df_code load(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                         struct df_arena *arena, struct df_oauth_app *ret_app, struct df_connection *ret,
                         struct df_error *err)
{
    struct df_project project;
    struct df_str name = df_str_c(provider->name);
    DF_TRY(d->store->ops->project_find(d->store, project_id, arena, &project, err));
    DF_TRY(d->store->ops->app_find(d->store, project_id, name, arena, ret_app, err));
    return d->store->ops->connection_find(d->store, project_id, name, arena, ret, err);
}

static enum df_code token_of(const struct df_devflow *d, const struct df_connection *c, struct df_arena *arena,
                             struct df_token *ret, struct df_error *err)
{
    struct df_secret access;
    DF_TRY(df_unsealed(d, c->project_id, c->provider, "access_token", c->sealed_access_token, arena, &access, err));
    *ret = (struct df_token){access, c->token_type, c->scopes, c->expires_ms};
    return DF_OK;
}

static enum df_code reconnect_needed(const struct df_provider *provider, const struct df_connection *c,
                                     struct df_error *err)
{
    return df_fail(err, DF_ERR_RECONNECT, "%s must be connected again (devflow oauth:connect %s --project %.*s): %.*s",
                   provider->title, provider->slug, DF_FMT(c->project_id),
                   DF_FMT(c->failure_reason.n ? c->failure_reason
                                              : DF_S("the token has expired and the provider gave no refresh token")));
}

struct refresh {
    const struct df_devflow *d;
    struct df_str project_id;
    const struct df_provider *provider;
    bool forced;
    struct df_secret refused; /* set: only while this is still the stored access token */
};

/* The provider has replaced the pair already: losing this write is losing the connection, so it is tried for a while. */
static enum df_code store_tokens(const struct df_devflow *d, const struct df_connection *c, struct df_error *err)
{
    bool stored = false;
    enum df_code code = DF_ERR_STORE;
    for (int attempt = 0; attempt < STORE_ATTEMPTS && code != DF_OK; attempt++) {
        if (attempt)
            nanosleep(&(struct timespec){.tv_nsec = STORE_RETRY_MS * 1000000L}, NULL);
        code = d->store->ops->connection_set_tokens(d->store, c, &stored, err);
    }
    if (code == DF_OK && !stored)
        return df_fail(err, DF_ERR_CONNECTION, "the connection was changed or removed while its token was refreshed");
    return code;
}

static enum df_code note_failure(const struct df_devflow *d, struct df_connection *c, enum df_code code,
                                 const struct df_error *why)
{
    bool stored;
    c->reconnect = c->reconnect || code == DF_ERR_RECONNECT;
    c->failure_reason = df_str_c(why->message);
    c->updated_ms = df_now_ms(d->clock);
    /* Best effort: the caller hears the reason either way. */
    (void)d->store->ops->connection_set_health(d->store, c, &stored, NULL);
    return code;
}

static enum df_code take_answer(const struct refresh *r, struct df_connection *c, const struct df_token_answer *answer,
                                struct df_arena *arena, struct df_error *err)
{
    int64_t now = df_now_ms(r->d->clock);
    struct df_str project = c->project_id, provider = c->provider;
    c->sealed_access_token = df_sealed(r->d, project, provider, "access_token", answer->access_token, arena);
    if (!df_secret_is_empty(answer->refresh_token)) /* RFC 6749 section 6: else the old one stays */
        c->sealed_refresh_token = df_sealed(r->d, project, provider, "refresh_token", answer->refresh_token, arena);
    c->token_type = answer->token_type;
    if (answer->scopes.n)
        c->scopes = df_scopes_ordered_like(answer->scopes, c->scopes, arena);
    c->expires_ms = answer->expires_ms;
    c->obtained_ms = c->refreshed_ms = c->updated_ms = now;
    c->failure_reason = DF_STR_NONE;
    DF_TRY(store_tokens(r->d, c, err));
    df_tokens_forget(r->d, project, r->provider);
    return DF_OK;
}

/* Whether, now that this is the one refresh under way, there is still something to do. */
static enum df_code still_needed(const struct refresh *r, const struct df_connection *c, struct df_arena *arena,
                                 bool *ret_needed, struct df_error *err)
{
    struct df_token now_stored;
    *ret_needed = r->forced || df_now_ms(r->d->clock) >= df_connection_refresh_at_ms(c);
    if (df_secret_is_empty(r->refused))
        return DF_OK;
    DF_TRY(token_of(r->d, c, arena, &now_stored, err));
    *ret_needed = df_equal_constant_time(df_secret_reveal(now_stored.access_token), df_secret_reveal(r->refused));
    return DF_OK;
}

static enum df_code refresh_now(void *arg, struct df_error *err)
{
    const struct refresh *r = arg;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_oauth_app app;
    struct df_connection c;
    struct df_token_answer answer;
    bool needed;
    struct df_token_grant grant = {.provider = r->provider, .app = &app};
    DF_TRY(load(r->d, r->project_id, r->provider, arena, &app, &c, err));
    if (c.reconnect ||
        (c.sealed_refresh_token.n == 0 && df_connection_status(&c, df_now_ms(r->d->clock)) == DF_RECONNECT))
        return reconnect_needed(r->provider, &c, err);
    DF_TRY(still_needed(r, &c, arena, &needed, err));
    if (!needed)
        return DF_OK;
    if (c.sealed_refresh_token.n == 0)
        return df_fail(err, DF_ERR_RECONNECT,
                       "%s gave no refresh token for this connection: connect again when it expires",
                       r->provider->title);
    DF_TRY(df_unsealed(r->d, c.project_id, c.provider, "refresh_token", c.sealed_refresh_token, arena,
                       &grant.refresh_token, err));
    enum df_code code = df_token_request(r->d, &grant, arena, &answer, err);
    if (code != DF_OK)
        return note_failure(r->d, &c, code, err);
    return take_answer(r, &c, &answer, arena, err);
}

static enum df_code refresh(struct refresh *r, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    bool ran;
    return df_flights_run(r->d->flights, cache_key(r->project_id, r->provider, scratch), refresh_now, r, &ran, err);
}

/* The stored token, whatever its age, if it is valid at this moment. */
static enum df_code stored_token(const struct df_devflow *d, struct df_str project_id,
                                 const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                 bool *ret_due, struct df_error *err)
{
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(load(d, project_id, provider, arena, &app, &c, err));
    int64_t now = df_now_ms(d->clock), refresh_at = df_connection_refresh_at_ms(&c);
    if (df_connection_status(&c, now) == DF_RECONNECT)
        return reconnect_needed(provider, &c, err);
    *ret_due = now >= refresh_at && c.sealed_refresh_token.n > 0;
    DF_TRY(token_of(d, &c, arena, ret, err));
    if (*ret_due)
        return DF_OK;
    cache_token(d, project_id, provider, ret, refresh_at, arena);
    /* A refresh that ended since the row was read has emptied the cache already; then this entry is too old. One that ends
     * later will empty it. */
    struct df_connection again;
    if (d->store->ops->connection_find(d->store, project_id, c.provider, arena, &again, NULL) != DF_OK ||
        again.version != c.version || again.reconnect)
        df_tokens_forget(d, project_id, provider);
    return DF_OK;
}

enum df_code df_tokens_resolve_token(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_arena *arena, struct df_token *ret,
                                     struct df_error *err)
{
    bool due;
    if (cached_token(d, project_id, provider, arena, ret))
        return DF_OK;
    DF_TRY(stored_token(d, project_id, provider, arena, ret, &due, err));
    if (!due)
        return DF_OK;
    struct refresh r = {.d = d, .project_id = project_id, .provider = provider};
    enum df_code code = refresh(&r, err);
    if (code == DF_OK)
        return stored_token(d, project_id, provider, arena, ret, &due, err);
    bool still_valid = ret->expires_ms == 0 || df_now_ms(d->clock) < ret->expires_ms;
    return code != DF_ERR_RECONNECT && still_valid ? DF_OK : code;
}

enum df_code df_tokens_refresh(const struct df_devflow *d, struct df_str project_id, const struct df_provider *provider,
                               int64_t *ret_expires_ms, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct refresh r = {.d = d, .project_id = project_id, .provider = provider, .forced = true};
    struct df_oauth_app app;
    struct df_connection c;
    DF_TRY(refresh(&r, err));
    DF_TRY(load(d, project_id, provider, arena, &app, &c, err));
    *ret_expires_ms = c.expires_ms;
    return DF_OK;
}

enum df_code df_tokens_resolve_newer(const struct df_devflow *d, struct df_str project_id,
                                     const struct df_provider *provider, struct df_secret refused,
                                     struct df_arena *arena, struct df_token *ret, struct df_error *err)
{
    bool due;
    struct refresh r = {.d = d, .project_id = project_id, .provider = provider, .refused = refused};
    df_tokens_forget(d, project_id, provider);
    DF_TRY(refresh(&r, err));
    return stored_token(d, project_id, provider, arena, ret, &due, err);
}
