#include "sandbox/norm.h"

#include "base/time.h"

enum {
    TITLE_VALUE_MAX = 100,
    METADATA_VALUE_MAX = 1024,
    METADATA_TYPE_MAX = 128,
    CULPRIT_MAX = 200,
    RELEASE_MAX = 250,
    USER_FIELDS_MAX = 100,
};

static const int64_t past_limit_ms = INT64_C(30) * 24 * 3600 * 1000, future_limit_ms = 60000;

struct df_str norm_time_text(int64_t ms, struct df_arena *arena)
{
    return ms % 1000 ? df_time_format_ms(ms, arena) : df_time_format(ms, arena);
}

bool df_sandbox_event_id(struct df_str text, struct df_arena *arena, struct df_str *ret)
{
    char *id = df_arena_alloc(arena, DF_SANDBOX_EVENT_ID_BYTES + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '-')
            continue;
        c = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        if (n == DF_SANDBOX_EVENT_ID_BYTES || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        id[n++] = c;
    }
    *ret = df_str_n(id, n);
    return n == DF_SANDBOX_EVENT_ID_BYTES;
}

struct df_str df_sandbox_event_tag(const struct df_sandbox_event *event, const char *key)
{
    for (size_t i = 0; i < event->n_tags; i++)
        if (df_str_is(event->tags[i].key, key))
            return event->tags[i].value;
    return DF_STR_NONE;
}

/* An event from long ago or the future is given the time it came, as Relay does. */
static const char *read_times(struct norm *n)
{
    struct df_sandbox_event *event = n->event;
    event->received_ms = n->receipt->received_ms;
    event->created_ms = event->received_ms;
    int64_t at;
    if (!norm_time(df_json_get(n->in, "timestamp"), &at))
        return NULL;
    if (at < event->received_ms - past_limit_ms)
        return "past_timestamp";
    if (at > event->received_ms + future_limit_ms)
        return "future_timestamp";
    event->created_ms = at;
    return NULL;
}

static struct df_str user_text(const struct norm *n, const char *key)
{
    const struct df_json *user = norm_get(n->in, "user", "sentry.interfaces.User");
    struct df_str text = norm_text(user, key, n->arena);
    return df_str_is(text, "{{auto}}") ? n->receipt->client_ip : text;
}

static struct df_str user_key(const struct norm *n)
{
    static const char *const keys[][2] = {
        {"id", "id"}, {"username", "username"}, {"email", "email"}, {"ip", "ip_address"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct df_str text = user_text(n, keys[i][1]);
        if (text.n)
            return df_arena_printf(n->arena, "%s:%.*s", keys[i][0], DF_FMT(text));
    }
    return DF_STR_NONE;
}

static void read_basics(struct norm *n)
{
    struct df_sandbox_event *event = n->event;
    struct df_str level = norm_level(df_json_get(n->in, "level"));
    if (!df_sandbox_event_id(df_json_get_str(n->in, "event_id"), n->arena, &event->event_id))
        event->event_id = n->receipt->event_id;
    event->level = level.n ? level : DF_S("error");
    event->platform = norm_text(n->in, "platform", n->arena);
    if (event->platform.n == 0 || event->platform.n > 64)
        event->platform = DF_S("other");
    event->logger = norm_text(n->in, "logger", n->arena);
    event->transaction = norm_text(n->in, "transaction", n->arena);
    event->release = df_str_head(df_str_trim(norm_text(n->in, "release", n->arena)), RELEASE_MAX);
    event->dist = df_str_head(norm_text(n->in, "dist", n->arena), 64);
    event->environment = df_str_head(norm_text(n->in, "environment", n->arena), 64);
    event->user_key = user_key(n);
}

/* The newest exception names the error; a synthetic one has only its place to go by. */
static void read_metadata(struct norm *n)
{
    struct df_sandbox_event *event = n->event;
    const struct df_json *last = n->exceptions.n ? n->exceptions.items[n->exceptions.n - 1] : NULL;
    event->type = last ? DF_S("error") : DF_S("default");
    if (!last)
        return;
    struct df_str type = norm_text(last, "type", n->arena);
    event->metadata_value = norm_cut(norm_text(last, "value", n->arena), METADATA_VALUE_MAX, n->arena);
    if (!df_json_bool(df_json_get(df_json_get(last, "mechanism"), "synthetic"), false))
        event->metadata_type = norm_cut(type.n ? type : DF_S("Error"), METADATA_TYPE_MAX, n->arena);
    if (n->crash) {
        event->metadata_filename = norm_frame_filename(n->crash, n->arena);
        event->metadata_function = norm_text(n->crash, "function", n->arena);
    }
    event->location = event->metadata_filename;
}

static struct df_str title_of(const struct norm *n, struct df_str message)
{
    const struct df_sandbox_event *event = n->event;
    if (!df_str_is(event->type, "error")) {
        struct df_str line = norm_first_line(message);
        return line.n ? norm_cut(line, TITLE_VALUE_MAX, n->arena) : DF_S("<unlabeled event>");
    }
    struct df_str value = norm_cut(norm_first_line(event->metadata_value), TITLE_VALUE_MAX, n->arena);
    struct df_str type = event->metadata_type.n ? event->metadata_type : event->metadata_function;
    if (type.n == 0)
        type = DF_S("<unknown>");
    return value.n && event->metadata_type.n ? df_arena_printf(n->arena, "%.*s: %.*s", DF_FMT(type), DF_FMT(value))
                                             : type;
}

static struct df_str culprit_of(const struct norm *n)
{
    struct df_str own = norm_text(n->in, "culprit", n->arena);
    if (own.n == 0)
        own = n->event->transaction;
    if (own.n == 0)
        own = norm_stack_culprit(n);
    if (own.n == 0)
        own = norm_request_url(n);
    return norm_cut(own, CULPRIT_MAX, n->arena);
}

static void add_word(struct df_buf *buf, struct df_str word)
{
    if (word.n == 0 || df_str_find(df_buf_str(buf), word) >= 0)
        return;
    df_buf_put_c(buf, buf->n ? " " : "");
    df_buf_put_str(buf, word);
}

/* What an event without a message says: the words its search index holds. */
static struct df_str search_message(const struct norm *n)
{
    const struct df_sandbox_event *event = n->event;
    struct df_buf buf;
    df_buf_init(&buf, n->arena, 8192);
    add_word(&buf, event->metadata_function);
    add_word(&buf, event->metadata_type);
    add_word(&buf, event->metadata_value);
    add_word(&buf, event->metadata_filename);
    if (!df_str_is(event->type, "error"))
        add_word(&buf, event->title);
    add_word(&buf, event->culprit);
    return df_buf_str(&buf);
}

static void put_metadata(struct df_json_writer *w, const struct df_sandbox_event *event)
{
    df_json_kopen(w, "metadata", '{');
    if (!df_str_is(event->type, "error")) {
        df_json_kstr(w, "title", event->title);
    } else {
        df_json_kstr(w, "value", event->metadata_value);
        if (event->metadata_type.n)
            df_json_kstr(w, "type", event->metadata_type);
        if (event->metadata_filename.n)
            df_json_kstr(w, "filename", event->metadata_filename);
        if (event->metadata_function.n)
            df_json_kstr(w, "function", event->metadata_function);
    }
    df_json_close(w, '}');
}

static bool is_user_field(struct df_str key)
{
    static const char *const known[] = {"id", "email", "username", "ip_address", "name", "geo", "data"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (df_str_is(key, known[i]))
            return true;
    return false;
}

static void put_user(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *user = norm_get(n->in, "user", "sentry.interfaces.User"), *geo = df_json_get(user, "geo");
    if (!df_json_is_object(user) || df_json_count(user) == 0) {
        df_json_knull(w, "user");
        return;
    }
    df_json_kopen(w, "user", '{');
    df_json_kstr_or_null(w, "id", user_text(n, "id"));
    df_json_kstr_or_null(w, "email", user_text(n, "email"));
    df_json_kstr_or_null(w, "username", user_text(n, "username"));
    df_json_kstr_or_null(w, "ip_address", user_text(n, "ip_address"));
    df_json_kstr_or_null(w, "name", user_text(n, "name"));
    norm_put_value(w, "geo", df_json_is_object(geo) ? geo : NULL);
    df_json_kopen(w, "data", '{');
    for (struct df_json_iter it = df_json_iter(df_json_get(user, "data"));
         df_json_is_object(df_json_get(user, "data")) && df_json_next(&it);) {
        df_json_key(w, it.key);
        df_json_put_value(w, it.value);
    }
    for (struct df_json_iter it = df_json_iter(user); df_json_next(&it);) {
        if (it.index == USER_FIELDS_MAX)
            break;
        if (is_user_field(it.key) || df_json_get(df_json_get(user, "data"), df_arena_cstr(n->arena, it.key)))
            continue;
        df_json_key(w, it.key);
        df_json_put_value(w, it.value);
    }
    df_json_close(w, '}');
    df_json_close(w, '}');
}

void df_sandbox_event_put_tags(struct df_json_writer *w, const struct df_sandbox_event *event)
{
    df_json_kopen(w, "tags", '[');
    for (size_t i = 0; i < event->n_tags; i++) {
        df_json_open(w, '{');
        df_json_kstr(w, "key", event->tags[i].key);
        df_json_kstr(w, "value", event->tags[i].value);
        if (df_str_is(event->tags[i].key, "user")) {
            df_json_key(w, DF_S("query"));
            df_json_put_str(w, df_arena_printf(w->buf->arena, "user.%.*s", DF_FMT(event->tags[i].value)));
        }
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_sdk(struct df_json_writer *w, const struct norm *n)
{
    const struct df_json *sdk = norm_get(n->in, "sdk", "sentry.interfaces.Sdk");
    if (!df_json_is_object(sdk)) {
        df_json_knull(w, "sdk");
        return;
    }
    df_json_kopen(w, "sdk", '{');
    norm_put_text(w, "name", sdk, "name", n->arena);
    norm_put_text(w, "version", sdk, "version", n->arena);
    df_json_close(w, '}');
}

static void put_object(struct df_json_writer *w, const char *key, const struct df_json *v)
{
    if (df_json_is_object(v)) {
        df_json_kvalue(w, key, v);
        return;
    }
    df_json_kopen(w, key, '{');
    df_json_close(w, '}');
}

static void put_errors(struct df_json_writer *w, const struct norm *n, const char *time_fault)
{
    df_json_kopen(w, "errors", '[');
    if (time_fault) {
        df_json_open(w, '{');
        df_json_kstr(w, "type", df_str_c(time_fault));
        df_json_kstr(w, "message",
                     *time_fault == 'p' ? DF_S("Invalid timestamp (too old)") : DF_S("Invalid timestamp (in future)"));
        df_json_kopen(w, "data", '{');
        df_json_kstr(w, "name", DF_S("timestamp"));
        norm_put_value(w, "value", df_json_get(n->in, "timestamp"));
        df_json_close(w, '}');
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_head(struct df_json_writer *w, const struct norm *n)
{
    const struct df_sandbox_event *event = n->event;
    df_json_kstr(w, "id", event->event_id);
    df_json_kstr(w, "eventID", event->event_id);
    df_json_kstr(w, "projectID", df_str_c(n->receipt->project_id));
    df_json_kstr(w, "title", event->title);
    df_json_kstr(w, "message", event->message);
    df_json_kstr_or_null(w, "location", event->location);
    df_json_kstr(w, "culprit", event->culprit);
    df_json_kstr(w, "platform", event->platform);
    df_json_kstr(w, "type", event->type);
    df_json_kstr_or_null(w, "dist", event->dist);
    put_metadata(w, event);
    df_json_kstr(w, "dateCreated", norm_time_text(event->created_ms, n->arena));
    df_json_kstr(w, "dateReceived", norm_time_text(event->received_ms, n->arena));
    df_json_kint(w, "size", (int64_t)n->receipt->size);
    put_user(w, n);
    df_sandbox_event_put_tags(w, event);
}

static struct df_str api_form(const struct norm *n, const char *time_fault, bool *ret_overflow)
{
    struct df_buf buf;
    struct df_json_writer w;
    df_buf_init(&buf, n->arena, DF_SANDBOX_EVENT_LIMIT_BYTES);
    df_json_writer_init(&w, &buf, 0);
    df_json_open(&w, '{');
    put_head(&w, n);
    norm_put_contexts(&w, n);
    put_object(&w, "context", norm_get(n->in, "extra", NULL));
    put_object(&w, "packages", df_json_get(n->in, "modules"));
    put_sdk(&w, n);
    norm_put_entries(&w, n);
    put_errors(&w, n, time_fault);
    df_json_kstrs(&w, "fingerprints", &n->event->hash, 1);
    df_json_kopen(&w, "groupingConfig", '{');
    df_json_kstr(&w, "id", DF_S("sandbox:2026-11-22"));
    df_json_kstr(&w, "enhancements", DF_STR_NONE);
    df_json_close(&w, '}');
    df_json_knull(&w, "crashFile");
    df_json_knull(&w, "userReport");
    df_json_knull(&w, "occurrence");
    norm_put_meta(&w, n);
    df_json_close(&w, '}');
    *ret_overflow = buf.overflow;
    return df_buf_str(&buf);
}

enum df_code df_sandbox_event_read(const struct df_json *in, const struct df_sandbox_receipt *receipt,
                                   struct df_arena *arena, struct df_sandbox_event *ret, struct df_error *err)
{
    if (!df_json_is_object(in))
        return df_fail(err, DF_ERR_INVALID, "invalid event: not a JSON object");
    struct df_sandbox_event event = {0};
    struct norm n = {.arena = arena, .in = in, .receipt = receipt, .event = &event};
    bool overflow;
    n.exceptions = norm_objects(norm_get(in, "exception", "sentry.interfaces.Exception"), arena);
    n.threads = norm_objects(norm_get(in, "threads", "sentry.interfaces.Threads"), arena);
    const char *time_fault = read_times(&n);
    read_basics(&n);
    n.crash = norm_crash_frame(&n);
    norm_agent_read(&n);
    read_metadata(&n);
    struct df_str message = norm_message(&n);
    event.title = title_of(&n, message);
    event.culprit = culprit_of(&n);
    event.message = message.n ? message : search_message(&n);
    norm_tags(&n);
    event.hash = norm_hash(&n);
    event.json = api_form(&n, time_fault, &overflow);
    if (overflow)
        return df_fail(err, DF_ERR_TOO_LARGE, "the event is larger than %d bytes", DF_SANDBOX_EVENT_LIMIT_BYTES);
    *ret = event;
    return DF_OK;
}
