#include "service/discovery.h"

enum { DOCUMENT_LIMIT_BYTES = 256 * 1024, KEPT_LIMIT_BYTES = 32 * 1024, TIMEOUT_MS = 10 * 1000 };

struct df_str df_discovery_url(struct df_str issuer, struct df_arena *arena)
{
    struct df_str path = df_url_path(issuer);
    return df_arena_printf(arena, "%.*s/.well-known/oauth-authorization-server%.*s",
                           DF_FMT(df_str_n(issuer.p, issuer.n - path.n)), DF_FMT(path));
}

static struct df_str without_slash(struct df_str s)
{
    return df_str_ends(s, DF_S("/")) ? df_str_n(s.p, s.n - 1) : s;
}

static bool endpoint_sound(struct df_str text, bool plain_allowed, struct df_arena *arena)
{
    struct df_url url;
    if (!df_url_parse(text, arena, &url) || url.user.n || url.fragment.n || df_str_find_char(text, '#') >= 0)
        return false;
    return df_str_is(url.scheme, "https") || (plain_allowed && df_host_is_loopback(url.host));
}

static bool lists(const struct df_json *array, const char *word)
{
    for (struct df_json_iter it = df_json_iter(array); df_json_next(&it);)
        if (df_str_is(df_json_str(it.value), word))
            return true;
    return false;
}

/* Absent means client_secret_basic (RFC 8414 section 2). */
static enum df_code choose_auth(const struct df_json *v, enum df_client_auth *ret, struct df_error *err)
{
    const struct df_json *methods = df_json_get(v, "token_endpoint_auth_methods_supported");
    if (!df_json_is_array(methods) || lists(methods, "client_secret_basic"))
        *ret = DF_CLIENT_BASIC;
    else if (lists(methods, "client_secret_post"))
        *ret = DF_CLIENT_BODY;
    else if (lists(methods, "none"))
        *ret = DF_CLIENT_NONE;
    else
        return df_fail(err, DF_ERR_PROVIDER,
                       "the server takes no client authentication DevFlow knows: client_secret_basic, "
                       "client_secret_post or none");
    return DF_OK;
}

static const struct {
    const char *theirs, *ours;
    bool required;
} endpoints[] = {
    {"authorization_endpoint", "authorize", true},      {"token_endpoint", "token", true},
    {"device_authorization_endpoint", "device", false}, {"revocation_endpoint", "revoke", false},
    {"userinfo_endpoint", "userInfo", false},
};

static enum df_code put_endpoints(const struct df_json *v, bool plain_allowed, struct df_arena *arena,
                                  struct df_json_writer *w, struct df_error *err)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        struct df_str url = df_json_get_str(v, endpoints[i].theirs);
        if (url.n == 0 && endpoints[i].required)
            return df_fail(err, DF_ERR_PROVIDER, "the server's metadata name no %s", endpoints[i].theirs);
        if (url.n && !endpoint_sound(url, plain_allowed, arena))
            return df_fail(err, DF_ERR_PROVIDER, "the server's %s is not an https URL without user and fragment",
                           endpoints[i].theirs);
        if (url.n)
            df_json_kstr(w, endpoints[i].ours, url);
    }
    return DF_OK;
}

enum df_code df_discovery_read(struct df_str issuer, struct df_str body, struct df_arena *arena,
                               struct df_str *ret_json, struct df_error *err)
{
    const struct df_json *v = NULL;
    enum df_client_auth auth;
    struct df_buf text;
    struct df_json_writer w;
    if (df_json_parse(arena, body, 0, &v, NULL) != DF_OK || !df_json_is_object(v))
        return df_fail(err, DF_ERR_PROVIDER, "the server's metadata are not a JSON object");
    struct df_str named = df_json_get_str(v, "issuer");
    if (!df_str_eq(without_slash(named), without_slash(issuer)))
        return df_fail(err, DF_ERR_PROVIDER,
                       "the server calls its issuer %.*s, not %.*s: register with the issuer as baseUrl",
                       DF_FMT(df_str_head(named, 200)), DF_FMT(df_str_head(issuer, 200)));
    DF_TRY(choose_auth(v, &auth, err));
    df_buf_init(&text, arena, KEPT_LIMIT_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "issuer", named);
    DF_TRY(put_endpoints(v, df_str_istarts(issuer, DF_S("http:")), arena, &w, err));
    df_json_kint(&w, "auth", (int64_t)auth);
    df_json_kbool(&w, "pkce", lists(df_json_get(v, "code_challenge_methods_supported"), "S256"));
    df_json_kbool(&w, "iss", df_json_bool(df_json_get(v, "authorization_response_iss_parameter_supported"), false));
    df_json_close(&w, '}');
    if (text.overflow)
        return df_fail(err, DF_ERR_PROVIDER, "the server's metadata are too large");
    *ret_json = df_buf_str(&text);
    return DF_OK;
}

enum df_code df_discover(const struct df_devflow *d, struct df_str issuer, struct df_arena *arena,
                         struct df_str *ret_json, struct df_error *err)
{
    const struct df_str places[] = {
        df_discovery_url(issuer, arena),
        df_arena_printf(arena, "%.*s/.well-known/openid-configuration", DF_FMT(issuer)),
    };
    for (size_t i = 0; i < 2; i++) {
        static const struct df_param accept = {{"Accept", 6}, {"application/json", 16}};
        const struct df_http_request request = {.method = "GET",
                                                .url = places[i],
                                                .headers = &accept,
                                                .n_headers = 1,
                                                .timeout_ms = TIMEOUT_MS,
                                                .answer_limit_bytes = DOCUMENT_LIMIT_BYTES,
                                                .counted_as = "discovery"};
        struct df_http_answer answer;
        DF_TRY(df_http_send(d->http, &request, arena, &answer, err));
        if (answer.status == 200)
            return df_discovery_read(issuer, answer.body, arena, ret_json, err);
    }
    return df_fail(err, DF_ERR_PROVIDER,
                   "%.*s publishes no OAuth metadata: neither RFC 8414's nor OpenID Connect's document is there. Check "
                   "baseUrl, or describe the provider in OAUTH_PROVIDERS_FILE",
                   DF_FMT(df_str_head(issuer, 200)));
}

void df_discovery_apply(struct df_str json, struct df_arena *arena, struct df_endpoints *e)
{
    const struct df_json *v = NULL;
    if (df_json_parse(arena, json, 0, &v, NULL) != DF_OK)
        return;
    int64_t auth = df_json_int(df_json_get(v, "auth"), DF_CLIENT_BASIC);
    e->issuer = df_json_get_str(v, "issuer");
    e->authorize = df_json_get_str(v, "authorize");
    e->token = e->refresh = df_json_get_str(v, "token");
    e->device = df_json_get_str(v, "device");
    e->revoke = df_json_get_str(v, "revoke");
    e->user_info = df_json_get_str(v, "userInfo");
    e->auth = auth == DF_CLIENT_BODY || auth == DF_CLIENT_NONE ? (enum df_client_auth)auth : DF_CLIENT_BASIC;
    e->pkce = df_json_bool(df_json_get(v, "pkce"), false);
    e->iss_always = df_json_bool(df_json_get(v, "iss"), false);
}
