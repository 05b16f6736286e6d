#include "sandbox/call.h"

#include <time.h>

enum { LIMIT = 40, CONCURRENT_LIMIT = 25 };

int64_t sandbox_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sandbox_detail(struct sandbox_call *call, int status, const char *detail)
{
    df_buf_cut(&call->reply->body, 0);
    df_json_writer_init(&call->w, &call->reply->body, 0);
    call->reply->status = status;
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "detail", df_str_c(detail));
    df_json_close(&call->w, '}');
}

void sandbox_not_found(struct sandbox_call *call)
{
    sandbox_detail(call, 404, "The requested resource does not exist");
}

void sandbox_rate_limit_headers(struct sandbox_call *call, int remaining)
{
    struct df_reply *reply = call->reply;
    df_reply_header(reply, "X-Sentry-Rate-Limit-Limit", df_arena_printf(call->arena, "%d", LIMIT));
    df_reply_header(reply, "X-Sentry-Rate-Limit-Remaining", df_arena_printf(call->arena, "%d", remaining));
    df_reply_header(reply, "X-Sentry-Rate-Limit-Reset",
                    df_arena_printf(call->arena, "%lld", (long long)call->now_ms / 1000 + 1));
    df_reply_header(reply, "X-Sentry-Rate-Limit-ConcurrentLimit", df_arena_printf(call->arena, "%d", CONCURRENT_LIMIT));
    df_reply_header(reply, "X-Sentry-Rate-Limit-ConcurrentRemaining",
                    df_arena_printf(call->arena, "%d", CONCURRENT_LIMIT - 1));
}

void sandbox_put_escaped(struct df_buf *buf, struct df_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            df_buf_put_c(buf, "&amp;");
            break;
        case '<':
            df_buf_put_c(buf, "&lt;");
            break;
        case '>':
            df_buf_put_c(buf, "&gt;");
            break;
        case '"':
            df_buf_put_c(buf, "&quot;");
            break;
        case '\'':
            df_buf_put_c(buf, "&#39;");
            break;
        default:
            df_buf_put_char(buf, s.p[i]);
        }
    }
}

void sandbox_page(struct sandbox_call *call, int status, const char *title, struct df_str html_body, const char *csp)
{
    struct df_buf *buf = &call->reply->body;
    df_buf_cut(buf, 0);
    call->reply->status = status;
    call->reply->content_type = "text/html; charset=utf-8";
    df_reply_header(call->reply, "Content-Security-Policy", df_str_c(csp));
    df_reply_header(call->reply, "X-Frame-Options", DF_S("DENY"));
    df_reply_header(call->reply, "Referrer-Policy", DF_S("no-referrer"));
    df_buf_put_c(buf, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>");
    sandbox_put_escaped(buf, df_str_c(title));
    df_buf_put_c(buf, "</title></head>\n<body>\n<h1>");
    sandbox_put_escaped(buf, df_str_c(title));
    df_buf_put_c(buf, "</h1>\n");
    df_buf_put_str(buf, html_body);
    df_buf_put_c(buf, "\n</body>\n</html>\n");
}

void sandbox_redirect(struct sandbox_call *call, struct df_str location)
{
    df_buf_cut(&call->reply->body, 0);
    call->reply->status = 302;
    call->reply->content_type = "text/html; charset=utf-8";
    df_reply_header(call->reply, "Location", location);
}

static bool is_one(struct df_str given, struct df_str slug, const char *id)
{
    return df_str_eq(given, slug) || df_str_is(given, id);
}

bool sandbox_organization(struct sandbox_call *call, size_t param)
{
    if (!call->sandbox->no_organizations && is_one(call->request->params[param], call->sandbox->organization, "1"))
        return true;
    sandbox_not_found(call);
    return false;
}

bool sandbox_project(struct sandbox_call *call, size_t param)
{
    if (is_one(call->request->params[param], call->sandbox->project, "1"))
        return true;
    sandbox_not_found(call);
    return false;
}
