#include "adapter/curl_http.h"
#include "base/json.h"
#include "base/key_file.h"
#include "base/time.h"
#include "base/version.h"
#include "lib/lib.h"

#include <stdlib.h>

enum { TIMEOUT_MS = 90 * 1000, BODY_BYTES = 64 * 1024, ANSWER_BYTES = 256 * 1024, SCOPES_BYTES = 64 * 1024 };

struct api_resolver {
    struct devflow_resolver base;
    struct df_arena *arena; /* the URL and the key, for the resolver's life */
    struct df_http_client *http;
    struct df_str url;
    struct df_secret key;
    unsigned timeout_ms;
};

static struct df_secret body_of(const char *project_id, const char *rejected, struct df_arena *arena)
{
    struct df_buf body;
    struct df_json_writer w;
    df_buf_init(&body, arena, BODY_BYTES);
    df_json_writer_init(&w, &body, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "projectId", df_str_c(project_id));
    if (rejected)
        df_json_kstr(&w, "rejected", df_str_c(rejected));
    df_json_close(&w, '}');
    return df_secret_of(df_buf_str(&body));
}

static struct df_str url_of(const struct api_resolver *r, const char *provider, struct df_arena *arena)
{
    char *slug = df_arena_cstr(arena, df_str_c(provider));
    for (char *p = slug; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 'a' - 'A');
    return df_arena_printf(arena, "%.*s/auth/%.*s/token", DF_FMT(r->url), DF_FMT(df_url_encode(df_str_c(slug), arena)));
}

static enum df_code not_ours(const struct api_resolver *r, int status, struct df_error *err)
{
    return df_fail(err, DF_ERR_UNREACHABLE, "what answers at %.*s is not the DevFlow API (HTTP %d); check its URL",
                   DF_FMT(r->url), status);
}

static enum df_code refused(const struct api_resolver *r, const struct df_http_answer *answer,
                            const struct df_json *json, struct df_arena *arena, struct df_error *err)
{
    unsigned long long wait_s = 0;
    struct df_str code = df_json_get_str(json, "code"), message = df_json_get_str(json, "message");
    if (code.n == 0)
        return not_ours(r, answer->status, err);
    enum df_code known = df_code_from_name(df_arena_cstr(arena, code));
    df_fail_at(err, known == DF_OK ? DF_ERR_FAILED : known, "%.*s", DF_FMT(message));
    if (df_str_to_u64(df_http_header(answer, "Retry-After"), &wait_s) && wait_s < 24 * 3600)
        err->retry_after_s = (int)wait_s;
    return err->code;
}

static struct df_str scopes_of(const struct df_json *list, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, SCOPES_BYTES);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);) {
        df_buf_put_c(&out, out.n ? " " : "");
        df_buf_put_str(&out, df_json_str(it.value));
    }
    return df_buf_str(&out);
}

static enum df_code ask(struct api_resolver *r, const char *project_id, const char *provider, const char *rejected,
                        struct df_arena *arena, const struct df_json **ret, struct df_error *err)
{
    const struct df_param accept = {DF_S("Accept"), DF_S("application/json")};
    const struct df_http_request request = {
        .method = "POST",
        .url = url_of(r, provider, arena),
        .headers = &accept,
        .n_headers = 1,
        .bearer = r->key,
        .body = body_of(project_id, rejected, arena),
        .content_type = DF_S("application/json"),
        .timeout_ms = r->timeout_ms,
        .answer_limit_bytes = ANSWER_BYTES,
    };
    struct df_http_answer answer;
    struct df_error why;
    if (df_http_send(r->http, &request, arena, &answer, &why) != DF_OK)
        return df_fail(err, DF_ERR_UNREACHABLE, "no DevFlow API answers at %.*s; start it with: devflow serve (%s)",
                       DF_FMT(r->url), why.message);
    const struct df_json *json = NULL;
    if (df_json_parse(arena, answer.body, 0, &json, NULL) != DF_OK || !df_json_is_object(json))
        return not_ours(r, answer.status, err);
    if (answer.status != 200)
        return refused(r, &answer, json, arena, err);
    if (df_json_get_str(json, "accessToken").n == 0)
        return not_ours(r, answer.status, err);
    *ret = json;
    return DF_OK;
}

static enum devflow_result api_resolve(struct devflow_resolver *base, const char *project_id, const char *provider,
                                       const char *rejected, struct devflow_token **ret, struct devflow_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_error why = {0};
    const struct df_json *json = NULL;
    int64_t expires_ms = 0;
    if (ask((struct api_resolver *)base, project_id, provider, rejected, arena, &json, &why) != DF_OK)
        return df_lib_fail(&why, err);
    (void)df_time_parse(df_json_get_str(json, "expiresAt"), &expires_ms);
    return df_lib_token(df_secret_of(df_json_get_str(json, "accessToken")), df_json_get_str(json, "tokenType"),
                        scopes_of(df_json_get(json, "scopes"), arena), expires_ms, ret, err);
}

static void api_close(struct devflow_resolver *base)
{
    struct api_resolver *r = (struct api_resolver *)base;
    r->http->ops->free(r->http);
    df_arena_free(r->arena);
    free(r);
}

static const char *or_variable(const char *given, const char *name, const char *otherwise)
{
    const char *set = given && *given ? given : getenv(name);
    return set && *set ? set : otherwise;
}

static enum df_code check_url(struct df_str text, struct df_arena *arena, struct df_error *err)
{
    struct df_url url;
    if (df_url_parse(text, arena, &url) && !url.user.n && !url.query.n && !url.fragment.n)
        return DF_OK;
    return df_fail(
        err, DF_ERR_CONFIG,
        "the API's URL is not one: it looks like http://localhost:3001/api/v1 (argument or DEVFLOW_API_URL)");
}

enum devflow_result devflow_open_api(const char *api_url, const char *api_key, unsigned timeout_ms,
                                     struct devflow_resolver **ret, struct devflow_error *err)
{
    static const struct devflow_resolver_ops ops = {api_resolve, api_close};
    struct df_arena *arena = df_arena_new();
    struct df_error why = {0};
    struct df_secret key = df_secret_of(df_str_trim(df_str_c(or_variable(api_key, "DEVFLOW_API_KEY", ""))));
    struct df_str text = df_str_c(or_variable(api_url, "DEVFLOW_API_URL", "http://localhost:3001/api/v1"));
    while (df_str_ends(text, DF_S("/")))
        text.n--;
    enum df_code code = check_url(text, arena, &why);
    if (code == DF_OK)
        code = df_api_key_for(text, key, arena, &key, &why);
    struct api_resolver *r = code == DF_OK ? calloc(1, sizeof *r) : NULL;
    if (code == DF_OK && !r)
        code = df_fail(&why, DF_ERR_FAILED, "there is no memory for the resolver");
    if (!r || code != DF_OK) {
        df_arena_free(arena);
        return df_lib_fail(&why, err);
    }
    *r = (struct api_resolver){
        .base = {&ops},
        .arena = arena,
        .http = df_curl_http_new("libdevflow/" DF_VERSION),
        .url = df_arena_dup(arena, text),
        .key = df_secret_dup(arena, df_secret_reveal(key)),
        .timeout_ms = timeout_ms ? timeout_ms : TIMEOUT_MS,
    };
    *ret = &r->base;
    return DEVFLOW_OK;
}
