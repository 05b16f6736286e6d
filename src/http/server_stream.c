#include "http/server_stream.h"
#include "base/fatal.h"
#include "base/wait.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    RING_BYTES = 64 * 1024,
    BLOCK_BYTES = 16 * 1024,
    DISCARD_LIMIT_BYTES = 16 * 1024 * 1024,
    LOOK_MS = 200, /* how soon a waiting thread sees that the server ends */
    SIP_BYTES_PER_S = 1024,
    STALL_MS = 60000, /* an answer that the client cannot take, as it is still sending its request */
};

struct ring {
    char *p;
    size_t at, n;
};

struct df_stream {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct df_server *server;
    struct MHD_Connection *connection;
    struct ring up, down; /* the request's body, the answer's */
    bool up_ended, up_unwanted;
    size_t discarded;
    const struct df_reply_head *head;
    bool down_ended, down_broken;
    bool suspended, returned, gone;
};

static size_t ring_put(struct ring *r, const char *bytes, size_t n)
{
    size_t room = RING_BYTES - r->n, end = (r->at + r->n) % RING_BYTES;
    n = n < room ? n : room;
    size_t first = n < RING_BYTES - end ? n : RING_BYTES - end;
    if (n && !r->p && !(r->p = malloc(RING_BYTES)))
        df_out_of_memory();
    if (n) {
        memcpy(r->p + end, bytes, first);
        memcpy(r->p, bytes + first, n - first);
    }
    r->n += n;
    return n;
}

static size_t ring_take(struct ring *r, char *to, size_t room)
{
    size_t n = r->n < room ? r->n : room, first = n < RING_BYTES - r->at ? n : RING_BYTES - r->at;
    if (n) {
        memcpy(to, r->p + r->at, first);
        memcpy(to + first, r->p, n - first);
    }
    r->at = (r->at + n) % RING_BYTES;
    r->n -= n;
    return n;
}

static void ring_free(struct ring *r)
{
    if (r->p)
        explicit_bzero(r->p, RING_BYTES);
    free(r->p);
}

static void copy_request(struct df_exchange *x)
{
    struct df_request *request = &x->request;
    request->method = df_arena_dup(x->arena, request->method);
    request->request_id = df_arena_dup(x->arena, request->request_id);
    for (size_t i = 0; i < request->n_headers; i++)
        request->headers[i] = (struct df_param){df_arena_dup(x->arena, request->headers[i].name),
                                                df_arena_dup(x->arena, request->headers[i].value)};
}

void df_stream_open(struct df_exchange *x)
{
    struct df_stream *s = calloc(1, sizeof *s);
    if (!s)
        df_out_of_memory();
    s->server = x->server;
    s->connection = x->connection;
    pthread_mutex_init(&s->lock, NULL);
    df_cond_init(&s->changed);
    copy_request(x);
    x->stream = s;
}

void df_stream_free(struct df_stream *s)
{
    if (!s)
        return;
    ring_free(&s->up);
    ring_free(&s->down);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Both with the lock held: the event loop puts its connection to sleep, the thread wakes it. */
static void suspend(struct df_stream *s)
{
    s->suspended = true;
    MHD_suspend_connection(s->connection);
}

static void resume(struct df_stream *s)
{
    if (s->suspended)
        MHD_resume_connection(s->connection);
    s->suspended = false;
}

/* The client waits for us now, and not we for it. */
static void hold(struct df_exchange *x)
{
    df_connection_at_work(x->wire);
    suspend(x->stream);
}

enum MHD_Result df_stream_upload(struct df_exchange *x, const char *bytes, size_t *n)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    if (s->up_unwanted || s->returned) {
        s->discarded += *n;
        *n = 0;
    } else {
        size_t taken = ring_put(&s->up, bytes, *n);
        *n -= taken;
        pthread_cond_broadcast(&s->changed);
        df_connection_streams(x->wire, taken);
        if (*n)
            hold(x);
    }
    bool enough = s->discarded > DISCARD_LIMIT_BYTES;
    pthread_mutex_unlock(&s->lock);
    return enough ? MHD_NO : MHD_YES;
}

enum df_stream_state df_stream_uploaded(struct df_exchange *x)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    s->up_ended = true;
    pthread_cond_broadcast(&s->changed);
    enum df_stream_state state = s->head ? DF_STREAM_HAS_HEAD : s->returned ? DF_STREAM_RETURNED : DF_STREAM_WAITS;
    if (state == DF_STREAM_WAITS)
        hold(x);
    pthread_mutex_unlock(&s->lock);
    return state;
}

static ssize_t read_down(void *cls, uint64_t at, char *to, size_t room)
{
    (void)at;
    struct df_stream *s = cls;
    pthread_mutex_lock(&s->lock);
    ssize_t n = (ssize_t)ring_take(&s->down, to, room);
    if (n)
        pthread_cond_broadcast(&s->changed);
    else if (s->down_ended)
        n = s->down_broken ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    else
        suspend(s);
    pthread_mutex_unlock(&s->lock);
    return n;
}

struct MHD_Response *df_stream_response(struct df_exchange *x, int *ret_status)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    const struct df_reply_head *head = s->head;
    pthread_mutex_unlock(&s->lock);
    /* 304 has no body either, but the length it names is that of what was not sent (RFC 9110 section 8.6). */
    uint64_t length = head->status == MHD_HTTP_NO_CONTENT ? 0
                      : head->length >= 0                 ? (uint64_t)head->length
                                                          : MHD_SIZE_UNKNOWN;
    struct MHD_Response *response = MHD_create_response_from_callback(length, BLOCK_BYTES, read_down, s, NULL);
    for (size_t i = 0; response && i < head->n_headers; i++)
        df_response_put(response, head->headers[i].name.p, head->headers[i].value.p);
    *ret_status = head->status;
    return response;
}

bool df_stream_leave(struct df_exchange *x)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    s->gone = true;
    bool last = s->returned;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return last;
}

bool df_stream_return(struct df_exchange *x, bool whole)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    s->returned = s->down_ended = true;
    s->down_broken = !whole;
    bool last = s->gone;
    resume(s);
    pthread_mutex_unlock(&s->lock);
    return last;
}

bool df_stream_started(struct df_exchange *x)
{
    struct df_stream *s = x->stream;
    pthread_mutex_lock(&s->lock);
    bool started = s->head != NULL;
    pthread_mutex_unlock(&s->lock);
    return started;
}

static bool over(const struct df_stream *s)
{
    return s->gone || atomic_load(&s->server->stopping);
}

/* With the lock held; soon enough to see the server end. */
static void wait_a_little(struct df_stream *s)
{
    (void)df_cond_wait_until(&s->changed, &s->lock, df_monotonic_ms() + LOOK_MS);
}

static int socket_of(const struct df_stream *s)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(s->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* What the library does not look at while a connection is suspended. */
static bool hung_up(const struct df_stream *s)
{
    struct pollfd at = {.fd = socket_of(s), .events = POLLRDHUP};
    return poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* The client has ended in the middle of its body. The library may not have seen it, and would keep the connection for half a
 * minute; a socket that is shut down it sees. */
static bool cut_off(const struct df_stream *s)
{
    char byte;
    bool cut = s->up.n == 0 && !s->up_ended && recv(socket_of(s), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    if (cut)
        shutdown(socket_of(s), SHUT_RDWR);
    return cut;
}

bool df_request_gone(const struct df_request *request)
{
    struct df_stream *s = df_exchange_of(request)->stream;
    pthread_mutex_lock(&s->lock);
    bool gone = over(s) || (s->suspended && s->up_ended && hung_up(s));
    pthread_mutex_unlock(&s->lock);
    return gone;
}

long df_request_read(const struct df_request *request, char *to, size_t room)
{
    struct df_stream *s = df_exchange_of(request)->stream;
    pthread_mutex_lock(&s->lock);
    bool cut = false;
    while (s->up.n == 0 && !s->up_ended && !over(s) && !cut) {
        wait_a_little(s);
        cut = !over(s) && cut_off(s);
    }
    long n = cut || over(s) ? -1 : (long)ring_take(&s->up, to, room);
    if (n > 0 && !s->up_ended)
        resume(s);
    pthread_mutex_unlock(&s->lock);
    return n;
}

void df_request_drop_rest(const struct df_request *request)
{
    struct df_stream *s = df_exchange_of(request)->stream;
    pthread_mutex_lock(&s->lock);
    s->up_unwanted = true;
    if (!s->up_ended)
        resume(s);
    pthread_mutex_unlock(&s->lock);
}

size_t df_reply_head_room(const struct df_request *request)
{
    enum { OURS = 2048 };
    size_t used = request->method.n + request->target.n + OURS;
    for (size_t i = 0; i < request->n_headers; i++)
        used += request->headers[i].name.n + request->headers[i].value.n + DF_HEADER_CELL_BYTES;
    return used < DF_CONNECTION_MEMORY_BYTES ? DF_CONNECTION_MEMORY_BYTES - used : 0;
}

static struct df_param *copy_headers(const struct df_reply_head *head, struct df_arena *arena)
{
    struct df_param *headers = DF_NEW_ARRAY(arena, struct df_param, head->n_headers + 1);
    for (size_t i = 0; i < head->n_headers; i++)
        headers[i] = (struct df_param){df_arena_dup(arena, head->headers[i].name),
                                       df_arena_dup(arena, head->headers[i].value)};
    return headers;
}

bool df_reply_start(const struct df_request *request, const struct df_reply_head *head)
{
    struct df_stream *s = df_exchange_of(request)->stream;
    struct df_reply_head *copy = DF_NEW(request->arena, struct df_reply_head);
    *copy = *head;
    copy->headers = copy_headers(head, request->arena);
    pthread_mutex_lock(&s->lock);
    s->head = copy;
    resume(s);
    bool there = !over(s);
    pthread_mutex_unlock(&s->lock);
    return there;
}

/* Each KiB that the client takes buys it a second: one that sips holds no thread for long. */
static int64_t credited(int64_t moved_ms, size_t taken)
{
    int64_t now = df_monotonic_coarse_ms(), credit = moved_ms + (int64_t)(taken * 1000 / SIP_BYTES_PER_S);
    return credit < now ? credit : now;
}

bool df_reply_write(const struct df_request *request, const char *bytes, size_t n)
{
    struct df_stream *s = df_exchange_of(request)->stream;
    int64_t moved_ms = df_monotonic_coarse_ms();
    pthread_mutex_lock(&s->lock);
    while (n && !over(s) && df_monotonic_coarse_ms() - moved_ms < STALL_MS) {
        size_t taken = ring_put(&s->down, bytes, n);
        bytes += taken;
        n -= taken;
        if (taken) {
            moved_ms = credited(moved_ms, taken);
            resume(s);
        }
        if (n)
            wait_a_little(s);
    }
    pthread_mutex_unlock(&s->lock);
    return n == 0;
}
