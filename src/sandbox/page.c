#include "sandbox/call.h"

enum { LIMIT_MAX = 100, CURSOR_MAX = 1000000, LINK_LIMIT_BYTES = 32 * 1024 };

/* "value:offset:is_previous"; the sandbox pages by offset and leaves the value 0. */
static bool parse_cursor(struct df_str text, size_t *ret_offset, bool *ret_previous)
{
    struct df_str value, offset, previous;
    unsigned long long v, o, p;
    if (!df_str_split(&text, ':', &value) || !df_str_split(&text, ':', &offset) || !df_str_split(&text, ':', &previous))
        return false;
    if (!df_str_to_u64(value, &v) || !df_str_to_u64(offset, &o) || !df_str_to_u64(previous, &p) || o > CURSOR_MAX ||
        p > 1)
        return false;
    *ret_offset = (size_t)o;
    *ret_previous = p == 1;
    return true;
}

static bool parse_limit(struct sandbox_call *call, size_t limit_default, size_t *ret)
{
    struct df_str text = df_request_query(call->request, "limit");
    unsigned long long n = limit_default;
    if (text.n == 0)
        text = df_request_query(call->request, "per_page");
    if (text.n && (!df_str_to_u64(text, &n) || n < 1)) {
        sandbox_detail(call, 400, "Invalid per_page value. Must be between 1 and 100.");
        return false;
    }
    *ret = n > LIMIT_MAX ? LIMIT_MAX : (size_t)n;
    return true;
}

static void put_link(struct df_buf *buf, const struct sandbox_call *call, const char *rel, size_t offset, int previous,
                     bool results)
{
    df_buf_printf(buf, "%s<%.*s%.*s?", buf->n ? ", " : "", DF_FMT(call->sandbox->url), DF_FMT(call->request->path));
    for (size_t i = 0, n = 0; i < call->request->n_query; i++) {
        const struct df_param *param = &call->request->query[i];
        if (df_str_is(param->name, "cursor"))
            continue;
        df_buf_put_c(buf, n++ ? "&" : "");
        df_url_put_encoded(buf, param->name, "");
        df_buf_put_c(buf, "=");
        df_url_put_encoded(buf, param->value, "");
    }
    df_buf_printf(buf, "&cursor=0:%zu:%d>; rel=\"%s\"; results=\"%s\"; cursor=\"0:%zu:%d\"", offset, previous, rel,
                  results ? "true" : "false", offset, previous);
}

bool sandbox_paginate(struct sandbox_call *call, size_t total, size_t limit_default, struct sandbox_slice *ret)
{
    struct df_str cursor = df_request_query(call->request, "cursor");
    size_t limit, offset = 0;
    bool previous = false;
    if (!parse_limit(call, limit_default, &limit))
        return false;
    if (cursor.n && !parse_cursor(cursor, &offset, &previous)) {
        sandbox_detail(call, 400, "Invalid cursor parameter.");
        return false;
    }
    *ret = (struct sandbox_slice){offset < total ? offset : total, 0, total};
    ret->to = total - ret->from < limit ? total : ret->from + limit;
    struct df_buf link;
    df_buf_init(&link, call->arena, LINK_LIMIT_BYTES);
    put_link(&link, call, "previous", offset > limit ? offset - limit : 0, 1, offset > 0);
    put_link(&link, call, "next", offset + limit, 0, ret->to < total);
    df_reply_header(call->reply, "Link", df_buf_str(&link));
    df_reply_header(call->reply, "X-Hits", df_arena_printf(call->arena, "%zu", total));
    df_reply_header(call->reply, "X-Max-Hits", DF_S("1000"));
    return true;
}
