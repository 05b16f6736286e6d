#include "http/raw_head.h"

static void blame(struct df_raw_head *raw, const char *fault)
{
    if (!raw->fault)
        raw->fault = fault;
}

bool df_is_token(struct df_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || !strchr("-_!#$%&'*+.^`|~", c)))
            return false;
    }
    return name.n > 0;
}

static void take_length(struct df_raw_head *raw, struct df_str value)
{
    unsigned long long n;
    if (raw->has_length)
        blame(raw, "it has more than one Content-Length");
    else if (raw->line_n <= DF_RAW_LINE_BYTES && df_str_to_u64(value, &n))
        raw->body_left = n;
    else
        raw->state = DF_RAW_SPOILED;
    raw->has_length = true;
}

static void take_encoding(struct df_raw_head *raw, struct df_str value)
{
    if (raw->has_encoding || !df_str_ieq(value, DF_S("chunked")))
        blame(raw, "only the transfer encoding \"chunked\", once, is understood");
    raw->has_encoding = true;
}

static void end_field(struct df_raw_head *raw)
{
    size_t n = raw->line_n < DF_RAW_LINE_BYTES ? raw->line_n : DF_RAW_LINE_BYTES;
    struct df_str value = df_str_n(raw->line, n), name;
    if (!memchr(raw->line, ':', n)) {
        if (n < DF_RAW_LINE_BYTES)
            blame(raw, "a line of it has no colon");
        return;
    }
    df_str_split(&value, ':', &name);
    while (value.n && (value.p[0] == ' ' || value.p[0] == '\t')) /* the library takes none at the end of a length */
        value = df_str_from(value, 1);
    if (!df_is_token(name))
        blame(raw, name.n ? "a field's name holds what no name may" : "a field has no name");
    else if (df_str_ieq(name, DF_S("Content-Length")))
        take_length(raw, value);
    else if (df_str_ieq(name, DF_S("Transfer-Encoding")))
        take_encoding(raw, value);
}

static void end_head(struct df_raw_head *raw)
{
    if (raw->has_length && raw->has_encoding)
        blame(raw, "it has both a Content-Length and a Transfer-Encoding");
    if (raw->fault || raw->has_encoding)
        raw->state = DF_RAW_BLIND;
    else
        raw->state = raw->body_left ? DF_RAW_BODY : DF_RAW_BEFORE;
    raw->has_length = raw->has_encoding = false;
}

/* The line is whole, its line end taken off. Empty ones before a request are let by (RFC 9112 section 2.2). */
static void end_line(struct df_raw_head *raw)
{
    if (raw->state == DF_RAW_FIELDS && raw->line_n == 0)
        end_head(raw);
    else if (raw->state == DF_RAW_FIELDS)
        end_field(raw);
    else if (raw->line_n)
        raw->state = DF_RAW_FIELDS;
    raw->line_n = 0;
}

/* Keeps the line's start; where the line is longer, only the count goes on. */
static void keep(struct df_raw_head *raw, const char *bytes, size_t n)
{
    if (raw->line_n == 0 && n && raw->state == DF_RAW_FIELDS && (bytes[0] == ' ' || bytes[0] == '\t'))
        blame(raw, "a line of it is folded");
    if (raw->line_n == 0 && n && raw->state == DF_RAW_BEFORE)
        raw->state = DF_RAW_REQUEST_LINE;
    if (raw->line_n < DF_RAW_LINE_BYTES) {
        size_t room = DF_RAW_LINE_BYTES - raw->line_n;
        memcpy(raw->line + raw->line_n, bytes, n < room ? n : room);
    }
    raw->line_n += n;
}

/* At most one line; how much of it was taken. */
static size_t feed_line(struct df_raw_head *raw, const char *bytes, size_t n)
{
    const char *lf = memchr(bytes, '\n', n);
    size_t text = lf ? (size_t)(lf - bytes) : n, taken = lf ? text + 1 : n;
    if (raw->after_cr && text) {
        blame(raw, "it has a CR that ends no line");
        keep(raw, "\r", 1);
    }
    bool cr = text ? bytes[text - 1] == '\r' : raw->after_cr;
    if (text && cr)
        text--;
    if (text && memchr(bytes, '\r', text))
        blame(raw, "it has a CR that ends no line");
    if (text && memchr(bytes, '\0', text))
        blame(raw, "it has a NUL");
    if (lf && !cr)
        blame(raw, "a line of it ends without CR");
    if (text)
        keep(raw, bytes, text);
    raw->after_cr = cr && !lf;
    if (lf)
        end_line(raw);
    return taken;
}

static size_t feed_body(struct df_raw_head *raw, size_t n)
{
    size_t taken = raw->body_left < n ? (size_t)raw->body_left : n;
    raw->body_left -= taken;
    if (raw->body_left == 0)
        raw->state = DF_RAW_BEFORE;
    return taken;
}

/* Lines without a colon. */
static void spoil(char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\n')
            bytes[i] = 'x';
}

void df_raw_head_feed(struct df_raw_head *raw, char *bytes, size_t n)
{
    while (n && raw->state != DF_RAW_BLIND) {
        if (raw->state == DF_RAW_SPOILED) {
            spoil(bytes, n);
            return;
        }
        size_t taken = raw->state == DF_RAW_BODY ? feed_body(raw, n) : feed_line(raw, bytes, n);
        bytes += taken;
        n -= taken;
    }
}
