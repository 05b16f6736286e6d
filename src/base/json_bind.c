#include "base/json.h"

#include <assert.h>

enum { FIELDS_LIMIT = 32 };
/* RFC 8259 section 6: beyond it a number may not mean to its writer what it means here. */
#define WHOLE_LIMIT (INT64_C(1) << 53)

/* What is wrong with the body, gathered: names of fields by kind of fault. */
struct faults {
    struct df_buf text;
    unsigned n;
};

static void fault(struct faults *f, struct df_str field, const char *what)
{
    df_buf_printf(&f->text, "%s%.*s %s", f->n++ ? "; " : "", DF_FMT(df_str_head(field, 64)), what);
}

static const struct df_json_field *field_of(const struct df_json_field *fields, size_t n, struct df_str name,
                                            size_t *ret_i)
{
    for (size_t i = 0; i < n; i++)
        if (df_str_is(name, fields[i].name)) {
            *ret_i = i;
            return &fields[i];
        }
    return NULL;
}

static bool string_fits(const struct df_json_field *field, const struct df_json *v, struct faults *f)
{
    size_t max = field->max_bytes ? field->max_bytes : 2048;
    struct df_str s = df_json_str(v), name = df_str_c(field->name);
    if (!df_json_is_string(v))
        fault(f, name, field->kind == DF_JSON_STRINGS ? "must be a list of strings" : "must be a string");
    else if (s.n > max)
        fault(f, name, "is too long");
    else if (memchr(s.n ? s.p : "x", '\0', s.n ? s.n : 1))
        fault(f, name, "holds a NUL character");
    else if (field->required && s.n == 0)
        fault(f, name, "must not be empty");
    else
        return true;
    return false;
}

static void bind_list(const struct df_json_field *field, const struct df_json *v, char *place, struct df_arena *arena,
                      struct faults *f)
{
    if (!df_json_is_array(v) || df_json_count(v) > 256) {
        fault(f, df_str_c(field->name), "must be a list of at most 256 strings");
        return;
    }
    struct df_str_list list = {DF_NEW_ARRAY(arena, struct df_str, df_json_count(v) + 1), 0, true};
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (!string_fits(field, it.value, f))
            return;
        list.items[list.n++] = df_json_str(it.value);
    }
    memcpy(place, &list, sizeof list);
}

static void bind_one(const struct df_json_field *field, const struct df_json *v, char *place, struct df_arena *arena,
                     struct faults *f)
{
    struct df_str s = df_json_str(v), name = df_str_c(field->name);
    int64_t i = df_json_int(v, 0);
    bool b = df_json_bool(v, false);
    switch (field->kind) {
    case DF_JSON_STRING:
        if (string_fits(field, v, f))
            memcpy(place, &s, sizeof s);
        return;
    case DF_JSON_STRINGS:
        bind_list(field, v, place, arena, f);
        return;
    case DF_JSON_INT:
        if (df_json_is_number(v) && (double)i == df_json_double(v, 0) && i < WHOLE_LIMIT && i > -WHOLE_LIMIT)
            memcpy(place, &i, sizeof i);
        else
            fault(f, name, "must be a whole number");
        return;
    case DF_JSON_BOOL:
        if (df_json_is_bool(v))
            memcpy(place, &b, sizeof b);
        else
            fault(f, name, "must be true or false");
        return;
    }
}

enum df_code df_json_bind(const struct df_json *object, const struct df_json_field *fields, size_t n_fields, void *into,
                          struct df_arena *arena, struct df_error *err)
{
    assert(n_fields <= FIELDS_LIMIT);
    bool seen[FIELDS_LIMIT] = {false};
    struct faults f = {.n = 0};
    df_buf_init(&f.text, arena, 4096);
    if (!df_json_is_object(object))
        return df_fail(err, DF_ERR_INVALID, "the body must be a JSON object");
    for (struct df_json_iter it = df_json_iter(object); df_json_next(&it);) {
        size_t i;
        const struct df_json_field *field = field_of(fields, n_fields, it.key, &i);
        if (!field) {
            fault(&f, it.key, "is not a known field");
        } else if (seen[i]) {
            fault(&f, it.key, "is given twice");
        } else if (df_json_is_null(it.value)) {
            continue;
        } else {
            seen[i] = true;
            bind_one(field, it.value, (char *)into + field->offset, arena, &f);
        }
    }
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].required && !seen[i])
            fault(&f, df_str_c(fields[i].name), "is required");
    if (f.n)
        return df_fail(err, DF_ERR_INVALID, "%.*s", DF_FMT(df_buf_str(&f.text)));
    return DF_OK;
}
