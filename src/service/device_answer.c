#include "service/device_answer.h"

enum {
    INTERVAL_S = 5, /* RFC 8628 section 3.2: when the answer names none */
    EXPIRES_S = 15 * 60,
    EXPIRES_LIMIT_S = 60 * 60,
    CODE_LIMIT_BYTES = 64,
};

static int64_t between(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

static enum df_code refused(const struct df_provider *provider, const struct df_json *v, int status,
                            struct df_error *err)
{
    struct df_str error = df_json_get_str(v, "error");
    if (df_str_is(error, "invalid_scope"))
        return df_fail(err, DF_ERR_SCOPE, "%s does not take these scopes (invalid_scope)", provider->title);
    if (df_str_is(error, "invalid_client") || df_str_is(error, "incorrect_client_credentials") || status == 404)
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "Invalid client credentials: %s does not know this client ID, or the server has no device flow",
                       provider->title);
    if (df_str_is(error, "unauthorized_client") || df_str_is(error, "device_flow_disabled"))
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "%s does not let this application use the device flow: turn it on in the application's settings",
                       provider->title);
    if (status == 429)
        return df_fail(err, DF_ERR_RATE_LIMITED, "%s is limiting requests; try again later", provider->title);
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %d when asked for a device code", provider->title, status);
}

/* A page to open must be one, and a code must be fit to be shown. */
static bool answer_sound(const struct df_device_answer *a, struct df_arena *arena)
{
    struct df_url url;
    for (size_t i = 0; i < a->user_code.n; i++)
        if (a->user_code.p[i] <= ' ' || a->user_code.p[i] > '~')
            return false;
    struct df_str device_code = df_secret_reveal(a->device_code);
    return device_code.n && device_code.n < 4096 && a->user_code.n && a->user_code.n <= CODE_LIMIT_BYTES &&
           df_url_parse(a->verification_uri, arena, &url) &&
           (a->verification_uri_complete.n == 0 || df_url_parse(a->verification_uri_complete, arena, &url));
}

enum df_code df_device_answer_read(const struct df_provider *provider, int status, struct df_str body, int64_t now_ms,
                                   struct df_arena *arena, struct df_device_answer *ret, struct df_error *err)
{
    const struct df_json *v = NULL;
    (void)df_json_parse(arena, body, 0, &v, NULL);
    if (status < 200 || status > 299 || df_json_get_str(v, "error").n)
        return refused(provider, v, status, err);
    struct df_str uri = df_json_get_str(v, "verification_uri");
    int64_t interval_s = df_json_int(df_json_get(v, "interval"), INTERVAL_S);
    int64_t expires_s = df_json_int(df_json_get(v, "expires_in"), EXPIRES_S);
    *ret = (struct df_device_answer){
        .device_code = df_secret_of(df_json_get_str(v, "device_code")),
        .user_code = df_json_get_str(v, "user_code"),
        .verification_uri = uri.n ? uri : df_json_get_str(v, "verification_url"), /* before the RFC */
        .verification_uri_complete = df_json_get_str(v, "verification_uri_complete"),
        .interval_s = between(interval_s, 1, DF_DEVICE_INTERVAL_LIMIT_S),
        .expires_ms = now_ms + between(expires_s, 1, EXPIRES_LIMIT_S) * 1000,
    };
    if (!answer_sound(ret, arena))
        return df_fail(err, DF_ERR_PROVIDER, "%s answered without a usable device code", provider->title);
    return DF_OK;
}
