#include "sandbox/norm.h"

/* Where an entry's annotations are in the SDK's `_meta`, and what its members are called in the API form. */
static const struct {
    const char *type, *key, *legacy;
} sources[] = {
    {"message", "logentry", "message"}, {"exception", "exception", NULL},     {"stacktrace", "stacktrace", NULL},
    {"threads", "threads", NULL},       {"breadcrumbs", "breadcrumbs", NULL}, {"request", "request", NULL},
    {"debugmeta", "debug_meta", NULL},
};

static const char *const renamed[][2] = {
    {"abs_path", "absPath"},
    {"lineno", "lineNo"},
    {"colno", "colNo"},
    {"in_app", "inApp"},
    {"raw_function", "rawFunction"},
    {"thread_id", "threadId"},
    {"raw_stacktrace", "rawStacktrace"},
    {"frames_omitted", "framesOmitted"},
    {"instruction_addr", "instructionAddr"},
    {"symbol_addr", "symbolAddr"},
    {"source_link", "sourceLink"},
    {"held_locks", "heldLocks"},
    {"context_line", "context"},
    {"query_string", "query"},
    {"inferred_content_type", "inferredContentType"},
};

static struct df_str rename_key(struct df_str key)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (df_str_is(key, renamed[i][0]))
            return df_str_c(renamed[i][1]);
    return key;
}

/* Below these the keys are the user's own. */
static bool holds_user_keys(struct df_str key)
{
    return df_str_is(key, "vars") || df_str_is(key, "data") || df_str_is(key, "env") || df_str_is(key, "headers") ||
           df_str_is(key, "cookies") || df_str_is(key, "params");
}

static void put_mirrored(struct df_json_writer *w, const struct df_json *meta, bool own_keys)
{
    if (!df_json_is_object(meta)) {
        df_json_put_value(w, meta);
        return;
    }
    df_json_open(w, '{');
    for (struct df_json_iter it = df_json_iter(meta); df_json_next(&it);) {
        df_json_key(w, own_keys ? it.key : rename_key(it.key));
        if (it.key.n == 0)
            df_json_put_value(w, it.value);
        else
            put_mirrored(w, it.value, own_keys || holds_user_keys(it.key));
    }
    df_json_close(w, '}');
}

static const struct df_json *source_of(const struct df_json *meta, const char *type)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strcmp(sources[i].type, type) == 0)
            return norm_get(meta, sources[i].key, sources[i].legacy);
    return NULL;
}

static void put_entries(struct df_json_writer *w, const struct norm *n, const struct df_json *meta)
{
    struct norm_entry_list entries = norm_entries(n);
    df_json_kopen(w, "entries", '{');
    for (size_t i = 0; i < entries.n; i++) {
        const struct df_json *source = source_of(meta, entries.types[i]);
        if (!df_json_is_object(source) || df_json_count(source) == 0)
            continue;
        df_json_key(w, df_arena_printf(n->arena, "%zu", i));
        df_json_open(w, '{');
        df_json_key(w, DF_S("data"));
        put_mirrored(w, source, false);
        df_json_close(w, '}');
    }
    df_json_close(w, '}');
}

void norm_put_meta(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *meta = df_json_get(n->in, "_meta"), *message = norm_get(meta, "logentry", "message");
    const struct df_json *formatted = df_json_get(message, "formatted");
    df_json_kopen(w, "_meta", '{');
    put_entries(w, n, meta);
    norm_put_value(w, "message", formatted ? formatted : message);
    norm_put_value(w, "user", df_json_get(meta, "user"));
    norm_put_value(w, "contexts", df_json_get(meta, "contexts"));
    norm_put_value(w, "context", df_json_get(meta, "extra"));
    norm_put_value(w, "packages", df_json_get(meta, "modules"));
    norm_put_value(w, "sdk", df_json_get(meta, "sdk"));
    df_json_kopen(w, "tags", '{');
    df_json_close(w, '}');
    df_json_close(w, '}');
}
