#include "service/token_endpoint.h"
#include "base/time.h"

enum {
    ANSWER_LIMIT_BYTES = 256 * 1024,
    TOKEN_LIMIT_BYTES = 16 * 1024,
    /* Sentry has answered after 15 s on healthy installs; giving up early would throw away a new pair. */
    TIMEOUT_MS = 60 * 1000,
    FORM_LIMIT_BYTES = 64 * 1024,
    LIFETIME_LIMIT_S = 10 * 365 * 24 * 3600,
};

static enum df_code refused(const char *title, int status, struct df_str error, struct df_error *err)
{
    if (df_str_is(error, "invalid_client") || df_str_is(error, "unauthorized_client"))
        return df_fail(
            err, DF_ERR_CLIENT_CREDENTIALS,
            "Invalid client credentials: %s does not know this client ID and secret. Check them there and register "
            "the application again (devflow oauth:register)",
            title);
    if (df_str_is(error, "invalid_grant"))
        return df_fail(err, DF_ERR_RECONNECT,
                       "%s refused the grant (invalid_grant): it has expired, was used or was revoked. "
                       "Connect again (devflow oauth:connect)",
                       title);
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %d %.*s to the token request", title, status,
                   DF_FMT(df_str_head(error, 64)));
}

static struct df_str error_of(const struct df_json *v)
{
    struct df_str error = df_json_get_str(v, "error");
    for (size_t i = 0; i < error.n; i++)
        if (error.p[i] < 'a' || error.p[i] > 'z')
            if (error.p[i] != '_')
                return DF_S("with an error it does not name");
    return error;
}

static int64_t expiry(const struct df_json *v, int64_t now_ms)
{
    int64_t at, seconds = df_json_int(df_json_get(v, "expires_in"), -1);
    if (seconds > LIFETIME_LIMIT_S)
        seconds = LIFETIME_LIMIT_S;
    if (seconds >= 0)
        return now_ms + seconds * 1000;
    if (df_time_parse(df_json_get_str(v, "expires_at"), &at))
        return at;
    return 0;
}

/* A token goes into headers and forms: printable ASCII without spaces (RFC 6750 section 2.1 allows less). */
static bool token_sound(struct df_str token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= ' ' || token.p[i] > '~')
            return false;
    return token.n <= TOKEN_LIMIT_BYTES;
}

static enum df_code read_tokens(const char *title, const struct df_json *v, int64_t now_ms, struct df_arena *arena,
                                struct df_token_answer *ret, struct df_error *err)
{
    struct df_str access = df_json_get_str(v, "access_token"), refresh = df_json_get_str(v, "refresh_token");
    struct df_str type = df_json_get_str(v, "token_type"), *scopes;
    if (access.n == 0 || !token_sound(access) || !token_sound(refresh))
        return df_fail(err, DF_ERR_PROVIDER, "%s answered without a usable access token", title);
    if (type.n && !df_str_ieq(type, DF_S("bearer")))
        return df_fail(err, DF_ERR_PROVIDER, "%s gave a token that is not of the type Bearer", title);
    size_t n = df_scopes_split(df_json_get_str(v, "scope"), arena, &scopes);
    *ret = (struct df_token_answer){
        .access_token = df_secret_of(access),
        .refresh_token = df_secret_of(refresh),
        .token_type = DF_S("Bearer"),
        .scopes = df_scopes_join(scopes, n, arena),
        .expires_ms = expiry(v, now_ms),
        .user_email = df_json_str(df_json_path(v, "user", "email", NULL)),
    };
    return DF_OK;
}

enum df_code df_token_answer_read(const char *title, int status, struct df_str body, int64_t now_ms,
                                  struct df_arena *arena, struct df_token_answer *ret, struct df_error *err)
{
    const struct df_json *v = NULL;
    struct df_error fault;
    bool json = df_json_parse(arena, body, 0, &v, &fault) == DF_OK && df_json_is_object(v);
    struct df_str error = json ? error_of(v) : DF_STR_NONE;
    /* Some providers say errors with status 200. */
    if (error.n && status < 500)
        return refused(title, status, error, err);
    if (status == 429)
        return df_fail(err, DF_ERR_RATE_LIMITED, "%s is limiting token requests; try again later", title);
    if (status < 200 || status > 299)
        return df_fail(err, DF_ERR_PROVIDER, "%s answered %d to the token request", title, status);
    if (!json)
        return df_fail(err, DF_ERR_PROVIDER, "%s answered the token request with something that is not JSON", title);
    return read_tokens(title, v, now_ms, arena, ret, err);
}

static struct df_secret form_of(const struct df_token_grant *grant, struct df_secret client_secret,
                                struct df_arena *arena)
{
    struct df_buf form;
    df_buf_init(&form, arena, FORM_LIMIT_BYTES);
    bool refresh = !df_secret_is_empty(grant->refresh_token);
    df_params_put(&form, "grant_type", refresh ? DF_S("refresh_token") : DF_S("authorization_code"));
    /* In the body: what every version of Sentry takes; both body and Basic is an error there. */
    df_params_put(&form, "client_id", grant->app->client_id);
    df_params_put(&form, "client_secret", df_secret_reveal(client_secret));
    if (refresh) {
        df_params_put(&form, "refresh_token", df_secret_reveal(grant->refresh_token));
    } else {
        df_params_put(&form, "code", df_secret_reveal(grant->code));
        df_params_put(&form, "redirect_uri", grant->app->redirect_uri);
        if (!df_secret_is_empty(grant->verifier))
            df_params_put(&form, "code_verifier", df_secret_reveal(grant->verifier));
    }
    return df_secret_of(df_buf_str(&form));
}

enum df_code df_token_request(const struct df_devflow *d, const struct df_token_grant *grant, struct df_arena *arena,
                              struct df_token_answer *ret, int *ret_status, struct df_error *err)
{
    const struct df_provider *provider = grant->provider;
    const struct df_oauth_app *app = grant->app;
    struct df_secret client_secret;
    DF_TRY(df_unsealed(d, app->project_id, app->provider, "client_secret", app->sealed_client_secret, arena,
                       &client_secret, err));
    const struct df_param accept = {DF_S("Accept"), DF_S("application/json")};
    const struct df_http_request request = {
        .method = "POST",
        .url = df_arena_printf(arena, "%.*s%s", DF_FMT(app->base_url), provider->token_path),
        .headers = &accept,
        .n_headers = 1,
        .body = form_of(grant, client_secret, arena),
        .content_type = DF_S("application/x-www-form-urlencoded"),
        .timeout_ms = TIMEOUT_MS,
        .cancelled = grant->waiting,
        .cancelled_arg = grant->waiting_arg,
        .answer_limit_bytes = ANSWER_LIMIT_BYTES,
    };
    struct df_http_answer answer;
    if (ret_status)
        *ret_status = 0;
    DF_TRY(df_http_send(d->http, &request, arena, &answer, err));
    if (ret_status)
        *ret_status = answer.status;
    return df_token_answer_read(provider->title, answer.status, answer.body, df_now_ms(d->clock), arena, ret, err);
}
