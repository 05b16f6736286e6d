#include "adapter/temporal_parts.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/version.h"
#include "base/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CONNECT_MS = 5000, FAILED_FOR_MS = 500, ASK_AGAIN_MS = 60 * 1000, POLLS_END_MS = 10 * 1000, KEYWORD = 2 };

static struct dft_view view(struct df_str s)
{
    return s.n ? (struct dft_view){(const uint8_t *)s.p, s.n} : (struct dft_view){NULL, 0};
}

static enum df_code connect_now(struct temporal *t, struct dft_connection **ret, struct df_error *err)
{
    const struct df_temporal_settings *s = &t->settings;
    struct dft_error why;
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct dft_address address = {.target = t->target,
                                  .identity = t->identity,
                                  .version = DF_VERSION,
                                  .api_key = view(df_secret_reveal(s->api_key)),
                                  .ca = view(s->ca),
                                  .certificate = view(s->certificate),
                                  .key = view(df_secret_reveal(s->key)),
                                  .server_name = s->server_name.n ? df_arena_cstr(scratch, s->server_name) : NULL,
                                  .timeout = CONNECT_MS};
    int status = t->library->connect(&address, ret, &why);
    return status == DFT_OK ? DF_OK : temporal_fail(t, status, why.text, err);
}

/* Under the lock, which is let go meanwhile. */
static void attempt(struct temporal *t)
{
    struct dft_connection *made = NULL;
    struct df_error err;
    t->connecting = true;
    pthread_mutex_unlock(&t->lock);
    enum df_code code = connect_now(t, &made, &err);
    pthread_mutex_lock(&t->lock);
    t->connecting = false;
    t->connection = made;
    t->failed_ms = df_monotonic_ms();
    if (code != DF_OK)
        t->failure = err;
    pthread_cond_broadcast(&t->connected);
}

/* A server that hangs is waited for once, by all who ask meanwhile and a moment later, and not by each of them in turn. */
enum df_code temporal_connect(struct temporal *t, struct dft_connection **ret, struct df_error *err)
{
    pthread_mutex_lock(&t->lock);
    bool fresh = t->failed_ms && df_monotonic_ms() - t->failed_ms < FAILED_FOR_MS, mine = !t->connecting && !fresh;
    if (!t->connection && mine)
        attempt(t);
    while (!t->connection && t->connecting && !mine)
        pthread_cond_wait(&t->connected, &t->lock);
    *ret = t->connection;
    if (!t->connection && err)
        *err = t->failure;
    enum df_code code = t->connection ? DF_OK : t->failure.code;
    pthread_mutex_unlock(&t->lock);
    return code;
}

static enum df_code refused(const struct temporal *t, const char *text, struct df_error *err)
{
    return df_fail(err, DF_ERR_ENGINE,
                   "Temporal at %.*s refuses DevFlow (%s): check TEMPORAL_API_KEY, TEMPORAL_TLS_CERT and "
                   "TEMPORAL_NAMESPACE",
                   DF_FMT(t->settings.address), text);
}

/* "UnknownIssuer", "certificate not valid for name", of what goes on with "), ..." or a quoted name. */
static struct df_str first_words(struct df_str s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ' || ((s.p[n] | 0x20) >= 'a' && (s.p[n] | 0x20) <= 'z')))
        n++;
    return df_str_trim(df_str_head(s, n));
}

/* What rustls says of the other side's certificate, and what of it the other side said of ours. */
static enum df_code of_tls(const struct temporal *t, struct df_str said, struct df_error *err)
{
    static const struct df_str theirs = {"invalid peer certificate: ", 26}, alert = {"received fatal alert: ", 22};
    ptrdiff_t at = df_str_find(said, theirs);
    if (at >= 0)
        return df_fail(
            err, DF_ERR_ENGINE,
            "Temporal at %.*s shows a certificate that DevFlow does not believe (%.*s): set TEMPORAL_TLS_CA to the "
            "file of the CA that signed it, TEMPORAL_TLS_SERVER_NAME to the name in it",
            DF_FMT(t->settings.address), DF_FMT(first_words(df_str_from(said, (size_t)at + theirs.n))));
    at = df_str_find(said, alert);
    if (at >= 0)
        return df_fail(
            err, DF_ERR_ENGINE,
            "Temporal at %.*s does not take the certificate DevFlow shows, or that it shows none (%.*s): set "
            "TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY to one that it believes",
            DF_FMT(t->settings.address), DF_FMT(first_words(df_str_from(said, (size_t)at + alert.n))));
    /* A server that wants another certificate says so only after the handshake, and of that the core tells no more. */
    bool after = t->settings.tls && df_str_starts(said, DF_S("transport error")) &&
                 df_str_find(said, DF_S("tcp connect")) < 0;
    return df_fail(
        err, DF_ERR_ENGINE, "Temporal at %.*s does not answer: %.*s%s", DF_FMT(t->settings.address), DF_FMT(said),
        after ? ". Where it asks for a certificate, set TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY to one that it "
                "believes"
              : "");
}

enum df_code temporal_fail(const struct temporal *t, int status, const char *text, struct df_error *err)
{
    struct df_str said = df_str_c(text);
    bool of_namespace = df_str_find(said, DF_S("amespace")) >= 0;
    switch (status) {
    case DFT_NOT_FOUND:
        if (of_namespace)
            return df_fail(
                err, DF_ERR_ENGINE,
                "Temporal at %.*s has no namespace %.*s: create it (temporal operator namespace create %.*s), "
                "or set TEMPORAL_NAMESPACE to one that is there",
                DF_FMT(t->settings.address), DF_FMT(t->settings.ns), DF_FMT(t->settings.ns));
        return df_fail(err, DF_ERR_WORKFLOW, "no such workflow");
    case DFT_ALREADY_EXISTS:
        return df_fail(err, DF_ERR_EXISTS, "%s", text);
    case 3: /* INVALID_ARGUMENT */
        return df_fail(err, DF_ERR_INVALID, "Temporal does not take it: %s", text);
    case DFT_PERMISSION:
    case DFT_UNAUTHENTICATED:
        return refused(t, text, err);
    case DFT_INVALID:
    case DFT_PANIC:
        return df_fail(err, DF_ERR_ENGINE, "Temporal at %.*s cannot be used: %s", DF_FMT(t->settings.address), text);
    default:
        return of_tls(t, said, err);
    }
}

enum df_code temporal_call(struct temporal *t, const char *method, const struct df_buf *request, uint32_t timeout_ms,
                           struct df_arena *arena, struct df_str *ret, struct df_error *err)
{
    struct dft_connection *connection;
    struct dft_bytes response = {NULL, 0};
    struct dft_error why;
    if (request->overflow)
        return df_fail(err, DF_ERR_INVALID, "it is too large for Temporal");
    DF_TRY(temporal_connect(t, &connection, err));
    int status = t->library->call(connection, method, view(df_buf_str(request)), timeout_ms, &response, &why);
    if (status != DFT_OK)
        return temporal_fail(t, status, why.text, err);
    struct df_str got = df_arena_dup(arena, df_str_n((const char *)response.data, response.size));
    t->library->free(response);
    if (ret)
        *ret = got;
    return DF_OK;
}

struct df_buf temporal_request(const struct temporal *t, struct df_arena *arena)
{
    struct df_buf request;
    df_buf_init(&request, arena, DF_TEMPORAL_MESSAGE_BYTES);
    df_pb_put_bytes(&request, 1, t->settings.ns);
    return request;
}

enum df_code temporal_check(struct temporal *t, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf request = temporal_request(t, scratch);
    return temporal_call(t, "DescribeNamespace", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
}

/* ---- Search attributes. */

static bool has_attribute(struct df_str listed, const char *name)
{
    struct df_pb pb = df_pb_read(listed);
    struct df_str entry;
    while (df_pb_next_bytes(&pb, 1, &entry))
        if (df_str_is(df_pb_bytes(entry, 1), name))
            return df_pb_int(entry, 2) == KEYWORD;
    return false;
}

static enum df_code list_attributes(struct temporal *t, bool *ret_there, struct df_error *err)
{
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf request = temporal_request(t, scratch);
    struct df_str listed = DF_STR_NONE;
    DF_TRY(temporal_call(t, "ListSearchAttributes", &request, TEMPORAL_CALL_MS, scratch, &listed, err));
    *ret_there = has_attribute(listed, TEMPORAL_PROJECT) && has_attribute(listed, TEMPORAL_ISSUE);
    return DF_OK;
}

static enum df_code add_attributes(struct temporal *t, struct df_error *err)
{
    static const char *const names[] = {TEMPORAL_PROJECT, TEMPORAL_ISSUE};
    struct df_arena *scratch DF_ARENA_AUTO = df_arena_new();
    struct df_buf request;
    df_buf_init(&request, scratch, DF_TEMPORAL_MESSAGE_BYTES);
    for (size_t i = 0; i < 2; i++) {
        size_t entry = df_pb_open(&request, 1);
        df_pb_put_bytes(&request, 1, df_str_c(names[i]));
        df_pb_put_int(&request, 2, KEYWORD);
        df_pb_close(&request, entry);
    }
    df_pb_put_bytes(&request, 2, t->settings.ns);
    return temporal_call(t, "AddSearchAttributes", &request, TEMPORAL_CALL_MS, scratch, NULL, err);
}

static int find_attributes(struct temporal *t)
{
    struct df_error err;
    bool there = false;
    if (list_attributes(t, &there, &err) != DF_OK)
        return TEMPORAL_ATTRIBUTES_UNKNOWN;
    if (there)
        return TEMPORAL_ATTRIBUTES_THERE;
    enum df_code code = add_attributes(t, &err);
    if (code == DF_OK || code == DF_ERR_EXISTS)
        return TEMPORAL_ATTRIBUTES_THERE;
    df_log(DF_LOG_WARN,
           "Temporal's search attributes " TEMPORAL_PROJECT " and " TEMPORAL_ISSUE
           " are missing and could not be created: its pages do not find workflows by them. Create both as Keyword",
           {"reason", df_str_c(err.message)});
    return TEMPORAL_ATTRIBUTES_MISSING;
}

/* Who comes while they are being created waits: a run that started without them would not be found by them. */
bool temporal_attributes(struct temporal *t)
{
    pthread_mutex_lock(&t->attributes_lock);
    int64_t now_ms = df_monotonic_ms();
    if (t->attributes != TEMPORAL_ATTRIBUTES_THERE &&
        (t->attributes_asked_ms == 0 || now_ms - t->attributes_asked_ms > ASK_AGAIN_MS)) {
        t->attributes = find_attributes(t);
        t->attributes_asked_ms = t->attributes == TEMPORAL_ATTRIBUTES_UNKNOWN ? 0 : now_ms;
    }
    pthread_mutex_unlock(&t->attributes_lock);
    return t->attributes == TEMPORAL_ATTRIBUTES_THERE;
}

static void put_keyword(struct df_buf *to, const char *key, struct df_str text)
{
    if (text.n)
        df_temporal_put_text(to, 1, key, text);
}

void temporal_put_about(struct temporal *t, struct df_buf *to, uint32_t memo, bool memo_is_message, uint32_t attributes,
                        const struct temporal_about *about)
{
    char round[24];
    int n = snprintf(round, sizeof round, "%lld", (long long)about->round);
    size_t opened = memo_is_message ? df_pb_open(to, memo) : 0;
    uint32_t entries = memo_is_message ? 1 : memo;
    df_temporal_put_text(to, entries, TEMPORAL_PROJECT, about->project_id);
    df_temporal_put_text(to, entries, TEMPORAL_ISSUE, about->issue);
    df_temporal_put_text(to, entries, TEMPORAL_ROUND, df_str_n(round, (size_t)n));
    if (memo_is_message)
        df_pb_close(to, opened);
    if (about->bare || !(about->project_id.n || about->issue.n) || t->attributes != TEMPORAL_ATTRIBUTES_THERE)
        return;
    opened = df_pb_open(to, attributes);
    put_keyword(to, TEMPORAL_PROJECT, about->project_id);
    put_keyword(to, TEMPORAL_ISSUE, about->issue);
    df_pb_close(to, opened);
}

/* ---- The engine. */

static void engine_free(struct df_engine *engine)
{
    struct temporal *t = (struct temporal *)engine;
    if (!t->held)
        t->library->disconnect(t->connection);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->connected);
    pthread_mutex_destroy(&t->attributes_lock);
    struct df_arena *arena = t->arena;
    df_arena_free(arena);
}

const struct df_engine_ops temporal_ops = {
    .name = "temporal",
    .start = temporal_start,
    .signal = temporal_signal,
    .cancel = temporal_cancel,
    .retry = temporal_retry,
    .leave_project = temporal_leave_project,
    .find = temporal_find,
    .list = temporal_list,
    .history = temporal_history,
    .counts = temporal_counts,
    .work = temporal_work,
    .stop = temporal_stop,
    .free = engine_free,
};

static void copy_settings(struct temporal *t, const struct df_temporal_settings *from)
{
    struct df_arena *arena = t->arena;
    t->settings = (struct df_temporal_settings){
        .address = df_arena_dup(arena, from->address),
        .ns = df_arena_dup(arena, from->ns),
        .task_queue = df_arena_dup(arena, from->task_queue),
        .tls = from->tls,
        .server_name = df_arena_dup(arena, from->server_name),
        .ca = df_arena_dup(arena, from->ca),
        .certificate = df_arena_dup(arena, from->certificate),
        .key = df_secret_dup(arena, df_secret_reveal(from->key)),
        .api_key = df_secret_dup(arena, df_secret_reveal(from->api_key)),
    };
    t->target = df_arena_cstr(arena,
                              df_arena_printf(arena, "%s://%.*s", from->tls ? "https" : "http", DF_FMT(from->address)));
}

enum df_code df_temporal_engine_new(const struct df_temporal_settings *settings, struct df_engine **ret,
                                    struct df_error *err)
{
    const struct df_temporal_library *library;
    char host[256] = "";
    DF_TRY(df_temporal_library_load(&library, err));
    struct df_arena *arena = df_arena_new();
    struct temporal *t = DF_NEW(arena, struct temporal);
    t->engine.ops = &temporal_ops;
    t->library = library;
    t->arena = arena;
    t->polls_end_ms = POLLS_END_MS;
    copy_settings(t, settings);
    gethostname(host, sizeof host - 1);
    t->identity = df_arena_cstr(arena, df_arena_printf(arena, "devflow-%d@%s", (int)getpid(), host));
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->connected, NULL);
    pthread_mutex_init(&t->attributes_lock, NULL);
    *ret = &t->engine;
    return DF_OK;
}
