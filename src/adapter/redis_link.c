#include "adapter/redis_link.h"
#include "adapter/redis_tls.h"
#include "base/buf.h"
#include "base/wait.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Short: a cache that is waited for longer than the database it spares is none. */
enum { CONNECT_MS = 250, ANSWER_MS = 100, ANSWER_LIMIT_BYTES = 1024 * 1024, PARTS = 8 };

struct df_redis_link {
    redisContext *ctx;
    struct ssl_st *tls; /* the connection's, owned by ctx; NULL without TLS */
    char name[300];
};

bool df_redis_has_tls(void)
{
    return df_redis_tls_there();
}

struct df_str df_redis_name(const struct df_redis_settings *settings, struct df_arena *arena)
{
    return df_arena_printf(arena, "Redis at %.*s:%d", DF_FMT(df_str_head(settings->host, 253)), settings->port);
}

const char *df_redis_error_meaning(struct df_str word)
{
    static const struct {
        const char *word, *meaning;
    } known[] = {
        {"NOAUTH", "asks for a password: set REDIS_PASSWORD"},
        {"WRONGPASS", "refused the password: check REDIS_PASSWORD and REDIS_USERNAME"},
        {"NOPERM",
         "does not let this user run a command: allow it GET, SET, PTTL, STRLEN, EXISTS and EVAL on devflow:*"},
        {"READONLY", "is read-only: set REDIS_HOST to the primary"},
        {"OOM", "is out of memory: raise its maxmemory, or let it evict with maxmemory-policy allkeys-lru"},
        {"LOADING", "is still loading its data"},
        {"MISCONF", "refuses writes because it cannot save to its disk"},
        {"MASTERDOWN", "has lost its primary"},
        {"CLUSTERDOWN", "belongs to a cluster that is down"},
        {"MOVED", "belongs to a cluster, which is not supported: set REDIS_HOST to a single server"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (df_str_is(word, known[i].word))
            return known[i].meaning;
    return "answers with an error";
}

/* The first word alone, and only if it looks like one: the rest may repeat what was sent. */
static struct df_str error_word(struct df_str text)
{
    size_t n = 0;
    while (n < text.n && n < 32 && text.p[n] >= 'A' && text.p[n] <= 'Z')
        n++;
    return df_str_n(text.p, n);
}

static enum df_code lost(const struct df_redis_link *link, int error, struct df_error *err)
{
    if (error == EAGAIN || error == ETIMEDOUT || error == EINPROGRESS)
        return df_fail(err, DF_ERR_FAILED, "%s did not answer within %d ms", link->name, ANSWER_MS);
    return df_fail(err, DF_ERR_FAILED, "%s closed the connection", link->name);
}

static enum df_code not_reached(const struct df_redis_link *link, struct df_error *err)
{
    const redisContext *ctx = link->ctx;
    if (ctx && ctx->err == REDIS_ERR_IO && errno == ETIMEDOUT)
        return df_fail(err, DF_ERR_FAILED, "%s did not answer within %d ms: check REDIS_HOST and REDIS_PORT",
                       link->name, CONNECT_MS);
    return df_fail(err, DF_ERR_FAILED, "%s cannot be reached: check REDIS_HOST and REDIS_PORT, and that it runs",
                   link->name);
}

/* Waits until there is something to read; hiredis' own time-out is for each read, so that an answer in drops would never
 * end. */
static bool readable(const redisContext *ctx, int64_t deadline_ms)
{
    struct pollfd p = {.fd = ctx->fd, .events = POLLIN};
    for (;;) {
        int64_t left = deadline_ms - df_monotonic_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

static bool taken(const redisReply *reply, struct df_arena *arena, struct df_redis_answer *ret)
{
    struct df_str text = df_str_n(reply->str, reply->str ? reply->len : 0);
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        *ret = (struct df_redis_answer){.kind = DF_REDIS_NIL};
        return true;
    case REDIS_REPLY_INTEGER:
        *ret = (struct df_redis_answer){.kind = DF_REDIS_INTEGER, .integer = reply->integer};
        return true;
    case REDIS_REPLY_STRING:
        *ret = (struct df_redis_answer){.kind = DF_REDIS_BYTES, .bytes = df_arena_dup(arena, text)};
        return true;
    case REDIS_REPLY_STATUS:
        *ret = (struct df_redis_answer){.kind = DF_REDIS_STATUS};
        return true;
    case REDIS_REPLY_ERROR:
        *ret = (struct df_redis_answer){.kind = DF_REDIS_ERROR, .bytes = df_arena_dup(arena, error_word(text))};
        return true;
    default:
        return false;
    }
}

static enum df_code read_answer(struct df_redis_link *link, int64_t deadline_ms, struct df_arena *arena,
                                struct df_redis_answer *ret, bool *ret_lost, struct df_error *err)
{
    void *reply = NULL;
    while (redisReaderGetReply(link->ctx->reader, &reply) == REDIS_OK && !reply) {
        if (!readable(link->ctx, deadline_ms))
            return lost(link, EAGAIN, err);
        if (redisBufferRead(link->ctx) != REDIS_OK) {
            *ret_lost = errno != EAGAIN;
            return lost(link, errno, err);
        }
        if (link->ctx->reader->len > ANSWER_LIMIT_BYTES)
            break;
    }
    bool ok = reply && taken(reply, arena, ret);
    if (reply)
        freeReplyObject(reply);
    return ok ? DF_OK : df_fail(err, DF_ERR_FAILED, "%s answers what is not Redis: check REDIS_PORT", link->name);
}

static bool append(redisContext *ctx, const struct df_redis_command *command)
{
    const char *argv[PARTS];
    size_t lengths[PARTS];
    for (size_t i = 0; i < command->argc; i++) {
        argv[i] = command->argv[i].n ? command->argv[i].p : "";
        lengths[i] = command->argv[i].n;
    }
    return redisAppendCommandArgv(ctx, (int)command->argc, argv, lengths) == REDIS_OK;
}

enum df_code df_redis_link_ask(struct df_redis_link *link, const struct df_redis_command *commands, size_t n_commands,
                               struct df_arena *arena, struct df_redis_answer *ret, bool *ret_lost,
                               struct df_error *err)
{
    int64_t deadline_ms = df_monotonic_ms() + ANSWER_MS;
    int done = 0;
    *ret_lost = false;
    for (size_t i = 0; i < n_commands; i++)
        if (!append(link->ctx, &commands[i]))
            return df_fail(err, DF_ERR_FAILED, "a command to %s could not be made", link->name);
    while (!done)
        if (redisBufferWrite(link->ctx, &done) != REDIS_OK) {
            *ret_lost = errno != EAGAIN;
            return lost(link, errno, err);
        }
    for (size_t i = 0; i < n_commands; i++)
        DF_TRY(read_answer(link, deadline_ms, arena, &ret[i], ret_lost, err));
    return DF_OK;
}

static void put_part(struct df_buf *out, struct df_str part)
{
    df_buf_printf(out, "$%zu\r\n", part.n);
    df_buf_put_str(out, part);
    df_buf_put_c(out, "\r\n");
}

/* Not through hiredis, whose buffer would be freed with the password in it. */
static enum df_code send_password(struct df_redis_link *link, const struct df_redis_settings *s, struct df_arena *arena,
                                  struct df_error *err)
{
    struct df_buf out;
    df_buf_init(&out, arena, 64 * 1024);
    df_buf_printf(&out, "*%d\r\n", s->username.n ? 3 : 2);
    put_part(&out, DF_S("AUTH"));
    if (s->username.n)
        put_part(&out, s->username);
    put_part(&out, df_secret_reveal(s->password));
    if (out.overflow)
        return df_fail(err, DF_ERR_FAILED, "REDIS_PASSWORD is too long");
    for (size_t sent = 0; sent < out.n;) {
        long n = link->tls ? df_redis_tls_write(link->tls, out.p + sent, out.n - sent)
                           : send(link->ctx->fd, out.p + sent, out.n - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return lost(link, errno, err);
        sent += (size_t)n;
    }
    return DF_OK;
}

static enum df_code log_in(struct df_redis_link *link, const struct df_redis_settings *s, struct df_arena *arena,
                           struct df_error *err)
{
    struct df_redis_answer answer;
    bool gone = false;
    DF_TRY(send_password(link, s, arena, err));
    DF_TRY(read_answer(link, df_monotonic_ms() + ANSWER_MS, arena, &answer, &gone, err));
    if (answer.kind == DF_REDIS_STATUS)
        return DF_OK;
    /* Redis says ERR both for a password where none is set and for a wrong one, depending on its version. */
    return df_fail(err, DF_ERR_FAILED, "%s refused the password: check REDIS_PASSWORD and REDIS_USERNAME", link->name);
}

static enum df_code choose_database(struct df_redis_link *link, const struct df_redis_settings *s,
                                    struct df_arena *arena, struct df_error *err)
{
    const struct df_redis_command select = {.argv = {DF_S("SELECT"), df_arena_printf(arena, "%d", s->database)},
                                            .argc = 2};
    struct df_redis_answer answer = {0};
    bool gone;
    DF_TRY(df_redis_link_ask(link, &select, 1, arena, &answer, &gone, err));
    if (answer.kind == DF_REDIS_STATUS)
        return DF_OK;
    if (answer.kind == DF_REDIS_ERROR && !df_str_is(answer.bytes, "ERR"))
        return df_fail(err, DF_ERR_FAILED, "%s %s", link->name, df_redis_error_meaning(answer.bytes));
    return df_fail(err, DF_ERR_FAILED, "%s has no database %d: check REDIS_DB", link->name, s->database);
}

static enum df_code greet(struct df_redis_link *link, const struct df_redis_settings *s, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct timeval answer = {.tv_usec = ANSWER_MS * 1000L};
    if (redisSetTimeout(link->ctx, answer) != REDIS_OK)
        return not_reached(link, err);
    if (s->tls)
        DF_TRY(df_redis_tls_start(link->ctx, df_arena_cstr(arena, s->host), link->name, &link->tls, err));
    if (!df_secret_is_empty(s->password))
        DF_TRY(log_in(link, s, arena, err));
    /* Also for database 0: it is the first command, and tells whether a password is missing. */
    return choose_database(link, s, arena, err);
}

enum df_code df_redis_link_open(const struct df_redis_settings *settings, struct df_redis_link **ret,
                                struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_redis_link *link = calloc(1, sizeof *link);
    const struct timeval connect = {.tv_usec = CONNECT_MS * 1000L};
    if (!link)
        return df_fail(err, DF_ERR_FAILED, "no memory for a connection to Redis");
    snprintf(link->name, sizeof link->name, "%s", df_redis_name(settings, arena).p);
    link->ctx = redisConnectWithTimeout(df_arena_cstr(arena, settings->host), settings->port, connect);
    enum df_code code = !link->ctx || link->ctx->err ? not_reached(link, err) : greet(link, settings, err);
    if (code == DF_OK)
        *ret = link;
    else
        df_redis_link_close(link);
    return code;
}

void df_redis_link_close(struct df_redis_link *link)
{
    if (link->ctx)
        redisFree(link->ctx);
    free(link);
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *df_redis_library_version(void)
{
    return TEXT(HIREDIS_MAJOR) "." TEXT(HIREDIS_MINOR) "." TEXT(HIREDIS_PATCH);
}
