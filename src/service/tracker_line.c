#include "service/tracker_line.h"
#include "service/api_budget.h"
#include "service/connection.h"
#include "service/endpoints.h"
#include "service/tokens.h"

#include <stddef.h>

enum { TIMEOUT_MS = 15 * 1000, HOLD_MS = 1000, ANSWER_LIMIT_BYTES = 4 * 1024 * 1024 };

static enum df_code send_once(struct df_tracker_wire *wire, const struct df_tracker_ask *ask, struct df_arena *arena,
                              struct df_http_answer *ret, struct df_error *err)
{
    struct df_param headers[] = {
        {DF_S("Accept"), DF_S("application/json")},
        df_provider_token_header(wire->provider, wire->token.token_type, wire->token.access_token, arena)};
    const struct df_http_request request = {
        .method = ask->method,
        .url = df_arena_printf(arena, "%.*s%.*s", DF_FMT(wire->api), DF_FMT(ask->path)),
        .headers = headers,
        .n_headers = sizeof headers / sizeof *headers,
        .body = df_secret_of(ask->body),
        .content_type = ask->body.n ? DF_S("application/json") : DF_STR_NONE,
        .timeout_ms = TIMEOUT_MS,
        .answer_limit_bytes = ANSWER_LIMIT_BYTES,
        .public_only = wire->public_only,
        .counted_as = wire->provider->slug,
    };
    return wire->d->http->ops->send(wire->d->http, &request, arena, ret, err);
}

static enum df_code line_send(struct df_tracker_line *line, const struct df_tracker_ask *ask, struct df_arena *arena,
                              struct df_http_answer *ret, struct df_error *err)
{
    struct df_tracker_wire *wire = (struct df_tracker_wire *)((char *)line - offsetof(struct df_tracker_wire, line));
    const struct df_budget_key budget = {wire->d, wire->provider, wire->project_id, arena};
    DF_TRY(df_budget_check(&budget, err));
    if (df_secret_is_empty(wire->token.access_token))
        DF_TRY(df_tokens_resolve_token(wire->d, wire->project_id, wire->provider, arena, &wire->token, err));
    DF_TRY(send_once(wire, ask, arena, ret, err));
    enum df_tracker_verdict verdict = ask->judge(ret, arena);
    for (int n = 1; verdict == DF_TRACKER_TOKEN_REFUSED && wire->connection.sealed_refresh_token.n; n++) {
        enum df_code code = df_tokens_renew(wire->d, wire->project_id, wire->provider, n, arena, &wire->token, err);
        if (code == DF_ERR_JUST_REFRESHED)
            return DF_OK; /* as new as can be: what was answered to it says why */
        DF_TRY(code);
        DF_TRY(send_once(wire, ask, arena, ret, err));
        verdict = ask->judge(ret, arena);
    }
    if (verdict == DF_TRACKER_LIMITED)
        df_budget_hold(&budget, ret, HOLD_MS);
    return DF_OK;
}

enum df_code df_tracker_wire_open(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_tracker *tracker, struct df_arena *arena, struct df_tracker_wire *ret,
                                  struct df_error *err)
{
    struct df_oauth_app app;
    *ret = (struct df_tracker_wire){.line = {line_send}, .d = d, .project_id = project_id};
    DF_TRY(df_provider_find(d, df_str_c(tracker->provider), &ret->provider, err));
    DF_TRY(df_connection_load(d, project_id, ret->provider, arena, &app, &ret->connection, err));
    ret->api = df_connection_api_url(ret->provider, &app, &ret->connection, arena);
    ret->public_only = ret->provider->base_url && df_str_is(app.base_url, ret->provider->base_url);
    return DF_OK;
}
