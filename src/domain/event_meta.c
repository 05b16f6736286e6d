#include "domain/event_parts.h"

/* "_meta" is a tree like the event's; what was done to a value stands under the empty key at its place. */

enum { PATH_BYTES = 1024, DEPTH = 64 };

struct place {
    const struct place *above;
    struct df_str key;
    size_t depth;
};

static void put_path(struct df_buf *out, const struct place *at)
{
    if (!at)
        return;
    put_path(out, at->above);
    df_buf_printf(out, "%s%.*s", out->n ? "." : "", DF_FMT(at->key));
}

static struct df_str path_of(const struct place *at, struct df_arena *arena)
{
    struct df_buf path;
    df_buf_init(&path, arena, PATH_BYTES);
    put_path(&path, at);
    return df_buf_str(&path);
}

/* Source: Relay, "Meta": remarks are [rule, kind, from, to]; kinds a, x, s, m, p, e. Limits of size remark "!limit". */
static enum df_change_how how_of(const struct df_json *done, struct df_str *ret_rule)
{
    const struct df_json *remark = df_json_at(df_json_get(done, "rem"), 0);
    struct df_str kind = df_json_str(df_json_at(remark, 1));
    *ret_rule = df_json_str(df_json_at(remark, 0));
    if (df_json_count(df_json_get(done, "err")) > 0)
        return DF_CHANGE_INVALID;
    if (df_str_is(*ret_rule, "!limit") || !remark)
        return DF_CHANGE_SHORTENED;
    if (df_str_is(kind, "x"))
        return DF_CHANGE_REMOVED;
    return df_str_is(kind, "s") || df_str_is(kind, "m") || df_str_is(kind, "p") || df_str_is(kind, "e")
               ? DF_CHANGE_REPLACED
               : DF_CHANGE_MARKED;
}

/* The first error: a name, or a name and details. */
static struct df_str error_of(const struct df_json *done)
{
    const struct df_json *first = df_json_at(df_json_get(done, "err"), 0);
    return df_json_str(df_json_is_array(first) ? df_json_at(first, 0) : first);
}

static void add(struct df_event_reader *r, const struct place *at, const struct df_json *done, struct df_change *items)
{
    struct df_str rule, error = error_of(done);
    enum df_change_how how = how_of(done, &rule);
    int64_t length = df_json_int(df_json_get(done, "len"), 0);
    if (df_json_count(df_json_get(done, "rem")) == 0 && error.n == 0 && length <= 0)
        return;
    if (r->event->n_changes == DF_EVENT_CHANGES) {
        r->event->n_more_changes++;
        return;
    }
    items[r->event->n_changes++] = (struct df_change){
        .path = path_of(at, r->arena),
        .how = how,
        .rule = error.n ? error : rule,
        .length = length > 0 ? length : 0,
    };
}

static void walk(struct df_event_reader *r, const struct place *above, const struct df_json *v, struct df_change *items)
{
    if (!df_json_is_object(v) || (above && above->depth > DEPTH))
        return;
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        const struct place at = {above, it.key, above ? above->depth + 1 : 1};
        if (it.key.n == 0)
            add(r, above, it.value, items);
        else
            walk(r, &at, it.value, items);
    }
}

void df_event_parse_meta(struct df_event_reader *r, const struct df_json *v)
{
    if (df_json_count(v) == 0)
        return;
    struct df_change *items = DF_NEW_ARRAY(r->arena, struct df_change, DF_EVENT_CHANGES);
    r->event->changes = items;
    walk(r, NULL, v, items);
}
