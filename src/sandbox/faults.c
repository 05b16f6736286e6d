#include "base/wait.h"
#include "sandbox/call.h"

#include <stdio.h>

enum { LATENCY_MAX_MS = 120 * 1000, COUNT_MAX = 1000000 };

static const char *const places[] = {
    [SANDBOX_TOKEN] = "token",     [SANDBOX_AUTHORIZE] = "authorize", [SANDBOX_API] = "api",
    [SANDBOX_INGEST] = "ingest",   [SANDBOX_LINEAR] = "linear",       [SANDBOX_LINEAR_TOKEN] = "linear_token",
    [SANDBOX_WEBHOOK] = "webhook",
};

static const char *const kinds[] = {
    [SANDBOX_FAULT_LATENCY] = "latency",
    [SANDBOX_FAULT_STATUS] = "status",
    [SANDBOX_FAULT_RATE_LIMIT] = "rate_limit",
    [SANDBOX_FAULT_DROP] = "drop",
    [SANDBOX_FAULT_DROP_AFTER] = "drop_after",
    [SANDBOX_FAULT_TRUNCATE] = "truncate",
    [SANDBOX_FAULT_HTML] = "html",
    [SANDBOX_FAULT_EMPTY] = "empty",
    [SANDBOX_FAULT_PARTIAL] = "partial",
};

struct sandbox_fault sandbox_fault_use(struct df_sandbox *sandbox, size_t place)
{
    struct sandbox_fault fault = sandbox->faults[place];
    if (--sandbox->faults[place].count == 0) {
        memmove(&sandbox->faults[place], &sandbox->faults[place + 1], (sandbox->n_faults - place - 1) * sizeof fault);
        sandbox->n_faults--;
    }
    return fault;
}

struct sandbox_fault sandbox_fault_take(struct df_sandbox *sandbox, enum sandbox_place place)
{
    struct sandbox_fault none = {.kind = SANDBOX_FAULT_NONE};
    for (size_t i = 0; i < sandbox->n_faults; i++)
        if (sandbox->faults[i].place == place && place != SANDBOX_LINEAR) /* that one looks at the field, too */
            return sandbox_fault_use(sandbox, i);
    return none;
}

static void rate_limited(struct sandbox_call *call)
{
    call->reply->status = 429;
    df_buf_cut(&call->reply->body, 0);
    sandbox_rate_limit_headers(call, 0);
    df_json_put_str(&call->w,
                    DF_S("You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds"));
}

static void html_error(struct sandbox_call *call, int status)
{
    sandbox_page(call, status, "Sentry is having trouble", DF_S("<p>An internal proxy answered instead of Sentry.</p>"),
                 "default-src 'none'");
}

bool sandbox_fault_before(struct sandbox_call *call, const struct sandbox_fault *fault)
{
    switch (fault->kind) {
    case SANDBOX_FAULT_LATENCY:
        df_sleep_ms(fault->ms);
        return false;
    case SANDBOX_FAULT_STATUS:
        sandbox_detail(call, fault->status, fault->status == 401 ? "Invalid token" : "Internal Error");
        return true;
    case SANDBOX_FAULT_RATE_LIMIT:
        rate_limited(call);
        return true;
    case SANDBOX_FAULT_DROP:
        call->reply->drop = true;
        return true;
    case SANDBOX_FAULT_HTML:
        html_error(call, fault->status);
        return true;
    case SANDBOX_FAULT_EMPTY:
        df_buf_put_c(&call->reply->body, "[]");
        return true;
    default:
        return false;
    }
}

void sandbox_fault_after(struct sandbox_call *call, const struct sandbox_fault *fault)
{
    if (fault->kind == SANDBOX_FAULT_DROP_AFTER)
        call->reply->drop = true;
    if (fault->kind == SANDBOX_FAULT_TRUNCATE)
        call->reply->cut = true;
}

static int find_name(struct df_str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] && df_str_is(name, names[i]))
            return (int)i;
    return 0;
}

void sandbox_faults_post(struct sandbox_call *call)
{
    struct df_sandbox *sandbox = call->sandbox;
    const struct df_json *body = NULL;
    df_json_parse(call->arena, call->request->body, 0, &body, NULL);
    struct sandbox_fault fault = {
        .place = (enum sandbox_place)find_name(df_json_get_str(body, "on"), places, sizeof places / sizeof *places),
        .kind = (enum sandbox_fault_kind)find_name(df_json_get_str(body, "kind"), kinds, sizeof kinds / sizeof *kinds),
        .status = (int)df_json_int(df_json_get(body, "status"), 503),
        .ms = df_json_int(df_json_get(body, "ms"), 0),
        .count = df_json_int(df_json_get(body, "count"), 1),
    };
    bool sound = fault.place && fault.kind && fault.status >= 400 && fault.status <= 599 && fault.ms >= 0 &&
                 fault.ms <= LATENCY_MAX_MS && fault.count > 0 && fault.count <= COUNT_MAX;
    if (!sound || sandbox->n_faults == SANDBOX_FAULTS_MAX) {
        sandbox_detail(call, 400,
                       sound ? "Too many faults are waiting."
                             : "on, kind, status, ms or count is not one of those known.");
        return;
    }
    snprintf(fault.field, sizeof fault.field, "%.*s", DF_FMT(df_json_get_str(body, "field")));
    sandbox->faults[sandbox->n_faults++] = fault;
    call->reply->status = 201;
    df_buf_put_c(&call->reply->body, "{}");
}

void sandbox_faults_delete(struct sandbox_call *call)
{
    call->sandbox->n_faults = 0;
    df_buf_put_c(&call->reply->body, "{}");
}

void sandbox_stats(struct sandbox_call *call)
{
    const struct df_sandbox *sandbox = call->sandbox;
    df_json_open(&call->w, '{');
    df_json_kint(&call->w, "tokenCalls", (int64_t)sandbox->oauth.token_calls);
    df_json_kint(&call->w, "refreshCalls", (int64_t)sandbox->oauth.refresh_calls);
    df_json_kint(&call->w, "refreshReuse", (int64_t)sandbox->oauth.refresh_reuse);
    df_json_kint(&call->w, "consents", (int64_t)sandbox->oauth.consents);
    df_json_kint(&call->w, "apiCalls", (int64_t)sandbox->api_calls);
    df_json_kint(&call->w, "webhooksTaken", (int64_t)sandbox->hooks_taken);
    df_json_kint(&call->w, "events", (int64_t)sandbox->store.events_ever);
    df_json_kint(&call->w, "issues", (int64_t)sandbox->store.n_issues);
    df_json_close(&call->w, '}');
}

void sandbox_expire(struct sandbox_call *call)
{
    const struct df_json *body = NULL;
    if (call->request->body.n)
        df_json_parse(call->arena, call->request->body, 0, &body, NULL);
    sandbox_oauth_expire(&call->sandbox->oauth, call->now_ms, df_json_bool(df_json_get(body, "refresh"), false));
    df_buf_put_c(&call->reply->body, "{}");
}

void sandbox_revoke(struct sandbox_call *call)
{
    sandbox_oauth_revoke(&call->sandbox->oauth);
    df_buf_put_c(&call->reply->body, "{}");
}
