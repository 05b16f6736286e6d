#include "service/refresh.h"
#include "base/bells.h"
#include "base/metrics.h"
#include "base/wait.h"
#include "service/app_fault.h"
#include "service/connection.h"
#include "service/endpoints.h"
#include "service/token_cache.h"
#include "service/token_endpoint.h"

enum {
    LEASE_MS = 20 * 1000,
    RENEW_AFTER_MS = LEASE_MS / 4,
    ANSWER_MS = 5 * 60 * 1000, /* however slow the provider is */
    /* A database that fails is asked again, more and more slowly. For an intent or an end not for long: who comes next finds the
     * row as it is. For a new pair, for as long as an operator may need. */
    STORE_RETRY_MS = 100,
    STORE_RETRY_MAX_MS = 5 * 1000,
    STATE_PATIENCE_MS = 3 * 1000,
    PAIR_PATIENCE_MS = 15 * 60 * 1000,
    /* A slot of the provider's pace that is further away is not waited for by a thread. */
    SLOT_PATIENCE_MS = 10 * 1000,
    /* One used later than this would crowd the next ones: another is taken. */
    SLOT_LATE_MS = 100,
    SLOTS = 8,
    FAULT_SPREAD_MS = 3 * 60 * 1000,
    /* Where a provider does not say what its token endpoint takes: with the margin of a pace, 40 in a second, which is what
     * Sentry allows at its other endpoints. Learning the limit by being refused would use up other applications' share of it. */
    UNKNOWN_REQUESTS_PER_S = 50,
};

/* One sending of a refresh token. */
struct sending {
    const struct df_devflow *d;
    const struct df_flight *flight;
    const struct df_provider *provider;
    struct df_refresh_report *report;
    struct df_arena *arena;
    struct df_oauth_app app;
    struct df_connection c;
    struct df_refresh_state before, sent;
    int64_t renewed_ms, slot_ms; /* of the monotonic clock, and of the store's */
    bool slept;                  /* for the slot: the row may have moved on */
};

static int64_t now_of(const struct sending *s)
{
    return df_now_ms(s->d->clock);
}

/* One attempt. A lease is due when it ends, so that who died under it is followed at once. */
static enum df_code write_state(struct sending *s, const struct df_refresh_state *next, int64_t epoch, int64_t due_ms,
                                bool *ret_stored, struct df_error *err)
{
    df_connection_set_refresh_state(&s->c, next);
    s->c.updated_ms = now_of(s);
    s->c.due_ms = due_ms;
    return s->d->store->ops->connection_set_refresh(s->d->store, &s->c, epoch, ret_stored, err);
}

/* A database that does not answer, or has no time now: a lock held for long, a pool that is used up. */
static bool in_trouble(enum df_code code)
{
    return code == DF_ERR_STORE || code == DF_ERR_BUSY;
}

/* Whether to try the store again; sleeps in between. */
static bool again(const struct sending *s, int attempt, int64_t until_ms)
{
    int64_t pause = attempt > 5 ? STORE_RETRY_MAX_MS : (int64_t)STORE_RETRY_MS << attempt;
    if (df_monotonic_ms() >= until_ms || df_flights_must_end(s->d->flights))
        return false;
    df_flights_pause(s->d->flights, pause);
    return true;
}

/* While the provider is answering, however slowly, the lease stays ours. That it could not be renewed is no reason to hang
 * up: a late pair is still stored if it is the newest. At the end of the process there is nobody left to store it. */
static bool renew(void *arg)
{
    struct sending *s = arg;
    struct df_refresh_state next;
    int64_t mono = df_monotonic_ms();
    bool stored;
    if (df_flights_must_end(s->d->flights))
        return true;
    if (mono - s->renewed_ms < RENEW_AFTER_MS)
        return false;
    s->renewed_ms = mono;
    if (df_refresh_renew(&s->sent, &s->sent, now_of(s), LEASE_MS, &next))
        (void)write_state(s, &next, s->sent.epoch, next.lease_until_ms, &stored, NULL);
    return false;
}

/* Takes the lease and writes the intent. When the database's answer is lost, the row tells whether it was done. */
static enum df_code write_intent(struct sending *s, bool *ret_stored, struct df_error *err)
{
    int64_t until = df_monotonic_ms() + STATE_PATIENCE_MS;
    s->renewed_ms = df_monotonic_ms();
    enum df_code code = write_state(s, &s->sent, s->before.epoch, s->sent.lease_until_ms, ret_stored, err);
    for (int attempt = 0; in_trouble(code) && again(s, attempt, until); attempt++) {
        struct df_connection row;
        code = s->d->store->ops->connection_find(s->d->store, s->c.project_id, s->c.provider, s->arena, &row, err);
        if (code == DF_OK) {
            struct df_refresh_state found = df_connection_refresh_state(&row);
            *ret_stored = df_refresh_begun(&found, &s->sent);
        }
    }
    return code;
}

/* Notes why the flight ends before it began, and when it may begin. */
static void put_off(struct sending *s, const struct df_error *err, int64_t due_ms)
{
    bool stored;
    s->c.failure_reason = df_str_c(err->message);
    s->c.failure_code = df_str_c(df_code_name(err->code));
    (void)write_state(s, &s->before, s->before.epoch, due_ms, &stored, NULL);
}

static int64_t spread(int64_t at_ms, int64_t over_ms)
{
    return at_ms + (int64_t)(df_random_u32() % 1000) * over_ms / 1000;
}

static struct df_str pace_host(const struct sending *s)
{
    struct df_url url;
    const struct df_endpoints at = df_endpoints_of(s->provider, &s->app, s->arena);
    return df_url_parse(at.refresh, s->arena, &url) ? df_url_origin(&url, s->arena) : at.refresh;
}

/* Waits for a slot of the provider's pace. DF_ERR_RATE_LIMITED when it is too far away. */
static enum df_code take_slot(struct sending *s, struct df_error *err)
{
    int64_t now = now_of(s), at;
    double known = s->provider->token_requests_per_s;
    int64_t spacing = df_pace_spacing_ms(known > 0 ? known : UNKNOWN_REQUESTS_PER_S);
    DF_TRY(s->d->store->ops->pace_take(s->d->store, pace_host(s), spacing, now, now + SLOT_PATIENCE_MS, &at, err));
    if (at > now + SLOT_PATIENCE_MS) {
        (void)df_fail(err, DF_ERR_RATE_LIMITED,
                      "%s takes only so many token requests at once; the next one goes out in %d s", s->provider->title,
                      (int)((at - now + 999) / 1000));
        if (err)
            err->retry_after_s = (int)((at - now + 999) / 1000);
        return DF_ERR_RATE_LIMITED;
    }
    s->slot_ms = at;
    s->slept = at > now;
    df_flights_pause(s->d->flights, at - now);
    return df_flights_must_end(s->d->flights) ? df_fail(err, DF_ERR_INTERRUPTED, "DevFlow is stopping") : DF_OK;
}

static bool slot_passed(const struct sending *s)
{
    return s->slot_ms == 0 || now_of(s) > s->slot_ms + SLOT_LATE_MS;
}

static enum df_code no_refresh_token(const struct sending *s, struct df_error *err)
{
    if (df_connection_status(&s->c, now_of(s)) == DF_RECONNECT)
        return df_connection_reconnect(s->provider, &s->app, &s->c, s->arena, err);
    return df_fail(err, DF_ERR_RECONNECT, "%s gave no refresh token for this connection: connect again when it expires",
                   s->provider->title);
}

/* What stands in the way of a refresh that nobody else is at. */
static enum df_code clear_way(struct sending *s, struct df_error *err)
{
    struct df_error why = {0};
    enum df_code code = df_app_fault_check(s->d, &s->app, &why);
    s->c.failures += code != DF_OK; /* but waiting for one's turn is no failure */
    if (code != DF_OK)
        put_off(s, &why, spread(s->app.fault_retry_ms, FAULT_SPREAD_MS));
    else if (slot_passed(s) && (code = take_slot(s, &why)) == DF_ERR_RATE_LIMITED)
        put_off(s, &why, spread(now_of(s) + (int64_t)why.retry_after_s * 1000, SLOT_PATIENCE_MS));
    if (code != DF_OK && err)
        *err = why;
    return code;
}

/* *ret_send is false when other tokens are stored meanwhile. */
static enum df_code begin(struct sending *s, bool *ret_send, struct df_error *err)
{
    struct df_str key = df_connection_key(s->flight->project_id, s->flight->provider, s->arena);
    for (;;) {
        uint64_t heard = df_bells_heard(s->d->bells, key);
        DF_TRY(df_connection_load(s->d, s->flight->project_id, s->provider, s->arena, &s->app, &s->c, err));
        s->before = df_connection_refresh_state(&s->c);
        int64_t now = now_of(s);
        enum df_refresh_step step = df_refresh_begin(&s->before, s->flight->version, s->d->node, now, LEASE_MS,
                                                     &s->sent);
        *ret_send = step == DF_REFRESH_SEND;
        if (step == DF_REFRESH_LOST)
            return df_connection_reconnect(s->provider, &s->app, &s->c, s->arena, err);
        if (step == DF_REFRESH_DONE)
            return DF_OK;
        if (s->c.sealed_refresh_token.n == 0)
            return no_refresh_token(s, err);
        if (df_flights_must_end(s->d->flights))
            return df_fail(err, DF_ERR_INTERRUPTED, "DevFlow is stopping");
        if (step == DF_REFRESH_WAIT) {
            df_bells_wait(s->d->bells, key, heard, s->before.lease_until_ms - now);
            continue;
        }
        bool stored;
        s->slept = false;
        DF_TRY(clear_way(s, err));
        if (s->slept)
            continue;
        DF_TRY(write_intent(s, &stored, err));
        if (stored) {
            /* What is kept for all nodes would outlive us, and the token in it may be dead from now on. What the row still
             * allows is kept anew, until the lease ends. */
            df_token_cache_forget(s->d, s->c.project_id, s->provider);
            return DF_OK;
        }
    }
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

static void count_failure(enum df_code code, enum df_refresh_outcome outcome)
{
    if (code == DF_ERR_RECONNECT)
        df_metric_add(DF_METRIC_REFRESH_REFUSED, 1);
    else if (code == DF_ERR_CLIENT_CREDENTIALS)
        df_metric_add(DF_METRIC_REFRESH_CLIENT, 1);
    else if (code == DF_ERR_RATE_LIMITED)
        df_metric_add(DF_METRIC_REFRESH_RATE_LIMITED, 1);
    else
        df_metric_add(outcome == DF_REFRESH_NO_ANSWER ? DF_METRIC_REFRESH_NO_ANSWER : DF_METRIC_REFRESH_TRANSIENT, 1);
}

/* When it is tried again; tells the others what concerns them too. */
static int64_t due_after(struct sending *s, enum df_code code, const struct df_token_fate *fate,
                         const struct df_error *err)
{
    int64_t now = now_of(s), due = now + df_refresh_pause_ms(s->c.failures, df_random_u32()), retry;
    if (code == DF_ERR_CLIENT_CREDENTIALS) {
        df_app_fault_note(s->d, &s->app, df_str_c(err->message), &s->report->fault_news, &retry);
        due = spread(retry, (retry - now) / 20);
    }
    if (fate->held)
        (void)s->d->store->ops->pace_hold(s->d->store, pace_host(s), fate->retry_ms, NULL);
    return fate->retry_ms > due || fate->held ? spread(fate->retry_ms, SLOT_PATIENCE_MS) : due;
}

/* The process ends: as a stop at any other moment, but that nobody has to wait for the lease. */
static void leave(struct sending *s, bool left)
{
    struct df_refresh_state next;
    bool stored;
    int64_t now = now_of(s);
    df_refresh_leave(&s->before, &s->sent, left, now, &next);
    (void)write_state(s, &next, s->sent.epoch, now, &stored, NULL);
}

static enum df_code end_failed(struct sending *s, enum df_code code, const struct df_token_fate *fate,
                               struct df_error *err)
{
    struct df_refresh_state next;
    bool stored;
    int64_t until = df_monotonic_ms() + STATE_PATIENCE_MS;
    if (code == DF_ERR_INTERRUPTED) {
        leave(s, s->report->sent && fate->outcome != DF_REFRESH_NOT_DONE);
        return code;
    }
    explain(s, fate->outcome, err);
    if (s->report->sent)
        count_failure(code, fate->outcome);
    s->c.failure_reason = df_str_c(err->message);
    s->c.failure_code = df_str_c(df_code_name(code));
    s->c.failures++;
    int64_t due = due_after(s, code, fate, err);
    /* The condition of the write is that the row is still as we left it, so that it may be repeated. When it cannot be written,
     * the lease runs out and the next one finds the intent. */
    if (df_refresh_end(&s->sent, &s->before, &s->sent, fate->outcome, &next))
        for (int attempt = 0; in_trouble(write_state(s, &next, s->sent.epoch, due, &stored, NULL)); attempt++)
            if (!again(s, attempt, until))
                break;
    df_token_cache_forget(s->d, s->c.project_id, s->provider);
    return code;
}

/* Whether the pair in the row is ours, after an answer of the database was lost. */
static enum df_code read_back(const struct sending *s, bool *ret_stored, struct df_error *err)
{
    struct df_connection row;
    DF_TRY(s->d->store->ops->connection_find(s->d->store, s->c.project_id, s->c.provider, s->arena, &row, err));
    struct df_refresh_state found = df_connection_refresh_state(&row);
    *ret_stored = df_refresh_stored(&found, &s->sent, df_str_eq(row.sealed_access_token, s->c.sealed_access_token));
    return DF_OK;
}

/* The provider has replaced the pair already: losing this write is losing the connection, so it is tried again whatever the
 * database says of it. Until it is done nobody is given the new pair. */
static enum df_code store_tokens(const struct sending *s, struct df_error *err)
{
    int64_t until = df_monotonic_ms() + PAIR_PATIENCE_MS;
    bool stored = false;
    enum df_code code = s->d->store->ops->connection_set_tokens(s->d->store, &s->c, &stored, err);
    for (int attempt = 0; code != DF_OK && again(s, attempt, until); attempt++) {
        code = s->d->store->ops->connection_set_tokens(s->d->store, &s->c, &stored, err);
        if (code == DF_OK && !stored)
            code = read_back(s, &stored, err);
    }
    if (code == DF_OK && !stored)
        return df_fail(err, DF_ERR_CONNECTION, "the connection was changed or removed while its token was refreshed");
    return code;
}

static void put_in_cache(const struct sending *s, struct df_secret access_token)
{
    struct df_connection fresh = s->c;
    fresh.version = s->sent.version + 1;
    fresh.failures = 0;
    fresh.lease_owner = DF_STR_NONE;
    fresh.unanswered = fresh.reconnect = false;
    const struct df_token token = {access_token, fresh.token_type, fresh.scopes, fresh.expires_ms};
    df_token_cache_forget(s->d, fresh.project_id, s->provider);
    df_token_cache_put(s->d, s->provider, &fresh, &s->app, &token, s->arena);
}

/* RFC 6749 section 6: without a new refresh token the old one stays. It is sealed anew: were the ciphertext that was read before the
 * call written back, it could undo what a rotation of keys did meanwhile. */
static struct df_str sealed_refresh_token(struct sending *s, const struct df_token_answer *answer)
{
    const struct df_connection *c = &s->c;
    struct df_secret token = answer->refresh_token;
    if (df_secret_is_empty(token) &&
        (c->sealed_refresh_token.n == 0 || df_unsealed(s->d, c->project_id, c->provider, "refresh_token",
                                                       c->sealed_refresh_token, s->arena, &token, NULL) != DF_OK))
        return c->sealed_refresh_token;
    return df_sealed(s->d, c->project_id, c->provider, "refresh_token", token, s->arena);
}

static enum df_code end_replaced(struct sending *s, const struct df_token_answer *answer, struct df_error *err)
{
    struct df_connection *c = &s->c;
    c->sealed_access_token = df_sealed(s->d, c->project_id, c->provider, "access_token", answer->access_token,
                                       s->arena);
    c->sealed_refresh_token = sealed_refresh_token(s, answer);
    c->token_type = answer->token_type;
    if (answer->scopes.n)
        c->scopes = df_scopes_ordered_like(answer->scopes, c->scopes, s->arena);
    c->expires_ms = answer->expires_ms;
    c->obtained_ms = c->refreshed_ms = c->updated_ms = now_of(s);
    c->due_ms = df_connection_due_ms(c, s->provider->refresh_ttl_s, df_random_u32());
    df_metric_add(DF_METRIC_REFRESH_REPLACED, 1);
    DF_TRY(store_tokens(s, err));
    put_in_cache(s, answer->access_token);
    df_app_fault_clear(s->d, &s->app);
    return DF_OK;
}

/* The slot was taken before the intent was written, which may have taken its time. */
static enum df_code keep_pace(struct sending *s, struct df_error *err)
{
    enum df_code code = DF_OK;
    for (int i = 0; i < SLOTS && code == DF_OK && slot_passed(s); i++)
        code = take_slot(s, err);
    return code;
}

static enum df_code send(struct sending *s, struct df_token_answer *ret, struct df_token_fate *ret_fate,
                         struct df_error *err)
{
    struct df_token_grant grant = {
        .provider = s->provider, .app = &s->app, .waiting = renew, .waiting_arg = s, .timeout_ms = ANSWER_MS};
    *ret_fate = (struct df_token_fate){.outcome = DF_REFRESH_NOT_DONE};
    DF_TRY(df_unsealed(s->d, s->c.project_id, s->c.provider, "refresh_token", s->c.sealed_refresh_token, s->arena,
                       &grant.refresh_token, err));
    DF_TRY(keep_pace(s, err));
    s->report->sent = true;
    return df_token_request(s->d, &grant, s->arena, ret, ret_fate, err);
}

enum df_code df_refresh(const struct df_devflow *d, const struct df_flight *flight, struct df_refresh_report *ret,
                        struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct sending s = {.d = d, .flight = flight, .report = ret, .arena = arena};
    struct df_token_answer answer;
    struct df_token_fate fate;
    bool go;
    DF_TRY(df_provider_find(d, flight->provider, &s.provider, err));
    DF_TRY(begin(&s, &go, err));
    if (!go)
        return DF_OK;
    enum df_code code = send(&s, &answer, &fate, err);
    return code == DF_OK ? end_replaced(&s, &answer, err) : end_failed(&s, code, &fate, err);
}
