#include "domain/event.h"

#include "domain/event_parts.h"

enum { PARAMS_BYTES = 8 * 1024 };

static void add_pair(struct df_event_reader *r, const struct df_json *v, struct df_pair *items, struct df_pairs *ret)
{
    struct df_pair pair = {0};
    if (df_json_is_object(v))
        pair = (struct df_pair){df_event_text(r, v, "key", NULL), df_json_get(v, "value")};
    else if (df_json_is_array(v))
        pair = (struct df_pair){df_json_text(df_json_at(v, 0), r->arena), df_json_at(v, 1)};
    if (pair.key.n)
        items[ret->n++] = pair;
    else if (!df_json_is_null(pair.value))
        df_event_note_odd(r, "the key of a pair", df_json_is_array(v) ? df_json_at(v, 0) : df_json_get(v, "key"),
                          "a text");
}

void df_event_parse_pairs(struct df_event_reader *r, const struct df_json *v, struct df_pairs *ret)
{
    *ret = (struct df_pairs){0};
    if (df_json_count(v) == 0)
        return;
    struct df_pair *items = DF_NEW_ARRAY(r->arena, struct df_pair, df_json_count(v));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        if (it.object)
            items[ret->n++] = (struct df_pair){it.key, it.value};
        else
            add_pair(r, it.value, items, ret);
    }
    ret->items = items;
}

static void parse_tags(struct df_event_reader *r, const struct df_json *v, struct df_event *event)
{
    struct df_pairs all;
    df_event_parse_pairs(r, v, &all);
    struct df_pair *kept = DF_NEW_ARRAY(r->arena, struct df_pair, all.n);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].key.n && !df_json_is_null(all.items[i].value))
            kept[n++] = all.items[i];
    event->tags = (struct df_pairs){kept, n};
}

static void parse_user(struct df_event_reader *r, const struct df_json *v, struct df_user *user)
{
    static const char *const known[] = {"id", "email", "username", "ip_address", "name"};
    struct df_str *const places[] = {&user->id, &user->email, &user->username, &user->ip, &user->name};
    if (!df_json_is_object(v)) {
        if (!df_json_is_null(v))
            df_event_note_odd(r, "user", v, "an object");
        return;
    }
    struct df_pair *rest = DF_NEW_ARRAY(r->arena, struct df_pair, df_json_count(v));
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !df_str_is(it.key, known[i]))
            i++;
        if (i < sizeof known / sizeof *known)
            *places[i] = df_event_value(r, known[i], it.value);
        else if (!df_json_is_null(it.value) && !(df_json_is_object(it.value) && df_json_count(it.value) == 0))
            rest[user->rest.n++] = (struct df_pair){it.key, it.value};
    }
    user->rest.items = rest;
}

/* A map, a list of pairs, or one text. */
static void parse_pairs_or_text(struct df_event_reader *r, const struct df_json *v, struct df_pairs *ret,
                                struct df_str *ret_text)
{
    if (df_json_is_string(v))
        *ret_text = df_json_str(v);
    else
        df_event_parse_pairs(r, v, ret);
}

static void parse_request(struct df_event_reader *r, const struct df_json *v, struct df_event_request *request)
{
    if (!df_json_is_object(v)) {
        if (!df_json_is_null(v))
            df_event_note_odd(r, "request", v, "an object");
        return;
    }
    r->part = "request";
    const struct df_json *query = df_json_get(v, "query"), *data = df_json_get(v, "data");
    request->given = true;
    request->method = df_event_text(r, v, "method", NULL);
    request->url = df_event_text(r, v, "url", NULL);
    request->fragment = df_event_text(r, v, "fragment", NULL);
    parse_pairs_or_text(r, query ? query : df_json_get(v, "query_string"), &request->query, &request->query_text);
    parse_pairs_or_text(r, df_json_get(v, "cookies"), &request->cookies, &request->cookie_text);
    df_event_parse_pairs(r, df_event_object(r, v, "headers", NULL), &request->headers);
    df_event_parse_pairs(r, df_event_object(r, v, "env", NULL), &request->env);
    request->data = df_json_is_null(data) ? NULL : data;
}

static void parse_breadcrumb(struct df_event_reader *r, const struct df_json *v, struct df_breadcrumb *ret)
{
    const struct df_json *data = df_json_get(v, "data");
    *ret = (struct df_breadcrumb){
        .time_ms = df_event_time(r, v, "timestamp", NULL),
        .type = df_event_text(r, v, "type", NULL),
        .level = df_event_text(r, v, "level", NULL),
        .category = df_event_text(r, v, "category", NULL),
        .message = df_event_words(r, v, "message", NULL),
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
static void sort_by_time(struct df_event_reader *r, struct df_breadcrumb *crumbs, size_t n)
{
    if (in_order(crumbs, n))
        return;
    struct df_breadcrumb *sorted = DF_NEW_ARRAY(r->arena, struct df_breadcrumb, n);
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t n_a = n - from < width ? n - from : width, left = n - from - n_a;
            merge(sorted + from, crumbs + from, n_a, crumbs + from + n_a, left < width ? left : width);
        }
        memcpy(crumbs, sorted, n * sizeof *crumbs);
    }
}

static void parse_breadcrumbs(struct df_event_reader *r, const struct df_json *v)
{
    r->part = "breadcrumb";
    struct df_event *event = r->event;
    struct df_event_list list = df_event_list(r, v);
    struct df_breadcrumb *crumbs = DF_NEW_ARRAY(r->arena, struct df_breadcrumb, df_event_list_count(list));
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(list.array); df_json_next(&it);)
        if (df_event_list_item(r, it.value, it.index))
            parse_breadcrumb(r, it.value, &crumbs[n++]);
    sort_by_time(r, crumbs, n);
    event->breadcrumbs = crumbs;
    event->n_breadcrumbs = n;
}

/* A message that nobody put its parameters into. */
static struct df_str with_params(struct df_event_reader *r, struct df_str text, const struct df_json *params)
{
    struct df_buf both;
    struct df_json_writer w;
    if (text.n == 0 || df_json_count(params) == 0)
        return text;
    df_buf_init(&both, r->arena, text.n + PARAMS_BYTES);
    df_buf_printf(&both, "%.*s\n", DF_FMT(text));
    df_json_writer_init(&w, &both, 0);
    df_json_put_value(&w, params);
    return df_buf_str(&both);
}

/* The message entry (logentry) over the top-level text, which the server may have cut or joined with the culprit. */
static void parse_message(struct df_event_reader *r, const struct df_json *v)
{
    struct df_str text = df_json_is_string(v) ? df_json_str(v) : df_event_words(r, v, "formatted", NULL);
    if (text.n == 0 && !df_json_is_string(v))
        text = with_params(r, df_event_words(r, v, "message", NULL), df_json_get(v, "params"));
    if (text.n == 0)
        return;
    r->event->message = text;
    r->event->message_logged = true;
}

/* One interface by either name: the entry's type, or its key at the top of the ingest form. False: not known here. */
static bool parse_interface(struct df_event_reader *r, struct df_str type, const struct df_json *data)
{
    bool known = true;
    if (df_str_is(type, "exception"))
        df_event_parse_exceptions(r, data);
    else if (df_str_is(type, "threads"))
        df_event_parse_threads(r, data);
    else if (df_str_is(type, "stacktrace"))
        df_event_parse_stack(r, data, &r->event->stack);
    else if (df_str_is(type, "breadcrumbs"))
        parse_breadcrumbs(r, data);
    else if (df_str_is(type, "request"))
        parse_request(r, data, &r->event->request);
    else if (df_str_is(type, "message") || df_str_is(type, "logentry"))
        parse_message(r, data);
    else
        known = false;
    r->part = NULL;
    r->item = 0;
    return known;
}

/* What the API's form has beside its entries, though it is of their kind: why an issue without an error is one, and what a user
 * wrote about it. */
static const char *const beside[] = {"occurrence", "userReport"};
enum { N_BESIDE = sizeof beside / sizeof *beside };

static void parse_entries(struct df_event_reader *r, const struct df_json *whole, struct df_event *event)
{
    const struct df_json *v = df_json_get(whole, "entries");
    struct df_entry *others = DF_NEW_ARRAY(r->arena, struct df_entry, df_json_count(v) + N_BESIDE);
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        struct df_str type = df_event_text(r, it.value, "type", NULL);
        const struct df_json *data = df_json_get(it.value, "data");
        /* Debug images are megabytes of addresses, for symbolication only. */
        if (type.n && !df_str_is(type, "debugmeta") && !parse_interface(r, type, data))
            others[event->n_others++] = (struct df_entry){type, data};
    }
    for (size_t i = 0; i < N_BESIDE; i++)
        if (df_json_count(df_json_get(whole, beside[i])) > 0)
            others[event->n_others++] = (struct df_entry){df_str_c(beside[i]), df_json_get(whole, beside[i])};
    event->others = others;
}

struct interface {
    const char *key, *type;
};

static void parse_ingest(struct df_event_reader *r, const struct df_json *v, struct df_event *event)
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
    static const struct interface kept[] = {
        {"csp", "csp"},
        {"sentry.interfaces.Csp", "csp"},
        {"hpkp", "hpkp"},
        {"expectct", "expectct"},
        {"expectstaple", "expectstaple"},
        {"template", "template"},
        {"sentry.interfaces.Template", "template"},
        {"sentry.interfaces.Query", "query"},
        {"spans", "spans"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!df_json_is_null(df_json_get(v, known[i].key)))
            parse_interface(r, df_str_c(known[i].type), df_json_get(v, known[i].key));
    struct df_entry *others = DF_NEW_ARRAY(r->arena, struct df_entry, sizeof kept / sizeof *kept);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (df_json_count(df_json_get(v, kept[i].key)) > 0)
            others[event->n_others++] = (struct df_entry){df_str_c(kept[i].type), df_json_get(v, kept[i].key)};
    event->others = others;
}

static struct df_str or_tag(struct df_str text, const struct df_event *event, const char *key)
{
    return text.n ? text : df_event_tag(event, key);
}

/* What the API's form has only as a tag: environment, release, level, transaction, server_name. */
static void parse_named(struct df_event_reader *r, const struct df_json *v, struct df_event *event)
{
    const struct df_json *release = df_json_get(v, "release");
    struct df_str version = df_json_is_object(release) ? df_event_text(r, release, "version", NULL)
                                                       : df_event_text(r, v, "release", NULL);
    event->release = or_tag(version, event, "release");
    event->environment = or_tag(df_event_text(r, v, "environment", NULL), event, "environment");
    event->level = or_tag(df_event_text(r, v, "level", NULL), event, "level");
    event->transaction = or_tag(df_event_text(r, v, "transaction", NULL), event, "transaction");
    event->server_name = or_tag(df_event_text(r, v, "server_name", NULL), event, "server_name");
    event->logger = or_tag(df_event_text(r, v, "logger", NULL), event, "logger");
}

static void parse_facts(struct df_event_reader *r, const struct df_json *v)
{
    const struct df_json *sdk = df_event_object(r, v, "sdk", NULL);
    *r->event = (struct df_event){
        .event_id = df_event_text(r, v, "eventID", "event_id"),
        .group_id = df_event_text(r, v, "groupID", NULL),
        .project_id = df_event_text(r, v, "projectID", "project"),
        .title = df_event_words(r, v, "title", NULL),
        .type = df_event_text(r, v, "type", NULL),
        .platform = df_event_text(r, v, "platform", NULL),
        .culprit = df_event_text(r, v, "culprit", NULL),
        .location = df_event_text(r, v, "location", NULL),
        .dist = df_event_text(r, v, "dist", NULL),
        .sdk_name = df_event_text(r, sdk, "name", NULL),
        .sdk_version = df_event_text(r, sdk, "version", NULL),
        .created_ms = df_event_time(r, v, "dateCreated", "timestamp"),
        .received_ms = df_event_time(r, v, "dateReceived", NULL),
        .contexts = df_event_object(r, v, "contexts", NULL),
        .extra = df_event_object(r, v, "context", "extra"),
        .errors = df_event_object(r, v, "errors", NULL),
    };
}

bool df_event_parse(const struct df_json *v, struct df_arena *arena, struct df_event *ret)
{
    if (!df_json_is_object(v))
        return false;
    struct df_event_reader r = {.arena = arena, .event = ret};
    const struct df_json *user = df_json_get(v, "user"), *entries = df_json_get(v, "entries");
    parse_facts(&r, v);
    parse_tags(&r, df_json_get(v, "tags"), ret);
    parse_named(&r, v, ret);
    parse_user(&r, user ? user : df_json_get(v, "sentry.interfaces.User"), &ret->user);
    if (!df_json_is_array(entries) && !df_json_is_null(entries))
        df_event_note_odd(&r, "entries", entries, "a list");
    if (df_json_is_array(entries)) {
        ret->message = df_event_words(&r, v, "message", NULL);
        parse_entries(&r, v, ret);
    } else {
        parse_ingest(&r, v, ret);
    }
    df_event_parse_meta(&r, df_event_object(&r, v, "_meta", NULL));
    ret->odd = r.odd;
    ret->n_odd = r.n_odd;
    ret->n_more_odd = r.n_more_odd;
    return true;
}

struct df_str df_event_tag(const struct df_event *event, const char *key)
{
    for (size_t i = 0; i < event->tags.n; i++)
        if (df_str_is(event->tags.items[i].key, key))
            return df_json_str(event->tags.items[i].value);
    return DF_STR_NONE;
}
