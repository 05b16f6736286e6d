#include "domain/event_parts.h"

#include "base/time.h"

enum { WORDS_LIMIT_BYTES = 8 * 1024 };

static const char *kind_of(const struct df_json *v)
{
    if (df_json_is_null(v))
        return "null";
    if (df_json_is_object(v))
        return "an object";
    if (df_json_is_array(v))
        return "a list";
    if (df_json_is_string(v))
        return "a text";
    return df_json_is_bool(v) ? "true or false" : "a number";
}

void df_event_note_odd(struct df_event_reader *r, const char *key, const struct df_json *v, const char *wanted)
{
    struct df_buf place;
    if (r->n_odd == DF_EVENT_ODD) {
        r->n_more_odd++;
        return;
    }
    if (!r->odd)
        r->odd = DF_NEW_ARRAY(r->arena, struct df_str, DF_EVENT_ODD);
    df_buf_init(&place, r->arena, 256);
    if (r->part)
        df_buf_put_c(&place, r->part);
    if (r->item)
        df_buf_printf(&place, " %zu", r->item);
    if (r->frame)
        df_buf_printf(&place, ", frame %zu", r->frame);
    if (r->part)
        df_buf_put_c(&place, ": ");
    df_buf_printf(&place, "%s is %s, not %s", key, kind_of(v), wanted);
    r->odd[r->n_odd++] = df_buf_str(&place);
}

static bool is_odd_text(const struct df_json *v)
{
    return df_json_is_object(v) || df_json_is_array(v);
}

static struct df_str json_of(struct df_event_reader *r, const struct df_json *v)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, r->arena, WORDS_LIMIT_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_json_put_value(&w, v);
    return df_str_head(df_buf_str(&text), WORDS_LIMIT_BYTES);
}

static struct df_str read_text(struct df_event_reader *r, const struct df_json *v, const char *key, bool keep)
{
    const struct df_json *found = df_json_get(v, key);
    struct df_str text = df_json_text(found, r->arena);
    if (text.n || !is_odd_text(found))
        return text;
    df_event_note_odd(r, key, found, "a text");
    return keep && df_json_count(found) ? json_of(r, found) : DF_STR_NONE;
}

struct df_str df_event_value(struct df_event_reader *r, const char *key, const struct df_json *v)
{
    if (is_odd_text(v))
        df_event_note_odd(r, key, v, "a text");
    return df_json_text(v, r->arena);
}

struct df_str df_event_text(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other)
{
    struct df_str text = read_text(r, v, key, false);
    return text.n || !other ? text : read_text(r, v, other, false);
}

struct df_str df_event_words(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other)
{
    struct df_str text = read_text(r, v, key, true);
    return text.n || !other ? text : read_text(r, v, other, true);
}

const struct df_json *df_event_object(struct df_event_reader *r, const struct df_json *v, const char *key,
                                      const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    if (!df_json_is_null(found) && !is_odd_text(found))
        df_event_note_odd(r, key, found, "an object");
    if (df_json_count(found) == 0 && other)
        return df_event_object(r, v, other, NULL);
    return df_json_count(found) > 0 ? found : NULL;
}

int64_t df_event_number(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    int64_t n = df_json_int(found, INT64_MIN);
    if (df_json_is_null(found))
        return other ? df_event_number(r, v, other, NULL) : 0;
    if (n == INT64_MIN)
        df_event_note_odd(r, key, found, "a number");
    return n == INT64_MIN ? 0 : n;
}

enum df_tristate df_event_tristate(struct df_event_reader *r, const struct df_json *v, const char *key,
                                   const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    if (df_json_is_null(found))
        return other ? df_event_tristate(r, v, other, NULL) : DF_UNKNOWN;
    if (!df_json_is_bool(found))
        df_event_note_odd(r, key, found, "true or false");
    return df_json_is_bool(found) ? (df_json_bool(found, false) ? DF_YES : DF_NO) : DF_UNKNOWN;
}

/* RFC 3339, or seconds since the epoch with a fraction, as SDKs may send. */
int64_t df_event_time(struct df_event_reader *r, const struct df_json *v, const char *key, const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    int64_t ms = 0;
    if (df_json_is_null(found))
        return other ? df_event_time(r, v, other, NULL) : 0;
    double s = df_json_double(found, 0);
    if (df_json_is_string(found) && df_time_parse(df_json_str(found), &ms))
        return ms;
    if (s > 0 && s < 1e11)
        return (int64_t)(s * 1000);
    df_event_note_odd(r, key, found, "a time");
    return 0;
}

struct df_event_list df_event_list(struct df_event_reader *r, const struct df_json *v)
{
    if (df_json_is_array(v))
        return (struct df_event_list){.array = v};
    const struct df_json *values = df_json_get(v, "values"), *value = df_json_get(v, "value");
    if (values) {
        if (!df_json_is_array(values) && !df_json_is_null(values))
            df_event_note_odd(r, "values", values, "a list");
        return (struct df_event_list){.array = df_json_is_array(values) ? values : NULL};
    }
    if (df_json_is_object(value))
        return (struct df_event_list){.single = value};
    if (!df_json_is_null(v) && !df_json_is_object(v))
        df_event_note_odd(r, "it", v, "a list");
    return (struct df_event_list){.single = df_json_is_object(v) ? v : NULL};
}

size_t df_event_list_count(struct df_event_list list)
{
    return list.single ? 1 : df_json_count(list.array);
}

bool df_event_list_item(struct df_event_reader *r, const struct df_json *item, size_t index)
{
    r->item = index + 1;
    if (df_json_is_object(item))
        return true;
    if (!df_json_is_null(item))
        df_event_note_odd(r, "it", item, "an object");
    return false;
}
