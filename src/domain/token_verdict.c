#include "domain/token_verdict.h"

enum { SETTLING_MS = 10 * 1000 };

int64_t df_token_settled_ms(const struct df_connection *c)
{
    return c->refreshed_ms ? c->refreshed_ms + SETTLING_MS : 0;
}

static bool under_way(const struct df_connection *c, int64_t now_ms)
{
    return c->lease_owner.n && now_ms < c->lease_until_ms;
}

static bool backing_off(const struct df_connection *c, int64_t now_ms)
{
    return c->failure_reason.n && now_ms < c->due_ms && !under_way(c, now_ms);
}

static bool faulty(const struct df_oauth_app *app, int64_t now_ms)
{
    return app->fault.n && now_ms < app->fault_retry_ms;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t df_token_refresh_behind_ms(const struct df_connection *c, const struct df_oauth_app *app, int64_t now_ms)
{
    if (c->sealed_refresh_token.n == 0 || c->reconnect)
        return INT64_MAX;
    int64_t at = c->unanswered ? now_ms : df_connection_refresh_at_ms(c);
    if (under_way(c, now_ms))
        at = later(at, c->lease_until_ms);
    else if (c->failure_reason.n)
        at = later(at, c->due_ms);
    return faulty(app, now_ms) ? later(at, app->fault_retry_ms) : at;
}

/* The caller cannot do with what is stored. */
static enum df_token_verdict without(const struct df_connection *c, const struct df_oauth_app *app,
                                     const struct df_token_ask *ask, int64_t now_ms)
{
    if (c->sealed_refresh_token.n == 0)
        return ask->refused || ask->forced ? DF_TOKEN_NO_REFRESH : DF_TOKEN_RECONNECT;
    if (under_way(c, now_ms))
        return DF_TOKEN_WAIT;
    if (faulty(app, now_ms))
        return DF_TOKEN_APP_FAULT;
    if (ask->forced)
        return DF_TOKEN_WAIT;
    if (backing_off(c, now_ms))
        return DF_TOKEN_BACKING_OFF;
    return ask->refused && now_ms < df_token_settled_ms(c) ? DF_TOKEN_JUST_REFRESHED : DF_TOKEN_WAIT;
}

enum df_token_verdict df_token_verdict(const struct df_connection *c, const struct df_oauth_app *app,
                                       const struct df_token_ask *ask, int64_t now_ms)
{
    bool valid = c->expires_ms == 0 || now_ms < c->expires_ms;
    if (df_connection_status(c, now_ms) == DF_RECONNECT)
        return DF_TOKEN_RECONNECT;
    if (!valid || ask->refused || ask->forced)
        return without(c, app, ask, now_ms);
    /* Sent, no answer known, and nobody at it, or at it again: it may be dead. The retry tells; while it fails for now, the expiry counts. */
    bool retried = c->doubtful && under_way(c, now_ms);
    if (c->unanswered && (retried || now_ms >= df_token_refresh_behind_ms(c, app, now_ms)))
        return DF_TOKEN_WAIT;
    return now_ms < df_token_refresh_behind_ms(c, app, now_ms) ? DF_TOKEN_SERVE : DF_TOKEN_SERVE_AND_REFRESH;
}
