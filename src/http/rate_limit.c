#include "http/rate_limit.h"
#include "base/metrics.h"
#include "domain/access.h"
#include "http/api.h"
#include "service/limiter.h"

/* What starts, ends or renews a connection, or stores what that needs. Handing out tokens is not among it: that is for every request
 * of the caller's own. */
static bool is_oauth(const struct df_route *route)
{
    static df_handler *const handlers[] = {
        df_handle_app_register, df_handle_authorize,   df_handle_start,
        df_handle_callback,     df_handle_refresh,     df_handle_disconnect,
        df_handle_static_token, df_handle_device_poll, df_handle_device_initiate,
    };
    for (size_t i = 0; route && i < sizeof handlers / sizeof *handlers; i++)
        if (route->run == handlers[i])
            return true;
    return false;
}

/* Probes; and webhooks, whose handler counts what it refuses. */
static bool is_unlimited(const struct df_route *route)
{
    return route &&
           (route->run == df_handle_health || route->run == df_handle_ready || route->run == df_handle_hook_take);
}

/* By hand: printf would cost more than the bucket. */
static size_t put_text(char *to, const char *text)
{
    size_t n = 0;
    for (; text[n]; n++)
        to[n] = text[n];
    return n;
}

static size_t put_number(char *to, uint32_t number)
{
    char digits[10];
    size_t n = 0;
    do
        digits[sizeof digits - ++n] = (char)('0' + number % 10);
    while ((number /= 10));
    memcpy(to, digits + sizeof digits - n, n);
    return n;
}

/* "name";a=1;b=2 */
static struct df_str item(const char *name, const char *a, uint32_t a_value, const char *b, uint32_t b_value,
                          struct df_arena *arena)
{
    char text[96];
    size_t n = put_text(text, name);
    n += put_text(text + n, a);
    n += put_number(text + n, a_value);
    n += put_text(text + n, b);
    n += put_number(text + n, b_value);
    return df_arena_dup(arena, df_str_n(text, n));
}

static void say(struct df_request *request, enum df_limit_of of, enum df_limit_by by, const struct df_rate *rate,
                const struct df_limit_verdict *verdict)
{
    static const char *const names[DF_LIMIT_KINDS][DF_LIMIT_CALLERS] = {
        {"\"oauth-address\"", "\"oauth-key\""},
        {"\"api-address\"", "\"api-key\""},
    };
    const char *name = names[of][by];
    df_request_answer_header(request, "RateLimit-Policy",
                             item(name, ";q=", rate->quota, ";w=", rate->window_s, request->arena));
    df_request_answer_header(request, "RateLimit",
                             item(name, ";r=", verdict->left, ";t=", verdict->full_s, request->arena));
}

/* A key that holds counts by itself; whoever shows one that does not, counts by address. */
static bool is_known(const struct df_caller *caller)
{
    return caller && (caller->kind == DF_CALLER_KEY || caller->kind == DF_CALLER_LOCAL) && caller->id.n;
}

/* Whose limit a request falls under; false: under none. */
static bool who_is_limited(const struct df_api *api, const struct df_request *request, enum df_limit_of of,
                           enum df_limit_by *ret_by, struct df_str *ret_who)
{
    bool has_key = is_known(request->caller);
    const struct df_limits *limits = df_limiter_limits(api->limiter);
    *ret_by = has_key ? DF_LIMIT_KEY : DF_LIMIT_ADDRESS;
    *ret_who = has_key ? request->caller->id : df_request_network(request);
    return limits->rate[of][*ret_by].quota != 0 && ret_who->n != 0 &&
           (!request->peer_is_loopback || limits->loopback_too[of][*ret_by]);
}

static enum df_code too_many(enum df_limit_of of, const struct df_rate *rate, const struct df_limit_verdict *verdict,
                             struct df_error *err)
{
    df_metric_add(of == DF_LIMIT_OAUTH ? DF_METRIC_LIMITED_OAUTH : DF_METRIC_LIMITED_API, 1);
    df_fail_at(err, DF_ERR_TOO_MANY, "too many requests: this limit lets %u through in %u seconds", rate->quota,
               rate->window_s);
    err->retry_after_s = (int)verdict->wait_s;
    return err->code;
}

enum df_code df_api_limit(void *app, struct df_request *request, struct df_error *err)
{
    const struct df_api *api = app;
    enum df_limit_of of = is_oauth(request->route) ? DF_LIMIT_OAUTH : DF_LIMIT_API;
    enum df_limit_by by;
    struct df_str who;
    struct df_limit_verdict verdict;
    if (is_unlimited(request->route) || !who_is_limited(api, request, of, &by, &who))
        return DF_OK;
    const struct df_rate *rate = &df_limiter_limits(api->limiter)->rate[of][by];
    df_limiter_take(api->limiter, of, by, who, &verdict);
    say(request, of, by, rate, &verdict);
    return verdict.allowed ? DF_OK : too_many(of, rate, &verdict, err);
}

enum df_code df_api_limit_refused(const struct df_api *api, const struct df_request *request, struct df_error *err)
{
    enum df_limit_by by;
    struct df_str who;
    struct df_limit_verdict verdict;
    if (!who_is_limited(api, request, DF_LIMIT_OAUTH, &by, &who))
        return DF_OK;
    df_limiter_take(api->limiter, DF_LIMIT_OAUTH, by, who, &verdict);
    return verdict.allowed
               ? DF_OK
               : too_many(DF_LIMIT_OAUTH, &df_limiter_limits(api->limiter)->rate[DF_LIMIT_OAUTH][by], &verdict, err);
}
