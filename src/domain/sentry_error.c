#include "domain/sentry_error.h"

enum { DETAIL_BYTES = 200, WAIT_LIMIT_S = 3600 };

/* The first text of a text, a list or an object with a message. */
static struct df_str words_of(const struct df_json *v)
{
    if (df_json_is_array(v))
        v = df_json_at(v, 0);
    if (df_json_is_object(v))
        v = df_json_get(v, "message");
    return df_str_head(df_json_str(v), DETAIL_BYTES);
}

/* The provider's own words, shortened: {"detail": ...}, a bare text or list, or {"field": ["..."]} of a form. */
static struct df_str detail_of(const struct df_json *v, struct df_arena *arena)
{
    const struct df_json *detail = df_json_is_object(v) ? df_json_get(v, "detail") : v;
    struct df_json_iter it = df_json_iter(v);
    if (detail || !df_json_is_object(v) || !df_json_next(&it))
        return words_of(detail);
    struct df_str words = words_of(it.value);
    return words.n ? df_arena_printf(arena, "%.*s: %.*s", DF_FMT(df_str_head(it.key, 40)), DF_FMT(words)) : DF_STR_NONE;
}

static int wait_s(const struct df_sentry_fault *fault, int64_t now_ms)
{
    unsigned long long s;
    int64_t wait = 1;
    if (df_str_to_u64(fault->retry_after, &s))
        wait = s > WAIT_LIMIT_S ? WAIT_LIMIT_S : (int64_t)s;
    else if (now_ms > 0 && df_str_to_u64(fault->rate_limit_reset, &s) && s < (1ULL << 40))
        wait = (int64_t)s - now_ms / 1000;
    return wait < 1 ? 1 : wait > WAIT_LIMIT_S ? WAIT_LIMIT_S : (int)wait;
}

static enum df_code unauthorized(const struct df_json *v, struct df_str detail, struct df_error *err)
{
    struct df_str code = df_json_str(df_json_path(v, "detail", "code", NULL));
    if (df_str_ends(code, DF_S("-required")) || df_str_starts(code, DF_S("member-disabled")))
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN,
                       "Sentry wants more of this user first (%.*s): %.*s. Do it in Sentry, then connect again",
                       DF_FMT(df_str_head(code, 64)), DF_FMT(detail));
    return df_fail(err, DF_ERR_RECONNECT,
                   "Sentry refuses the token (%.*s): connect again (devflow oauth:connect sentry)",
                   DF_FMT(detail.n ? detail : DF_S("401")));
}

enum df_code df_sentry_error(const struct df_sentry_fault *fault, int64_t now_ms, struct df_arena *arena,
                             struct df_error *err)
{
    const struct df_json *v = NULL;
    struct df_str detail = DF_STR_NONE;
    enum df_code code;
    if (df_json_parse(arena, fault->body, 0, &v, NULL) == DF_OK)
        detail = detail_of(v, arena);
    switch (fault->status) {
    case 400:
        return df_fail(err, DF_ERR_INVALID, "Sentry does not take this request: %.*s",
                       DF_FMT(detail.n ? detail : DF_S("400")));
    case 401:
        return unauthorized(v, detail, err);
    case 403:
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN,
                       "Sentry does not let this token see %s (%.*s): check the scopes and the user's access "
                       "(devflow oauth:status)",
                       fault->what, DF_FMT(detail.n ? detail : DF_S("403 Forbidden")));
    case 404:
        return df_fail(err, DF_ERR_PROVIDER_NOT_FOUND, "Sentry does not have %s, or the token does not see it",
                       fault->what);
    case 429:
        code = df_fail(err, DF_ERR_RATE_LIMITED, "Sentry limits the rate of requests; try again in %d s",
                       wait_s(fault, now_ms));
        if (err)
            err->retry_after_s = wait_s(fault, now_ms);
        return code;
    default:
        return df_fail(err, DF_ERR_PROVIDER, "Sentry answered %d when asked for %s; try again later", fault->status,
                       fault->what);
    }
}
