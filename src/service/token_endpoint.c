#include "service/token_endpoint.h"
#include "base/time.h"
#include "base/wait.h"
#include "service/client_auth.h"
#include "service/endpoints.h"

enum {
    TOKEN_LIMIT_BYTES = 16 * 1024,
    /* Sentry has answered after 15 s on healthy installs; giving up early would throw away a new pair. */
    TIMEOUT_MS = 60 * 1000,
    LIFETIME_LIMIT_S = 10 * 365 * 24 * 3600,
};

static enum df_code not_taken(const char *title, int status, struct df_str error, struct df_error *err)
{
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %d%s%.*s to the token request", title, status, error.n ? " " : "",
                   DF_FMT(df_str_head(error, 64)));
}

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
    return not_taken(title, status, error, err);
}

/* The error's name, in RFC 6749's words. A name with other characters is not repeated. */
static struct df_str error_of(const struct df_provider *provider, const struct df_json *v)
{
    struct df_str error = df_json_get_str(v, "error");
    for (const struct df_word *w = provider->error_words; w && w->name; w++)
        if (df_str_is(error, w->name))
            return df_str_c(w->value);
    for (size_t i = 0; i < error.n; i++)
        if (error.p[i] < 'a' || error.p[i] > 'z')
            if (error.p[i] != '_')
                return DF_S("with an error it does not name");
    return error;
}

/* Who is asked too often, or has no time, refuses nothing, whatever else he says. Not so the words of the device flow, some of which
 * come with 429 (RFC 8628 section 3.5). */
static bool is_passing(int status, struct df_str error)
{
    if (df_str_is(error, "slow_down") || df_str_is(error, "authorization_pending"))
        return false;
    return status == 429 || df_str_is(error, "temporarily_unavailable") || df_str_is(error, "server_error");
}

static int64_t expiry(const struct df_provider *provider, const struct df_json *v, int64_t now_ms)
{
    int64_t at, seconds = df_json_int(df_json_get(v, "expires_in"), -1);
    if (seconds > LIFETIME_LIMIT_S)
        seconds = LIFETIME_LIMIT_S;
    if (seconds >= 0)
        return now_ms + seconds * 1000;
    if (df_time_parse(df_json_get_str(v, "expires_at"), &at))
        return at;
    return provider->access_ttl_s ? now_ms + provider->access_ttl_s * 1000 : 0;
}

/* "a b", "a,b" or ["a","b"]: providers have all three. */
static struct df_str scopes_of(const struct df_json *v, struct df_arena *arena)
{
    const struct df_json *scope = df_json_get(v, "scope");
    struct df_str *items = NULL;
    size_t n = 0;
    if (!df_json_is_array(scope)) {
        n = df_scopes_split(df_json_str(scope), arena, &items);
        return df_scopes_join(items, n, arena);
    }
    items = DF_NEW_ARRAY(arena, struct df_str, df_json_count(scope) + 1);
    for (struct df_json_iter it = df_json_iter(scope); df_json_next(&it);)
        items[n++] = df_json_str(it.value);
    return df_scopes_join(items, n, arena);
}

static bool type_taken(const struct df_provider *provider, struct df_str type)
{
    if (type.n == 0 || df_str_ieq(type, DF_S("bearer")))
        return true;
    for (const char *const *t = provider->token_types; t && *t; t++)
        if (df_str_ieq(type, df_str_c(*t)))
            return true;
    return false;
}

/* A token goes into headers and forms: printable ASCII without spaces (RFC 6750 section 2.1 allows less). */
static bool token_sound(struct df_str token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= ' ' || token.p[i] > '~')
            return false;
    return token.n <= TOKEN_LIMIT_BYTES;
}

static enum df_code read_tokens(const struct df_provider *provider, const struct df_json *v, int64_t now_ms,
                                struct df_arena *arena, struct df_token_answer *ret, struct df_error *err)
{
    const struct df_json *top = v;
    if (provider->answer_at && df_json_get_str(v, "access_token").n == 0)
        v = df_json_pointer(v, provider->answer_at);
    struct df_str access = df_json_get_str(v, "access_token"), refresh = df_json_get_str(v, "refresh_token");
    if (access.n == 0 || !token_sound(access) || !token_sound(refresh))
        return df_fail(err, DF_ERR_PROVIDER, "%s answered without a usable access token", provider->title);
    if (!type_taken(provider, df_json_get_str(v, "token_type")))
        return df_fail(err, DF_ERR_PROVIDER, "%s gave a token that is not of the type Bearer", provider->title);
    *ret = (struct df_token_answer){
        .access_token = df_secret_of(access),
        .refresh_token = df_secret_of(refresh),
        .token_type = DF_S("Bearer"),
        .scopes = scopes_of(v, arena),
        .expires_ms = expiry(provider, v, now_ms),
        .user_email = df_json_str(df_json_path(top, "user", "email", NULL)),
    };
    return DF_OK;
}

enum df_code df_token_answer_read(const struct df_provider *provider, int status, struct df_str body, int64_t now_ms,
                                  struct df_arena *arena, struct df_token_answer *ret, struct df_error *err)
{
    const struct df_json *v = NULL;
    struct df_error fault;
    const char *title = provider->title;
    bool json = df_json_parse(arena, body, 0, &v, &fault) == DF_OK && df_json_is_object(v);
    struct df_str error = json ? error_of(provider, v) : DF_STR_NONE;
    /* Some providers say errors with status 200. */
    if (error.n && status < 500 && !is_passing(status, error)) {
        ret->error = error;
        return refused(title, status, error, err);
    }
    if (status == 429)
        return df_fail(err, DF_ERR_RATE_LIMITED, "%s is limiting token requests; try again later", title);
    if (status < 200 || status > 299 || error.n)
        return not_taken(title, status, error, err);
    if (!json)
        return df_fail(err, DF_ERR_PROVIDER, "%s answered the token request with something that is not JSON", title);
    return read_tokens(provider, v, now_ms, arena, ret, err);
}

static const char *grant_type(const struct df_token_grant *grant)
{
    if (!df_secret_is_empty(grant->device_code))
        return "urn:ietf:params:oauth:grant-type:device_code";
    return df_secret_is_empty(grant->refresh_token) ? "authorization_code" : "refresh_token";
}

static void put_grant(struct df_buf *form, const struct df_token_grant *grant)
{
    if (!df_secret_is_empty(grant->device_code)) {
        df_params_put(form, "device_code", df_secret_reveal(grant->device_code));
    } else if (!df_secret_is_empty(grant->refresh_token)) {
        df_params_put(form, "refresh_token", df_secret_reveal(grant->refresh_token));
    } else {
        df_params_put(form, "code", df_secret_reveal(grant->code));
        df_params_put(form, "redirect_uri", grant->app->redirect_uri);
        if (!df_secret_is_empty(grant->verifier))
            df_params_put(form, "code_verifier", df_secret_reveal(grant->verifier));
    }
}

static enum df_code make_form(const struct df_devflow *d, const struct df_token_grant *grant, enum df_client_auth auth,
                              struct df_arena *arena, struct df_form *form, struct df_error *err)
{
    const struct df_provider *provider = grant->provider;
    struct df_secret secret;
    bool refresh = !df_secret_is_empty(grant->refresh_token);
    df_form_init(form, arena);
    DF_TRY(df_app_secret(d, grant->app, arena, &secret, err));
    if (!refresh || !provider->bare_refresh)
        df_params_put(&form->fields, "grant_type", df_str_c(grant_type(grant)));
    bool alone = provider->device_public && !df_secret_is_empty(grant->device_code);
    df_form_put_client(form, alone ? DF_CLIENT_NONE : auth, grant->app, secret, arena);
    put_grant(&form->fields, grant);
    for (const struct df_word *p = provider->token_params; p && p->name; p++)
        df_params_put(&form->fields, p->name, df_str_c(p->value));
    return DF_OK;
}

enum df_code df_token_request(const struct df_devflow *d, const struct df_token_grant *grant, struct df_arena *arena,
                              struct df_token_answer *ret, struct df_token_fate *ret_fate, struct df_error *err)
{
    const struct df_endpoints at = df_endpoints_of(grant->provider, grant->app, arena);
    struct df_token_fate fate = {.outcome = DF_REFRESH_NOT_DONE};
    struct df_form form;
    struct df_http_answer answer = {.status = 0};
    if (ret_fate)
        *ret_fate = fate;
    ret->error = DF_STR_NONE;
    DF_TRY(make_form(d, grant, at.auth, arena, &form, err));
    struct df_http_request request = df_form_request(&form,
                                                     df_secret_is_empty(grant->refresh_token) ? at.token : at.refresh);
    request.timeout_ms = grant->timeout_ms ? grant->timeout_ms : TIMEOUT_MS;
    request.counted_as = grant->provider->slug;
    request.public_only = df_endpoint_public_only(&at, request.url, arena);
    request.cancelled = grant->waiting;
    request.cancelled_arg = grant->waiting_arg;
    request.ret_sent = &fate.sent;
    int64_t began_ms = df_monotonic_ms(), now;
    enum df_code code = df_http_send(d->http, &request, arena, &answer, err);
    fate.elapsed_ms = df_monotonic_ms() - began_ms;
    fate.status = answer.status;
    now = df_now_ms(d->clock);
    if (code == DF_OK)
        code = df_token_answer_read(grant->provider, answer.status, answer.body, now, arena, ret, err);
    code = df_token_fate_judge(&fate, grant->provider->title, code, fate.status ? &answer : NULL,
                               grant->provider->reset_header, now, err);
    if (ret_fate)
        *ret_fate = fate;
    return code;
}
