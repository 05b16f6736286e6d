#include "base/json.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <yyjson.h>

enum { DEPTH_LIMIT = 64 };

static const yyjson_val *val(const struct df_json *v)
{
    return (const yyjson_val *)v;
}

/* yyjson's readers take non-const pointers though they change nothing. */
static yyjson_val *raw(const struct df_json *v)
{
    return (yyjson_val *)(uintptr_t)val(v);
}

static const struct df_json *wrap(const yyjson_val *v)
{
    return (const struct df_json *)v;
}

static void *alc_malloc(void *arena, size_t n)
{
    return df_arena_grow(arena, NULL, 0, n);
}

static void *alc_realloc(void *arena, void *p, size_t old_n, size_t n)
{
    return df_arena_grow(arena, p, old_n, n);
}

static void alc_free(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

static void place_of(struct df_str text, size_t at, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at && i < text.n; i++)
        if (text.p[i] == '\n') {
            line++;
            start = i + 1;
        }
    *ret_line = line;
    *ret_column = at - start + 1;
}

/* Where the nesting passes the limit, or -1. yyjson itself does not recurse; what walks its values does. */
static long too_deep_at(struct df_str text, unsigned limit)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > limit)
                return (long)i;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return -1;
}

enum df_code df_json_parse(struct df_arena *arena, struct df_str text, unsigned depth_limit, const struct df_json **ret,
                           struct df_error *err)
{
    size_t line, column;
    unsigned limit = depth_limit ? depth_limit : DEPTH_LIMIT;
    long deep = too_deep_at(text, limit);
    if (deep >= 0) {
        place_of(text, (size_t)deep, &line, &column);
        return df_fail(err, DF_ERR_JSON, "JSON nested deeper than %u levels at line %zu, column %zu", limit, line,
                       column);
    }
    const yyjson_alc alc = {alc_malloc, alc_realloc, alc_free, arena};
    yyjson_read_err fault;
    yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)(text.p ? text.p : ""), text.n, YYJSON_READ_NOFLAG, &alc,
                                       &fault);
    if (!doc) {
        place_of(text, fault.pos, &line, &column);
        return df_fail(err, DF_ERR_JSON, "malformed JSON at line %zu, column %zu: %s", line, column, fault.msg);
    }
    *ret = wrap(yyjson_doc_get_root(doc));
    return DF_OK;
}

enum df_code df_json_parse_mended(struct df_arena *arena, struct df_str text, unsigned depth_limit,
                                  const struct df_json **ret, bool *ret_mended, struct df_error *err)
{
    enum df_code code = df_json_parse(arena, text, depth_limit, ret, err);
    *ret_mended = false;
    if (code == DF_OK)
        return DF_OK;
    code = df_json_parse(arena, df_json_mend(text, arena), depth_limit, ret, err);
    *ret_mended = code == DF_OK;
    return code;
}

bool df_json_is_object(const struct df_json *v)
{
    return yyjson_is_obj(raw(v));
}

bool df_json_is_array(const struct df_json *v)
{
    return yyjson_is_arr(raw(v));
}

bool df_json_is_string(const struct df_json *v)
{
    return yyjson_is_str(raw(v));
}

bool df_json_is_number(const struct df_json *v)
{
    return yyjson_is_num(raw(v));
}

bool df_json_is_bool(const struct df_json *v)
{
    return yyjson_is_bool(raw(v));
}

bool df_json_is_null(const struct df_json *v)
{
    return !v || yyjson_is_null(raw(v));
}

const struct df_json *df_json_get(const struct df_json *object, const char *key)
{
    return wrap(yyjson_obj_get(raw(object), key));
}

const struct df_json *df_json_path(const struct df_json *v, ...)
{
    va_list keys;
    va_start(keys, v);
    for (const char *key; (key = va_arg(keys, const char *)) != NULL;)
        v = df_json_get(v, key);
    va_end(keys);
    return v;
}

/* ~1 is '/', ~0 is '~'. */
static const struct df_json *step(const struct df_json *v, struct df_str token)
{
    char key[256];
    size_t n = 0;
    unsigned long long index;
    for (size_t i = 0; i < token.n && n < sizeof key - 1; i++) {
        bool escape = token.p[i] == '~' && i + 1 < token.n;
        key[n++] = escape ? (token.p[++i] == '1' ? '/' : '~') : token.p[i];
    }
    key[n] = '\0';
    if (df_json_is_array(v))
        return df_str_to_u64(token, &index) ? df_json_at(v, (size_t)index) : NULL;
    return df_json_get(v, key);
}

const struct df_json *df_json_pointer(const struct df_json *v, const char *pointer)
{
    struct df_str rest = df_str_c(pointer), token;
    if (!pointer || (*pointer && !df_str_split(&rest, '/', &token)))
        return NULL;
    while (*pointer && v && df_str_split(&rest, '/', &token))
        v = step(v, token);
    return v;
}

const struct df_json *df_json_at(const struct df_json *array, size_t index)
{
    return wrap(yyjson_arr_get(raw(array), index));
}

size_t df_json_count(const struct df_json *v)
{
    return df_json_is_array(v) ? yyjson_arr_size(raw(v)) : yyjson_obj_size(raw(v));
}

struct df_str df_json_str(const struct df_json *v)
{
    return df_json_is_string(v) ? df_str_n(yyjson_get_str(raw(v)), yyjson_get_len(raw(v))) : DF_STR_NONE;
}

struct df_str df_json_get_str(const struct df_json *object, const char *key)
{
    return df_json_str(df_json_get(object, key));
}

struct df_str df_json_double_text(double d, struct df_arena *arena)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    return df_arena_dup(arena, df_str_c(text));
}

struct df_str df_json_text(const struct df_json *v, struct df_arena *arena)
{
    yyjson_val *y = raw(v);
    if (yyjson_is_str(y))
        return df_json_str(v);
    if (yyjson_is_uint(y))
        return df_arena_printf(arena, "%llu", (unsigned long long)yyjson_get_uint(y));
    if (yyjson_is_sint(y))
        return df_arena_printf(arena, "%lld", (long long)yyjson_get_sint(y));
    if (yyjson_is_real(y))
        return df_json_double_text(yyjson_get_real(y), arena);
    if (yyjson_is_bool(y))
        return yyjson_get_bool(y) ? DF_S("true") : DF_S("false");
    return DF_STR_NONE;
}

static int64_t clamp_double(double d, int64_t fallback)
{
    if (d != d)
        return fallback;
    if (d >= 9223372036854775807.0)
        return INT64_MAX;
    return d <= -9223372036854775808.0 ? INT64_MIN : (int64_t)d;
}

int64_t df_json_int(const struct df_json *v, int64_t fallback)
{
    yyjson_val *y = raw(v);
    if (yyjson_is_uint(y)) {
        uint64_t u = yyjson_get_uint(y);
        return u > INT64_MAX ? INT64_MAX : (int64_t)u;
    }
    if (yyjson_is_sint(y))
        return yyjson_get_sint(y);
    if (yyjson_is_real(y))
        return clamp_double(yyjson_get_real(y), fallback);
    unsigned long long u;
    if (df_str_to_u64(df_json_str(v), &u))
        return u > INT64_MAX ? INT64_MAX : (int64_t)u;
    return fallback;
}

double df_json_double(const struct df_json *v, double fallback)
{
    return df_json_is_number(v) ? yyjson_get_num(raw(v)) : fallback;
}

bool df_json_bool(const struct df_json *v, bool fallback)
{
    return df_json_is_bool(v) ? yyjson_get_bool(raw(v)) : fallback;
}

struct df_json_iter df_json_iter(const struct df_json *v)
{
    struct df_json_iter it = {0};
    if (df_json_is_array(v)) {
        it.at = yyjson_arr_get_first(raw(v));
        it.left = yyjson_arr_size(raw(v));
    } else if (df_json_is_object(v)) {
        yyjson_obj_iter first;
        yyjson_obj_iter_init(raw(v), &first);
        it.at = yyjson_obj_iter_next(&first);
        it.left = yyjson_obj_size(raw(v));
        it.object = true;
    }
    it.index = (size_t)-1;
    return it;
}

bool df_json_next(struct df_json_iter *it)
{
    if (it->left == 0)
        return false;
    yyjson_val *at = (yyjson_val *)(uintptr_t)it->at;
    yyjson_val *value = at;
    if (it->object) {
        it->key = df_str_n(yyjson_get_str(at), yyjson_get_len(at));
        value = yyjson_obj_iter_get_val(at);
    }
    it->value = wrap(value);
    it->index++;
    if (--it->left > 0)
        it->at = unsafe_yyjson_get_next(value);
    return true;
}

const char *df_json_library_version(void)
{
    return YYJSON_VERSION_STRING;
}
