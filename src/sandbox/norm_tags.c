#include "sandbox/norm.h"

#include <stdlib.h>

enum { TAG_KEY_MAX = 200, TAG_VALUE_MAX = 200, LOGGER_MAX = 64 };

static const char *const context_types[] = {
    "app", "browser", "cloud_resource", "culture", "device", "feedback", "gpu",     "monitor",
    "nel", "os",      "otel",           "profile", "replay", "response", "runtime", "trace",
};

static struct df_str context_type(struct df_str key, const struct df_json *context)
{
    struct df_str own = df_json_get_str(context, "type");
    if (own.n)
        return own;
    for (size_t i = 0; i < sizeof context_types / sizeof *context_types; i++)
        if (df_str_is(key, context_types[i]))
            return key;
    return DF_S("default");
}

/* "Linux 5.3.0-24 #0": name and kernel version of a system that only described itself. */
static void raw_os(const struct df_json *context, struct df_arena *arena, struct df_str *ret_name,
                   struct df_str *ret_kernel)
{
    struct df_str rest = norm_text(context, "raw_description", arena), name = DF_STR_NONE, kernel = DF_STR_NONE;
    if (norm_text(context, "name", arena).n == 0 && rest.n) {
        df_str_split(&rest, ' ', &name);
        df_str_split(&rest, ' ', &kernel);
        size_t n = 0;
        while (n < kernel.n && ((kernel.p[n] >= '0' && kernel.p[n] <= '9') || kernel.p[n] == '.'))
            n++;
        kernel.n = n;
    }
    *ret_name = name;
    *ret_kernel = kernel;
}

static void put_context(struct df_json_writer *w, struct df_str key, const struct df_json *context,
                        struct df_arena *arena)
{
    struct df_str name = DF_STR_NONE, kernel = DF_STR_NONE, type = context_type(key, context);
    if (df_str_is(type, "os"))
        raw_os(context, arena, &name, &kernel);
    df_json_key(w, key);
    df_json_open(w, '{');
    for (struct df_json_iter it = df_json_iter(context); df_json_next(&it);) {
        if (df_str_is(it.key, "type") || df_json_is_null(it.value))
            continue;
        df_json_key(w, it.key);
        df_json_put_value(w, it.value);
    }
    if (name.n)
        df_json_kstr(w, "name", name);
    if (kernel.n)
        df_json_kstr(w, "kernel_version", kernel);
    df_json_kstr(w, "type", type);
    df_json_close(w, '}');
}

static void put_derived(struct df_json_writer *w, const char *key, struct df_str name, struct df_str version)
{
    df_json_kopen(w, key, '{');
    df_json_kstr(w, "name", name);
    if (version.n)
        df_json_kstr(w, "version", version);
    df_json_kstr(w, "type", df_str_c(key));
    df_json_close(w, '}');
}

static const struct df_json *contexts_of(const struct norm *n)
{
    const struct df_json *contexts = norm_get(n->in, "contexts", "sentry.interfaces.Contexts");
    return df_json_is_object(contexts) ? contexts : NULL;
}

void norm_put_contexts(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *contexts = contexts_of(n);
    df_json_kopen(w, "contexts", '{');
    for (struct df_json_iter it = df_json_iter(contexts); contexts && df_json_next(&it);)
        if (df_json_is_object(it.value))
            put_context(w, it.key, it.value, n->arena);
    if (n->agent.browser.n && !df_json_get(contexts, "browser"))
        put_derived(w, "browser", n->agent.browser, n->agent.browser_version);
    if (n->agent.os.n && !df_json_get(contexts, "os"))
        put_derived(w, "os", n->agent.os, n->agent.os_version);
    df_json_close(w, '}');
}

struct tag_list {
    struct df_arena *arena;
    struct df_sandbox_tag *items;
    size_t n;
};

static void add(struct tag_list *tags, struct df_str key, struct df_str value)
{
    if (key.n == 0 || key.n > TAG_KEY_MAX || value.n == 0 || tags->n == DF_NORM_TAGS_MAX)
        return;
    tags->items[tags->n++] = (struct df_sandbox_tag){key, norm_cut(value, TAG_VALUE_MAX, tags->arena)};
}

static void add_context(struct tag_list *tags, struct df_str key, struct df_str name, struct df_str version)
{
    if (name.n && version.n)
        add(tags, key, df_arena_printf(tags->arena, "%.*s %.*s", DF_FMT(name), DF_FMT(version)));
    add(tags, df_arena_printf(tags->arena, "%.*s.name", DF_FMT(key)), name);
}

static void add_contexts(struct tag_list *tags, const struct norm *n)
{
    const struct df_json *contexts = contexts_of(n);
    for (struct df_json_iter it = df_json_iter(contexts); contexts && df_json_next(&it);) {
        struct df_str type = context_type(it.key, it.value), name = norm_text(it.value, "name", n->arena), raw, kernel;
        raw_os(it.value, n->arena, &raw, &kernel);
        if (df_str_is(type, "os") && raw.n)
            name = raw;
        if (df_str_is(type, "os") || df_str_is(type, "runtime") || df_str_is(type, "browser"))
            add_context(tags, it.key, name, norm_text(it.value, "version", n->arena));
        if (df_str_is(type, "device"))
            add(tags, df_arena_printf(n->arena, "%.*s.family", DF_FMT(it.key)),
                norm_text(it.value, "family", n->arena));
    }
    if (n->agent.browser.n && !df_json_get(contexts, "browser"))
        add_context(tags, DF_S("browser"), n->agent.browser, n->agent.browser_version);
    if (n->agent.os.n && !df_json_get(contexts, "os"))
        add_context(tags, DF_S("os"), n->agent.os, n->agent.os_version);
}

/* The first exception that says how it was caught. */
static void add_mechanism(struct tag_list *tags, struct norm *n)
{
    bool seen = false;
    for (size_t i = 0; i < n->exceptions.n; i++) {
        const struct df_json *mechanism = df_json_get(n->exceptions.items[i], "mechanism");
        const struct df_json *handled = df_json_get(mechanism, "handled");
        add(tags, DF_S("mechanism"), norm_text(mechanism, "type", n->arena));
        if (!df_json_is_bool(handled))
            continue;
        add(tags, DF_S("handled"), df_json_bool(handled, true) ? DF_S("yes") : DF_S("no"));
        if (!seen)
            n->event->unhandled = !df_json_bool(handled, true);
        seen = true;
    }
}

/* {"k": "v"}, [["k", "v"]] or [{"key": "k", "value": "v"}]. */
static void add_own(struct tag_list *tags, const struct norm *n)
{
    const struct df_json *own = df_json_get(n->in, "tags");
    bool object = df_json_is_object(own);
    if (!object && !df_json_is_array(own))
        return;
    for (struct df_json_iter it = df_json_iter(own); df_json_next(&it);) {
        if (object)
            add(tags, it.key, df_json_text(it.value, n->arena));
        else if (df_json_is_array(it.value))
            add(tags, df_json_text(df_json_at(it.value, 0), n->arena), df_json_text(df_json_at(it.value, 1), n->arena));
        else
            add(tags, norm_text(it.value, "key", n->arena), norm_text(it.value, "value", n->arena));
    }
}

static int by_key(const void *a, const void *b)
{
    return df_str_order(((const struct df_sandbox_tag *)a)->key, ((const struct df_sandbox_tag *)b)->key);
}

/* What was added first wins: the derived tags over the SDK's own. At most DF_NORM_TAGS_MAX are compared. */
static size_t unique(struct df_sandbox_tag *tags, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < kept && !df_str_eq(tags[j].key, tags[i].key))
            j++;
        if (j == kept)
            tags[kept++] = tags[i];
    }
    return kept;
}

void norm_tags(struct norm *n)
{
    struct df_sandbox_event *event = n->event;
    struct tag_list tags = {n->arena, DF_NEW_ARRAY(n->arena, struct df_sandbox_tag, DF_NORM_TAGS_MAX), 0};
    add(&tags, DF_S("level"), event->level);
    add(&tags, DF_S("release"), event->release);
    add(&tags, DF_S("dist"), event->dist);
    add(&tags, DF_S("environment"), event->environment);
    add(&tags, DF_S("logger"), norm_cut(event->logger, LOGGER_MAX, n->arena));
    add(&tags, DF_S("transaction"), event->transaction);
    add(&tags, DF_S("server_name"), norm_text(n->in, "server_name", n->arena));
    add(&tags, DF_S("user"), event->user_key);
    add(&tags, DF_S("url"), norm_request_url(n));
    add_mechanism(&tags, n);
    add_own(&tags, n);
    add_contexts(&tags, n);
    event->n_tags = unique(tags.items, tags.n);
    event->tags = tags.items;
    qsort(event->tags, event->n_tags, sizeof *event->tags, by_key);
}
