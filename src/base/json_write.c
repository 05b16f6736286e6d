#include "base/json.h"

#include <math.h>

void df_json_writer_init(struct df_json_writer *w, struct df_buf *buf, unsigned indent)
{
    *w = (struct df_json_writer){.buf = buf, .indent = indent};
}

static void line(struct df_json_writer *w)
{
    if (w->indent == 0)
        return;
    df_buf_put_char(w->buf, '\n');
    df_buf_put_repeat(w->buf, ' ', (size_t)w->indent * w->depth);
}

/* Before each value or key: the comma and the line. A value straight after its key has neither. */
static void lead(struct df_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->comma)
        df_buf_put_char(w->buf, ',');
    if (w->depth)
        line(w);
}

static void put_quoted(struct df_buf *buf, struct df_str s)
{
    df_buf_put_char(buf, '"');
    size_t from = 0;
    for (size_t i = df_str_plain_run(s); i < s.n; i += df_str_plain_run(df_str_from(s, i))) {
        unsigned char c = (unsigned char)s.p[i];
        size_t len = df_utf8_len(s.p + i, s.n - i);
        if (len > 1) {
            i += len;
            continue;
        }
        df_buf_put(buf, s.p + from, i - from);
        if (len == 0)
            df_buf_put_c(buf, "\xEF\xBF\xBD");
        else if (c == '"' || c == '\\')
            df_buf_put(buf, (char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            df_buf_put_c(buf, "\\n");
        else if (c == '\t')
            df_buf_put_c(buf, "\\t");
        else if (c == '\r')
            df_buf_put_c(buf, "\\r");
        else
            df_buf_printf(buf, "\\u%04x", c);
        from = ++i;
    }
    if (s.n > from)
        df_buf_put(buf, s.p + from, s.n - from);
    df_buf_put_char(buf, '"');
}

void df_json_open(struct df_json_writer *w, char bracket)
{
    lead(w);
    df_buf_put_char(w->buf, bracket);
    w->depth++;
    w->comma = false;
}

void df_json_close(struct df_json_writer *w, char bracket)
{
    w->depth--;
    if (w->comma)
        line(w);
    df_buf_put_char(w->buf, bracket);
    w->comma = true;
}

void df_json_key(struct df_json_writer *w, struct df_str key)
{
    lead(w);
    put_quoted(w->buf, key);
    df_buf_put_c(w->buf, w->indent ? ": " : ":");
    w->after_key = true;
}

void df_json_put_str(struct df_json_writer *w, struct df_str s)
{
    lead(w);
    put_quoted(w->buf, s);
    w->comma = true;
}

void df_json_put_int(struct df_json_writer *w, int64_t v)
{
    lead(w);
    df_buf_printf(w->buf, "%lld", (long long)v);
    w->comma = true;
}

void df_json_put_double(struct df_json_writer *w, double v)
{
    if (!isfinite(v)) {
        df_json_put_null(w);
        return;
    }
    lead(w);
    df_buf_put_str(w->buf, df_json_double_text(v, w->buf->arena));
    w->comma = true;
}

static void put_word(struct df_json_writer *w, const char *word)
{
    lead(w);
    df_buf_put_c(w->buf, word);
    w->comma = true;
}

void df_json_put_bool(struct df_json_writer *w, bool v)
{
    put_word(w, v ? "true" : "false");
}

void df_json_put_null(struct df_json_writer *w)
{
    put_word(w, "null");
}

/* Recursion is bounded by the depth limit of df_json_parse. */
void df_json_put_value(struct df_json_writer *w, const struct df_json *v)
{
    if (df_json_is_object(v) || df_json_is_array(v)) {
        bool object = df_json_is_object(v);
        df_json_open(w, object ? '{' : '[');
        for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
            if (object)
                df_json_key(w, it.key);
            df_json_put_value(w, it.value);
        }
        df_json_close(w, object ? '}' : ']');
    } else if (df_json_is_string(v)) {
        df_json_put_str(w, df_json_str(v));
    } else if (df_json_is_null(v)) {
        df_json_put_null(w);
    } else {
        lead(w);
        df_buf_put_str(w->buf, df_json_text(v, w->buf->arena));
        w->comma = true;
    }
}

void df_json_kopen(struct df_json_writer *w, const char *key, char bracket)
{
    df_json_key(w, df_str_c(key));
    df_json_open(w, bracket);
}

void df_json_kstr(struct df_json_writer *w, const char *key, struct df_str s)
{
    df_json_key(w, df_str_c(key));
    df_json_put_str(w, s);
}

void df_json_kstr_or_null(struct df_json_writer *w, const char *key, struct df_str s)
{
    df_json_key(w, df_str_c(key));
    if (s.n)
        df_json_put_str(w, s);
    else
        df_json_put_null(w);
}

void df_json_kint(struct df_json_writer *w, const char *key, int64_t v)
{
    df_json_key(w, df_str_c(key));
    df_json_put_int(w, v);
}

void df_json_kbool(struct df_json_writer *w, const char *key, bool v)
{
    df_json_key(w, df_str_c(key));
    df_json_put_bool(w, v);
}

void df_json_knull(struct df_json_writer *w, const char *key)
{
    df_json_key(w, df_str_c(key));
    df_json_put_null(w);
}

void df_json_kvalue(struct df_json_writer *w, const char *key, const struct df_json *v)
{
    df_json_key(w, df_str_c(key));
    df_json_put_value(w, v);
}

void df_json_kraw(struct df_json_writer *w, const char *key, struct df_str text)
{
    df_json_key(w, df_str_c(key));
    put_word(w, df_arena_cstr(w->buf->arena, text));
}

void df_json_kstrs(struct df_json_writer *w, const char *key, const struct df_str *items, size_t n)
{
    df_json_kopen(w, key, '[');
    for (size_t i = 0; i < n; i++)
        df_json_put_str(w, items[i]);
    df_json_close(w, ']');
}
