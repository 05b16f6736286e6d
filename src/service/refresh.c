#include "service/refresh.h"
#include "service/connection.h"
#include "service/flights.h"
#include "service/token_cache.h"
#include "service/token_endpoint.h"

#include <time.h>

enum {
    LEASE_MS = 20 * 1000,
    RENEW_AFTER_MS = LEASE_MS / 4,
    OTHER_NODE_PAUSE_MS = 100,
    STORE_ATTEMPTS = 8,
    STORE_RETRY_MS = 100,
};

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

/* One sending of a refresh token. */
struct sending {
    const struct df_devflow *d;
    const struct df_refresh_wish *wish;
    struct df_oauth_app app;
    struct df_connection c;
    struct df_refresh_state before, sent;
    int64_t renewed_ms;
};

static enum df_code write_state(struct sending *s, const struct df_refresh_state *next, int64_t epoch, bool *ret_stored,
                                struct df_error *err)
{
    df_connection_set_refresh_state(&s->c, next);
    s->c.updated_ms = df_now_ms(s->d->clock);
    s->c.due_ms = s->c.updated_ms + df_refresh_pause_ms(s->c.failures, df_random_u32());
    return s->d->store->ops->connection_set_refresh(s->d->store, &s->c, epoch, ret_stored, err);
}

/* While the provider is answering, however slowly, the lease stays ours. That it could not be renewed is no reason to hang
 * up: a late pair is still stored if it is the newest. */
static bool renew(void *arg)
{
    struct sending *s = arg;
    struct df_refresh_state next;
    int64_t now = df_now_ms(s->d->clock);
    bool stored;
    if (now - s->renewed_ms < RENEW_AFTER_MS)
        return false;
    s->renewed_ms = now;
    if (df_refresh_renew(&s->sent, &s->sent, now, LEASE_MS, &next))
        (void)write_state(s, &next, s->sent.epoch, &stored, NULL);
    return false;
}

static enum df_code still_needed(const struct sending *s, struct df_arena *arena, bool *ret_needed,
                                 struct df_error *err)
{
    struct df_token stored;
    int64_t now = df_now_ms(s->d->clock);
    *ret_needed = s->wish->forced || s->c.unanswered || now >= df_connection_refresh_at_ms(&s->c) ||
                  (s->wish->when_due && s->c.due_ms && now >= s->c.due_ms);
    if (df_secret_is_empty(s->wish->refused))
        return DF_OK;
    DF_TRY(df_connection_token(s->d, &s->c, arena, &stored, err));
    *ret_needed = df_equal_constant_time(df_secret_reveal(stored.access_token), df_secret_reveal(s->wish->refused));
    return DF_OK;
}

static enum df_code no_refresh_token(const struct sending *s, struct df_error *err)
{
    if (df_connection_status(&s->c, df_now_ms(s->d->clock)) == DF_RECONNECT)
        return df_connection_reconnect(s->wish->provider, &s->c, err);
    return df_fail(err, DF_ERR_RECONNECT, "%s gave no refresh token for this connection: connect again when it expires",
                   s->wish->provider->title);
}

/* Takes the lease and writes the intent; *ret_send is false when another has refreshed meanwhile, or nothing is due. */
static enum df_code begin(struct sending *s, struct df_arena *arena, bool *ret_send, struct df_error *err)
{
    int64_t first_version = 0;
    for (;;) {
        bool needed, stored = false;
        DF_TRY(df_connection_load(s->d, s->wish->project_id, s->wish->provider, arena, &s->app, &s->c, err));
        DF_TRY(still_needed(s, arena, &needed, err));
        first_version = first_version ? first_version : s->c.version;
        *ret_send = needed && s->c.version == first_version;
        if (s->c.reconnect)
            return df_connection_reconnect(s->wish->provider, &s->c, err);
        if (!*ret_send)
            return DF_OK;
        if (s->c.sealed_refresh_token.n == 0)
            return no_refresh_token(s, err);
        s->before = df_connection_refresh_state(&s->c);
        s->renewed_ms = df_now_ms(s->d->clock);
        if (df_refresh_begin(&s->before, s->d->node, s->renewed_ms, LEASE_MS, &s->sent) == DF_REFRESH_WAIT)
            pause_ms(OTHER_NODE_PAUSE_MS); /* another process, which renews its lease; ours wait in flights */
        else
            DF_TRY(write_state(s, &s->sent, s->before.epoch, &stored, err));
        if (stored)
            return DF_OK;
    }
}

/* A whole answer that is an error says that the pair was not replaced; silence and a broken success say nothing. */
static enum df_refresh_outcome outcome_of(enum df_code code, int status)
{
    if (code == DF_ERR_RECONNECT)
        return DF_REFRESH_REFUSED;
    return status >= 400 || code == DF_ERR_DECRYPT ? DF_REFRESH_NOT_DONE : DF_REFRESH_NO_ANSWER;
}

/* An old token refused after a sending that was never answered tells more than "refused". */
static void explain(const struct sending *s, enum df_refresh_outcome outcome, struct df_error *err)
{
    if (outcome != DF_REFRESH_REFUSED || !s->before.unanswered)
        return;
    df_fail_at(err, DF_ERR_RECONNECT,
               "reconnect needed: the provider had already replaced the token %s (invalid_grant)",
               s->before.owner.n ? "when DevFlow stopped" : "when its answer was lost");
}

static enum df_code end_failed(struct sending *s, enum df_code code, int status, struct df_error *err)
{
    struct df_refresh_state next;
    bool stored;
    enum df_refresh_outcome outcome = outcome_of(code, status);
    explain(s, outcome, err);
    s->c.failure_reason = df_str_c(err->message);
    s->c.failures++;
    /* The condition of the write is that the row is still as we left it. When it cannot be written, the lease runs out and the
     * next one finds the intent. */
    if (df_refresh_end(&s->sent, &s->before, &s->sent, outcome, &next))
        (void)write_state(s, &next, s->sent.epoch, &stored, NULL);
    return code;
}

/* The provider has replaced the pair already: losing this write is losing the connection, so it is tried for a while. */
static enum df_code store_tokens(const struct sending *s, struct df_error *err)
{
    bool stored = false;
    enum df_code code = DF_ERR_STORE;
    for (int attempt = 0; attempt < STORE_ATTEMPTS && code != DF_OK; attempt++) {
        if (attempt)
            pause_ms(STORE_RETRY_MS);
        code = s->d->store->ops->connection_set_tokens(s->d->store, &s->c, &stored, err);
    }
    if (code == DF_OK && !stored)
        return df_fail(err, DF_ERR_CONNECTION, "the connection was changed or removed while its token was refreshed");
    return code;
}

static enum df_code end_replaced(struct sending *s, const struct df_token_answer *answer, struct df_arena *arena,
                                 struct df_error *err)
{
    struct df_connection *c = &s->c;
    c->sealed_access_token = df_sealed(s->d, c->project_id, c->provider, "access_token", answer->access_token, arena);
    if (!df_secret_is_empty(answer->refresh_token)) /* RFC 6749 section 6: else the old one stays */
        c->sealed_refresh_token = df_sealed(s->d, c->project_id, c->provider, "refresh_token", answer->refresh_token,
                                            arena);
    c->token_type = answer->token_type;
    if (answer->scopes.n)
        c->scopes = df_scopes_ordered_like(answer->scopes, c->scopes, arena);
    c->expires_ms = answer->expires_ms;
    c->obtained_ms = c->refreshed_ms = c->updated_ms = df_now_ms(s->d->clock);
    c->due_ms = df_connection_due_ms(c, df_random_u32());
    DF_TRY(store_tokens(s, err));
    df_token_cache_forget(s->d, c->project_id, s->wish->provider);
    return DF_OK;
}

struct flight_arg {
    const struct df_devflow *d;
    const struct df_refresh_wish *wish;
};

static enum df_code refresh_now(void *arg, struct df_error *err)
{
    const struct flight_arg *f = arg;
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct sending s = {.d = f->d, .wish = f->wish};
    struct df_token_answer answer;
    int status = 0;
    bool send;
    DF_TRY(begin(&s, arena, &send, err));
    if (!send)
        return DF_OK;
    /* From here on the old token may be dead: callers wait for the new one rather than get it from the cache. */
    df_token_cache_forget(s.d, s.c.project_id, s.wish->provider);
    struct df_token_grant grant = {.provider = s.wish->provider, .app = &s.app, .waiting = renew, .waiting_arg = &s};
    enum df_code code = df_unsealed(s.d, s.c.project_id, s.c.provider, "refresh_token", s.c.sealed_refresh_token, arena,
                                    &grant.refresh_token, err);
    if (code == DF_OK)
        code = df_token_request(s.d, &grant, arena, &answer, &status, err);
    return code == DF_OK ? end_replaced(&s, &answer, arena, err) : end_failed(&s, code, status, err);
}

enum df_code df_refresh(const struct df_devflow *d, const struct df_refresh_wish *wish, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct flight_arg arg = {d, wish};
    bool ran;
    struct df_str key = df_arena_printf(scratch, "%s:%.*s", wish->provider->name, DF_FMT(wish->project_id));
    return df_flights_run(d->flights, key, refresh_now, &arg, &ran, err);
}
