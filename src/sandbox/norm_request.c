#include "sandbox/norm.h"

#include "base/url.h"

#include <stdlib.h>

enum { PAIRS_MAX = 256, VALUE_LIMIT_BYTES = 64 * 1024 };

struct pair {
    struct df_str name, value;
};

struct pairs {
    struct pair *items;
    size_t n;
};

const struct df_json *norm_request(const struct norm *n)
{
    const struct df_json *request = norm_get(n->in, "request", "sentry.interfaces.Http");
    return df_json_is_object(request) && df_json_count(request) ? request : NULL;
}

static void pairs_add(struct pairs *pairs, struct df_str name, struct df_str value)
{
    if (pairs->n < PAIRS_MAX)
        pairs->items[pairs->n++] = (struct pair){name, value};
}

/* A header sent as a list (PHP, Go) is one value, its parts joined. */
static struct df_str value_text(const struct df_json *v, struct df_arena *arena)
{
    if (!df_json_is_array(v))
        return df_json_text(v, arena);
    struct df_buf buf;
    df_buf_init(&buf, arena, VALUE_LIMIT_BYTES);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        df_buf_put_c(&buf, it.index && buf.n ? "," : "");
        df_buf_put_str(&buf, df_json_text(it.value, arena));
    }
    return df_buf_str(&buf);
}

/* An object, or a list of pairs. */
static struct pairs pairs_of_json(const struct df_json *v, struct df_arena *arena)
{
    struct pairs pairs = {DF_NEW_ARRAY(arena, struct pair, PAIRS_MAX), 0};
    if (!df_json_is_object(v) && !df_json_is_array(v))
        return pairs;
    bool object = df_json_is_object(v);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (object)
            pairs_add(&pairs, it.key, value_text(it.value, arena));
        else if (df_json_is_array(it.value))
            pairs_add(&pairs, df_json_text(df_json_at(it.value, 0), arena), value_text(df_json_at(it.value, 1), arena));
    }
    return pairs;
}

static struct pairs pairs_of_query(struct df_str text, struct df_arena *arena)
{
    struct pairs pairs = {DF_NEW_ARRAY(arena, struct pair, PAIRS_MAX), 0};
    if (df_str_starts(text, DF_S("?")))
        text = df_str_from(text, 1);
    struct df_str part;
    while (text.n && pairs.n < PAIRS_MAX && df_str_split(&text, '&', &part)) {
        struct df_str name, raw_name = part, value = DF_STR_NONE, raw_value = DF_STR_NONE;
        if (part.n == 0)
            continue;
        raw_value = part;
        df_str_split(&raw_value, '=', &raw_name);
        name = df_url_decode(raw_name, true, arena, &name) ? name : raw_name;
        value = df_url_decode(raw_value, true, arena, &value) ? value : raw_value;
        pairs_add(&pairs, name, value);
    }
    return pairs;
}

static struct pairs pairs_of_cookies(struct df_str text, struct df_arena *arena)
{
    struct pairs pairs = {DF_NEW_ARRAY(arena, struct pair, PAIRS_MAX), 0};
    struct df_str part;
    while (text.n && pairs.n < PAIRS_MAX && df_str_split(&text, ';', &part)) {
        struct df_str name = DF_STR_NONE;
        part = df_str_trim(part);
        if (part.n == 0)
            continue;
        df_str_split(&part, '=', &name);
        pairs_add(&pairs, name, part);
    }
    return pairs;
}

/* "content-type" becomes "Content-Type", as Sentry has it. */
static struct df_str title_case(struct df_str name, struct df_arena *arena)
{
    char *p = df_arena_cstr(arena, name);
    bool start = true;
    for (size_t i = 0; i < name.n; i++) {
        if (start && p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
        start = p[i] == '-';
    }
    return df_str_n(p, name.n);
}

static int by_name(const void *a, const void *b)
{
    return df_str_order(((const struct pair *)a)->name, ((const struct pair *)b)->name);
}

static struct pairs headers_of(const struct df_json *request, struct df_arena *arena)
{
    struct pairs pairs = pairs_of_json(df_json_get(request, "headers"), arena);
    for (size_t i = 0; i < pairs.n; i++)
        pairs.items[i].name = title_case(pairs.items[i].name, arena);
    if (pairs.n)
        qsort(pairs.items, pairs.n, sizeof *pairs.items, by_name);
    return pairs;
}

static bool find_header(const struct df_json *request, const char *name, struct df_arena *arena, struct df_str *ret)
{
    struct pairs pairs = headers_of(request, arena);
    for (size_t i = 0; i < pairs.n; i++)
        if (df_str_is(pairs.items[i].name, name)) {
            *ret = pairs.items[i].value;
            return true;
        }
    return false;
}

struct df_str norm_header(const struct df_json *request, const char *name, struct df_arena *arena)
{
    struct df_str value = DF_STR_NONE;
    find_header(request, name, arena, &value);
    return value;
}

static struct df_str url_part(struct df_str url, struct df_str *ret_query, struct df_str *ret_fragment)
{
    struct df_str rest = url, base = DF_STR_NONE;
    df_str_split(&rest, '#', &base);
    *ret_fragment = rest;
    rest = base;
    df_str_split(&rest, '?', &base);
    *ret_query = rest;
    return base;
}

struct df_str norm_request_url(const struct norm *n)
{
    struct df_str query, fragment;
    return url_part(norm_text(norm_request(n), "url", n->arena), &query, &fragment);
}

static void put_pairs(struct df_json_writer *w, const char *key, struct pairs pairs, const char *skip)
{
    df_json_kopen(w, key, '[');
    for (size_t i = 0; i < pairs.n; i++) {
        if (skip && df_str_is(pairs.items[i].name, skip))
            continue;
        df_json_open(w, '[');
        df_json_put_str(w, pairs.items[i].name);
        df_json_put_str(w, pairs.items[i].value);
        df_json_close(w, ']');
    }
    df_json_close(w, ']');
}

static struct pairs cookies_of(const struct df_json *request, struct df_arena *arena)
{
    const struct df_json *cookies = df_json_get(request, "cookies");
    if (df_json_is_object(cookies) || df_json_is_array(cookies))
        return pairs_of_json(cookies, arena);
    struct df_str text = df_json_str(cookies);
    return pairs_of_cookies(text.n ? text : norm_header(request, "Cookie", arena), arena);
}

static struct pairs query_of(const struct df_json *request, struct df_str from_url, struct df_arena *arena)
{
    const struct df_json *query = df_json_get(request, "query_string");
    if (df_json_is_object(query) || df_json_is_array(query))
        return pairs_of_json(query, arena);
    struct df_str text = df_json_str(query);
    return pairs_of_query(text.n ? text : from_url, arena);
}

/* The body: text that is JSON or a form is shown taken apart, as Relay does. */
static const struct df_json *data_of(const struct df_json *request, struct df_str type, struct df_arena *arena,
                                     const char **ret_type)
{
    const struct df_json *data = df_json_get(request, "data"), *parsed;
    if (!df_json_is_string(data))
        return data;
    struct df_str text = df_str_trim(df_json_str(data));
    bool json = df_str_starts(text, DF_S("{")) || df_str_starts(text, DF_S("["));
    if (json && (type.n == 0 || df_str_find(type, DF_S("json")) >= 0) &&
        df_json_parse(arena, text, 0, &parsed, NULL) == DF_OK) {
        *ret_type = "application/json";
        return parsed;
    }
    return data;
}

/* As said, else of the header (an empty one is empty, not null), else as the body looks. */
static void put_content_type(struct df_json_writer *w, const struct df_json *request, const char *inferred,
                             struct df_arena *arena)
{
    struct df_str given = norm_text(request, "inferred_content_type", arena), plain = DF_STR_NONE, type = DF_STR_NONE;
    bool has_header = find_header(request, "Content-Type", arena, &type);
    df_str_split(&type, ';', &plain);
    if (given.n == 0)
        given = df_str_trim(plain);
    if (given.n == 0 && inferred)
        given = df_str_c(inferred);
    if (given.n == 0 && has_header)
        df_json_kstr(w, "inferredContentType", DF_STR_NONE);
    else
        df_json_kstr_or_null(w, "inferredContentType", given);
}

void norm_put_request(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *request = norm_request(n);
    struct df_str query, fragment, own = norm_text(request, "fragment", n->arena);
    struct df_str url = url_part(norm_text(request, "url", n->arena), &query, &fragment);
    const char *inferred = NULL;
    const struct df_json *data = data_of(request, norm_header(request, "Content-Type", n->arena), n->arena, &inferred);
    df_json_open(w, '{');
    norm_put_text(w, "apiTarget", request, "api_target", n->arena);
    norm_put_text(w, "method", request, "method", n->arena);
    df_json_kstr_or_null(w, "url", url);
    put_pairs(w, "query", query_of(request, query, n->arena), NULL);
    df_json_kstr(w, "fragment", own.n ? own : fragment);
    norm_put_value(w, "data", data);
    put_pairs(w, "headers", headers_of(request, n->arena), "Cookie");
    put_pairs(w, "cookies", cookies_of(request, n->arena), NULL);
    norm_put_value(w, "env", df_json_is_object(df_json_get(request, "env")) ? df_json_get(request, "env") : NULL);
    put_content_type(w, request, inferred, n->arena);
    df_json_close(w, '}');
}
