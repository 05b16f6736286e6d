#include "cli/api.h"
#include "base/key_file.h"

#include "cli/terminal.h"

#include <ctype.h>
#include <stdarg.h>

enum { CALL_TIMEOUT_MS = 90000, BODY_BYTES = 1024 * 1024, RETRY_LIMIT_S = 3600 };

struct call {
    const char *method;
    struct df_str path;
    struct df_api_body *body;
    struct df_str accept;
    bool (*cancelled)(void *arg);
};

struct df_str df_api_path(struct df_cli *cli, const char *pattern, ...)
{
    struct df_buf out;
    df_buf_init(&out, cli->arena, BODY_BYTES);
    va_list parts;
    va_start(parts, pattern);
    for (const char *p = pattern; *p; p++)
        if (p[0] == '{' && p[1] == '}') {
            df_url_put_encoded(&out, df_str_c(va_arg(parts, const char *)), "");
            p++;
        } else {
            df_buf_put_char(&out, *p);
        }
    va_end(parts);
    return df_buf_str(&out);
}

void df_api_body_init(struct df_cli *cli, struct df_api_body *body)
{
    df_buf_init(&body->buf, cli->arena, BODY_BYTES);
    df_json_writer_init(&body->w, &body->buf, 0);
    df_json_open(&body->w, '{');
}

static struct df_str make_url(struct df_cli *cli, struct df_str path, struct df_error *err)
{
    struct df_url url;
    if (df_url_parse(cli->api_url, cli->arena, &url) && !url.user.n && !url.query.n && !url.fragment.n)
        return df_arena_printf(cli->arena, "%.*s%.*s", DF_FMT(cli->api_url), DF_FMT(path));
    df_fail_at(err, DF_ERR_CONFIG,
               "DEVFLOW_API_URL is not the URL of an API; it looks like http://localhost:3001/api/v1");
    return DF_STR_NONE;
}

static enum df_code unreachable(struct df_cli *cli, const struct df_error *why, struct df_error *err)
{
    if (why->code == DF_ERR_INTERRUPTED)
        return df_fail(err, DF_ERR_INTERRUPTED, "interrupted");
    return df_fail(err, DF_ERR_UNREACHABLE, "no DevFlow API answers at %.*s; start it with: devflow serve (%s)",
                   DF_FMT(cli->api_url), why->message);
}

static enum df_code not_ours(struct df_cli *cli, const struct df_http_answer *answer, struct df_error *err)
{
    return df_fail(err, DF_ERR_UNREACHABLE,
                   "what answers at %.*s is not the DevFlow API (HTTP %d); check DEVFLOW_API_URL", DF_FMT(cli->api_url),
                   answer->status);
}

/* The API's error, handed on as its own code and sentence. */
static enum df_code refused(struct df_cli *cli, const struct df_http_answer *answer, struct df_error *err)
{
    const struct df_json *json = NULL;
    if (df_json_parse(cli->arena, answer->body, 0, &json, NULL) != DF_OK || !df_json_get_str(json, "code").n)
        return not_ours(cli, answer, err);
    enum df_code code = df_code_from_name(df_arena_cstr(cli->arena, df_json_get_str(json, "code")));
    struct df_str message = df_term_field(cli, json, "message");
    cli->api_error = json;
    df_fail_at(err, code == DF_OK ? DF_ERR_FAILED : code, "%.*s",
               DF_FMT(message.n ? message : DF_S("the API gave no reason")));
    unsigned long long wait_s;
    if (err && df_str_to_u64(df_http_header(answer, "Retry-After"), &wait_s) && wait_s <= RETRY_LIMIT_S)
        err->retry_after_s = (int)wait_s;
    return code == DF_OK ? DF_ERR_FAILED : code;
}

static enum df_code exchange(struct df_cli *cli, const struct call *call, struct df_http_answer *ret,
                             struct df_error *err)
{
    cli->api_error = NULL;
    struct df_str url = make_url(cli, call->path, err);
    if (!url.n)
        return DF_ERR_CONFIG;
    struct df_param accept = {DF_S("Accept"), call->accept};
    struct df_http_request request = {.method = call->method,
                                      .url = url,
                                      .headers = &accept,
                                      .n_headers = 1,
                                      .timeout_ms = CALL_TIMEOUT_MS,
                                      .cancelled = call->cancelled};
    DF_TRY(df_api_key_for(cli->api_url, cli->api_key, cli->arena, &request.bearer, err));
    if (call->body) {
        df_json_close(&call->body->w, '}');
        if (call->body->buf.overflow)
            return df_fail(err, DF_ERR_TOO_LARGE, "the request is larger than %d bytes", BODY_BYTES);
        request.body = df_secret_of(df_buf_str(&call->body->buf));
        request.content_type = DF_S("application/json");
    }
    struct df_error why;
    if (df_http_send(cli->http, &request, cli->arena, ret, &why) != DF_OK)
        return unreachable(cli, &why, err);
    if (ret->status < 200 || ret->status >= 300)
        return refused(cli, ret, err);
    return DF_OK;
}

static enum df_code call_json(struct df_cli *cli, const struct call *call, const struct df_json **ret,
                              struct df_error *err)
{
    struct df_http_answer answer;
    DF_TRY(exchange(cli, call, &answer, err));
    *ret = NULL;
    if (answer.status == 204)
        return DF_OK;
    if (df_json_parse(cli->arena, answer.body, 0, ret, NULL) != DF_OK)
        return not_ours(cli, &answer, err);
    return DF_OK;
}

enum df_code df_api_call(struct df_cli *cli, const char *method, struct df_str path, struct df_api_body *body,
                         const struct df_json **ret, struct df_error *err)
{
    struct call call = {.method = method, .path = path, .body = body, .accept = DF_S("application/json")};
    return call_json(cli, &call, ret, err);
}

enum df_code df_api_get_unless(struct df_cli *cli, struct df_str path, bool (*cancelled)(void *arg),
                               const struct df_json **ret, struct df_error *err)
{
    struct call call = {.method = "GET", .path = path, .accept = DF_S("application/json"), .cancelled = cancelled};
    return call_json(cli, &call, ret, err);
}

enum df_code df_api_post_unless(struct df_cli *cli, struct df_str path, struct df_api_body *body,
                                bool (*cancelled)(void *arg), const struct df_json **ret, struct df_error *err)
{
    struct call call = {
        .method = "POST", .path = path, .body = body, .accept = DF_S("application/json"), .cancelled = cancelled};
    return call_json(cli, &call, ret, err);
}

enum df_code df_api_text(struct df_cli *cli, const char *method, struct df_str path, struct df_api_body *body,
                         struct df_str *ret, struct df_error *err)
{
    struct call call = {.method = method, .path = path, .body = body, .accept = DF_S("text/markdown, text/plain")};
    struct df_http_answer answer;
    DF_TRY(exchange(cli, &call, &answer, err));
    if (!df_str_istarts(df_http_header(&answer, "Content-Type"), DF_S("text/markdown")))
        return not_ours(cli, &answer, err);
    *ret = answer.body;
    return DF_OK;
}

void df_api_print(struct df_cli *cli, const struct df_json *value)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &cli->out, 2);
    df_json_put_value(&w, value);
    df_buf_put_char(&cli->out, '\n');
}

struct df_str df_provider_title(struct df_cli *cli, struct df_str provider)
{
    static const char *const titles[] = {"GitHub", "GitLab", "OIDC"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (df_str_ieq(provider, df_str_c(titles[i])))
            return df_str_c(titles[i]);
    if (df_str_ieq(provider, DF_S("github_issues")) || df_str_ieq(provider, DF_S("github-issues")))
        return DF_S("GitHub Issues");
    struct df_str title = df_term_clean(provider, false, cli->arena);
    char *copy = df_arena_cstr(cli->arena, title);
    for (size_t i = 0; i < title.n; i++)
        copy[i] = (char)(i ? tolower((unsigned char)copy[i]) : toupper((unsigned char)copy[i]));
    return df_str_n(copy, title.n);
}

const char *df_provider_path(struct df_cli *cli, const char *provider)
{
    char *copy = df_arena_cstr(cli->arena, df_str_c(provider));
    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}
