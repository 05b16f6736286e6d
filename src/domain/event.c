#include "domain/event.h"

#include "base/time.h"
#include "domain/event_parts.h"

struct df_event_list df_event_list(const struct df_json *v)
{
    if (df_json_is_array(v))
        return (struct df_event_list){.array = v};
    const struct df_json *values = df_json_get(v, "values"), *value = df_json_get(v, "value");
    if (values)
        return (struct df_event_list){.array = df_json_is_array(values) ? values : NULL};
    if (df_json_is_object(value))
        return (struct df_event_list){.single = value};
    return (struct df_event_list){.single = df_json_is_object(v) ? v : NULL};
}

size_t df_event_list_count(struct df_event_list list)
{
    return list.single ? 1 : df_json_count(list.array);
}

struct df_str df_event_text(const struct df_json *v, const char *key, const char *other, struct df_arena *arena)
{
    struct df_str text = df_json_text(df_json_get(v, key), arena);
    return text.n || !other ? text : df_json_text(df_json_get(v, other), arena);
}

/* RFC 3339, or seconds since the epoch with a fraction, as SDKs may send. */
int64_t df_event_time(const struct df_json *v)
{
    int64_t ms = 0;
    if (df_json_is_string(v))
        return df_time_parse(df_json_str(v), &ms) ? ms : 0;
    double s = df_json_double(v, 0);
    return s > 0 && s < 1e11 ? (int64_t)(s * 1000) : 0;
}

static void add_pair(const struct df_json *v, struct df_arena *arena, struct df_pair *items, struct df_pairs *ret)
{
    struct df_pair pair = {0};
    if (df_json_is_object(v))
        pair = (struct df_pair){df_event_text(v, "key", NULL, arena), df_json_get(v, "value")};
    else if (df_json_is_array(v))
        pair = (struct df_pair){df_json_text(df_json_at(v, 0), arena), df_json_at(v, 1)};
    if (pair.key.n)
        items[ret->n++] = pair;
}

void df_event_parse_pairs(const struct df_json *v, struct df_arena *arena, struct df_pairs *ret)
{
    *ret = (struct df_pairs){0};
    if (df_json_count(v) == 0)
        return;
    struct df_pair *items = DF_NEW_ARRAY(arena, struct df_pair, df_json_count(v));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (it.object)
            items[ret->n++] = (struct df_pair){it.key, it.value};
        else
            add_pair(it.value, arena, items, ret);
    }
    ret->items = items;
}

static void parse_tags(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    struct df_pairs all;
    df_event_parse_pairs(v, arena, &all);
    struct df_pair *kept = DF_NEW_ARRAY(arena, struct df_pair, all.n);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].key.n && !df_json_is_null(all.items[i].value))
            kept[n++] = all.items[i];
    event->tags = (struct df_pairs){kept, n};
}

static void parse_user(const struct df_json *v, struct df_arena *arena, struct df_user *user)
{
    static const char *const known[] = {"id", "email", "username", "ip_address", "name"};
    struct df_str *const places[] = {&user->id, &user->email, &user->username, &user->ip, &user->name};
    if (!df_json_is_object(v))
        return;
    struct df_pair *rest = DF_NEW_ARRAY(arena, struct df_pair, df_json_count(v));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !df_str_is(it.key, known[i]))
            i++;
        if (i < sizeof known / sizeof *known)
            *places[i] = df_json_text(it.value, arena);
        else if (!df_json_is_null(it.value) && !(df_json_is_object(it.value) && df_json_count(it.value) == 0))
            rest[user->rest.n++] = (struct df_pair){it.key, it.value};
    }
    user->rest.items = rest;
}

/* A map, a list of pairs, or one text. */
static void parse_pairs_or_text(const struct df_json *v, struct df_arena *arena, struct df_pairs *ret,
                                struct df_str *ret_text)
{
    if (df_json_is_string(v))
        *ret_text = df_json_str(v);
    else
        df_event_parse_pairs(v, arena, ret);
}

static void parse_request(const struct df_json *v, struct df_arena *arena, struct df_event_request *request)
{
    if (!df_json_is_object(v))
        return;
    const struct df_json *query = df_json_get(v, "query"), *data = df_json_get(v, "data");
    request->given = true;
    request->method = df_event_text(v, "method", NULL, arena);
    request->url = df_event_text(v, "url", NULL, arena);
    request->fragment = df_event_text(v, "fragment", NULL, arena);
    parse_pairs_or_text(query ? query : df_json_get(v, "query_string"), arena, &request->query, &request->query_text);
    parse_pairs_or_text(df_json_get(v, "cookies"), arena, &request->cookies, &request->cookie_text);
    df_event_parse_pairs(df_json_get(v, "headers"), arena, &request->headers);
    df_event_parse_pairs(df_json_get(v, "env"), arena, &request->env);
    request->data = df_json_is_null(data) ? NULL : data;
}

static void parse_breadcrumb(const struct df_json *v, struct df_arena *arena, struct df_breadcrumb *ret)
{
    const struct df_json *data = df_json_get(v, "data");
    *ret = (struct df_breadcrumb){
        .time_ms = df_event_time(df_json_get(v, "timestamp")),
        .type = df_event_text(v, "type", NULL, arena),
        .level = df_event_text(v, "level", NULL, arena),
        .category = df_event_text(v, "category", NULL, arena),
        .message = df_event_text(v, "message", NULL, arena),
        .data = df_json_is_null(data) || (!df_json_is_string(data) && df_json_count(data) == 0) ? NULL : data,
    };
}

static bool in_order(const struct df_breadcrumb *crumbs, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (crumbs[i].time_ms < crumbs[i - 1].time_ms)
            return false;
    return true;
}

static void merge(struct df_breadcrumb *to, const struct df_breadcrumb *a, size_t n_a, const struct df_breadcrumb *b,
                  size_t n_b)
{
    while (n_a || n_b) {
        bool take_a = n_a && (!n_b || a->time_ms <= b->time_ms);
        *to++ = take_a ? *a++ : *b++;
        take_a ? n_a-- : n_b--;
    }
}

/* Scopes are merged by SDKs, and then are not in order. Merge sort from below: equal times keep their order. */
static void sort_by_time(struct df_breadcrumb *crumbs, size_t n, struct df_arena *arena)
{
    if (in_order(crumbs, n))
        return;
    struct df_breadcrumb *sorted = DF_NEW_ARRAY(arena, struct df_breadcrumb, n);
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t n_a = n - from < width ? n - from : width, left = n - from - n_a;
            merge(sorted + from, crumbs + from, n_a, crumbs + from + n_a, left < width ? left : width);
        }
        memcpy(crumbs, sorted, n * sizeof *crumbs);
    }
}

static void parse_breadcrumbs(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    struct df_event_list list = df_event_list(v);
    struct df_breadcrumb *crumbs = DF_NEW_ARRAY(arena, struct df_breadcrumb, df_event_list_count(list));
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_json_is_object(it.value))
            parse_breadcrumb(it.value, arena, &crumbs[n++]);
    sort_by_time(crumbs, n, arena);
    event->breadcrumbs = crumbs;
    event->n_breadcrumbs = n;
}

/* The message entry (logentry) over the top-level text, which the server may have cut or joined with the culprit. */
static void parse_message(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    struct df_str text = df_json_is_string(v) ? df_json_str(v) : df_event_text(v, "formatted", "message", arena);
    if (text.n)
        event->message = text;
}

/* One interface by either name: the entry's type, or its key at the top of the ingest form. False: not known here. */
static bool parse_interface(struct df_str type, const struct df_json *data, struct df_arena *arena,
                            struct df_event *event)
{
    if (df_str_is(type, "exception"))
        df_event_parse_exceptions(data, arena, event);
    else if (df_str_is(type, "threads"))
        df_event_parse_threads(data, arena, event);
    else if (df_str_is(type, "stacktrace"))
        df_event_parse_stack(data, arena, &event->stack);
    else if (df_str_is(type, "breadcrumbs"))
        parse_breadcrumbs(data, arena, event);
    else if (df_str_is(type, "request"))
        parse_request(data, arena, &event->request);
    else if (df_str_is(type, "message") || df_str_is(type, "logentry"))
        parse_message(data, arena, event);
    else
        return false;
    return true;
}

static void parse_entries(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    if (!df_json_is_array(v) || df_json_count(v) == 0)
        return;
    struct df_entry *others = DF_NEW_ARRAY(arena, struct df_entry, df_json_count(v));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        struct df_str type = df_event_text(it.value, "type", NULL, arena);
        const struct df_json *data = df_json_get(it.value, "data");
        /* Debug images are megabytes of addresses, for symbolication only. */
        if (type.n && !df_str_is(type, "debugmeta") && !parse_interface(type, data, arena, event))
            others[event->n_others++] = (struct df_entry){type, data};
    }
    event->others = others;
}

struct interface {
    const char *key, *type;
};

static void parse_ingest(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    /* The long names are those of old SDKs. */
    static const struct interface known[] = {
        {"sentry.interfaces.Exception", "exception"},
        {"sentry.interfaces.Threads", "threads"},
        {"sentry.interfaces.Stacktrace", "stacktrace"},
        {"sentry.interfaces.Breadcrumbs", "breadcrumbs"},
        {"sentry.interfaces.Http", "request"},
        {"sentry.interfaces.Message", "logentry"},
        {"exception", "exception"},
        {"threads", "threads"},
        {"stacktrace", "stacktrace"},
        {"breadcrumbs", "breadcrumbs"},
        {"request", "request"},
        {"message", "message"},
        {"logentry", "logentry"},
    };
    static const char *const kept[] = {"csp", "hpkp", "expectct", "expectstaple", "template", "spans"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!df_json_is_null(df_json_get(v, known[i].key)))
            parse_interface(df_str_c(known[i].type), df_json_get(v, known[i].key), arena, event);
    struct df_entry *others = DF_NEW_ARRAY(arena, struct df_entry, sizeof kept / sizeof *kept);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (df_json_count(df_json_get(v, kept[i])) > 0)
            others[event->n_others++] = (struct df_entry){df_str_c(kept[i]), df_json_get(v, kept[i])};
    event->others = others;
}

static const struct df_json *object_at(const struct df_json *v, const char *key, const char *other)
{
    const struct df_json *found = df_json_get(v, key);
    if (df_json_count(found) == 0 && other)
        found = df_json_get(v, other);
    return df_json_count(found) > 0 ? found : NULL;
}

static struct df_str or_tag(struct df_str text, const struct df_event *event, const char *key)
{
    return text.n ? text : df_event_tag(event, key);
}

/* What the API's form has only as a tag: environment, release, level, transaction, server_name. */
static void parse_named(const struct df_json *v, struct df_arena *arena, struct df_event *event)
{
    const struct df_json *release = df_json_get(v, "release");
    struct df_str version = df_json_is_object(release) ? df_json_get_str(release, "version")
                                                       : df_json_text(release, arena);
    event->release = or_tag(version, event, "release");
    event->environment = or_tag(df_event_text(v, "environment", NULL, arena), event, "environment");
    event->level = or_tag(df_event_text(v, "level", NULL, arena), event, "level");
    event->transaction = or_tag(df_event_text(v, "transaction", NULL, arena), event, "transaction");
    event->server_name = or_tag(df_event_text(v, "server_name", NULL, arena), event, "server_name");
    event->logger = or_tag(df_event_text(v, "logger", NULL, arena), event, "logger");
}

bool df_event_parse(const struct df_json *v, struct df_arena *arena, struct df_event *ret)
{
    if (!df_json_is_object(v))
        return false;
    const struct df_json *sdk = df_json_get(v, "sdk"), *created = df_json_get(v, "dateCreated");
    *ret = (struct df_event){
        .event_id = df_event_text(v, "eventID", "event_id", arena),
        .group_id = df_event_text(v, "groupID", NULL, arena),
        .project_id = df_event_text(v, "projectID", "project", arena),
        .title = df_event_text(v, "title", NULL, arena),
        .type = df_event_text(v, "type", NULL, arena),
        .message = df_event_text(v, "message", NULL, arena),
        .platform = df_event_text(v, "platform", NULL, arena),
        .culprit = df_event_text(v, "culprit", NULL, arena),
        .location = df_event_text(v, "location", NULL, arena),
        .dist = df_event_text(v, "dist", NULL, arena),
        .sdk_name = df_event_text(sdk, "name", NULL, arena),
        .sdk_version = df_event_text(sdk, "version", NULL, arena),
        .created_ms = df_event_time(created ? created : df_json_get(v, "timestamp")),
        .received_ms = df_event_time(df_json_get(v, "dateReceived")),
        .contexts = object_at(v, "contexts", NULL),
        .extra = object_at(v, "context", "extra"),
        .meta = object_at(v, "_meta", NULL),
        .errors = object_at(v, "errors", NULL),
    };
    parse_tags(df_json_get(v, "tags"), arena, ret);
    parse_named(v, arena, ret);
    const struct df_json *user = df_json_get(v, "user");
    parse_user(user ? user : df_json_get(v, "sentry.interfaces.User"), arena, &ret->user);
    if (df_json_is_array(df_json_get(v, "entries")))
        parse_entries(df_json_get(v, "entries"), arena, ret);
    else
        parse_ingest(v, arena, ret);
    return true;
}

struct df_str df_event_tag(const struct df_event *event, const char *key)
{
    for (size_t i = 0; i < event->tags.n; i++)
        if (df_str_is(event->tags.items[i].key, key))
            return df_json_str(event->tags.items[i].value);
    return DF_STR_NONE;
}
