#include "service/webhooks.h"
#include "base/time.h"
#include "base/url.h"
#include "service/connection.h"

#include <stdio.h>

enum {
    SECRET_BYTES = 32,
    ID_BYTES = 8,
    OLD_SECRET_MS = 86400000,
    TIMEOUT_MS = 15 * 1000,
    BODY_LIMIT_BYTES = 16 * 1024,
};
#define PREFIX "whsec_"
/* Where a provider's name stands in the associated data of other sealed values. */
#define PLACE DF_S("WEBHOOK")

static struct df_secret new_secret(struct df_arena *arena)
{
    char bytes[SECRET_BYTES];
    df_random(bytes, sizeof bytes);
    struct df_str text = df_base64(df_str_n(bytes, sizeof bytes), arena);
    explicit_bzero(bytes, sizeof bytes);
    return df_secret_of(df_arena_printf(arena, PREFIX "%.*s", DF_FMT(text)));
}

static const char SECRET[] = "secret", OLD_SECRET[] = "old_secret";

static struct df_str seal(const struct df_devflow *d, const struct df_webhook *w, const char *field,
                          struct df_secret secret, struct df_arena *arena)
{
    return df_sealed(d, w->project_id, PLACE, df_sealed_field(field, w->id, arena), secret, arena);
}

static enum df_code unseal(const struct df_devflow *d, const struct df_webhook *w, const char *field,
                           struct df_str sealed, struct df_arena *arena, struct df_secret *ret, struct df_error *err)
{
    return df_unsealed(d, w->project_id, PLACE, df_sealed_field(field, w->id, arena), sealed, arena, ret, err);
}

/* This machine's own, while it is a developer's; in production other things listen there than receivers. */
static bool is_ours(const struct df_devflow *d, const struct df_url *url)
{
    return !d->production && df_host_is_loopback(url->host);
}

static enum df_code check_url(const struct df_devflow *d, struct df_str text, struct df_arena *arena,
                              struct df_error *err)
{
    struct df_url url;
    if (!df_url_parse(text, arena, &url) || url.user.n || url.fragment.n)
        return df_fail(err, DF_ERR_INVALID,
                       "url must be where messages go, such as https://example.com/devflow, without "
                       "user or fragment");
    if (df_str_is(url.scheme, "http") && !is_ours(d, &url))
        return df_fail(err, DF_ERR_INVALID, "url must be https%s",
                       d->production ? "" : ": plain http is taken for this machine only");
    return DF_OK;
}

enum df_code df_webhooks_add(const struct df_devflow *d, struct df_str project_id, struct df_str url,
                             const struct df_str_list *events, struct df_arena *arena, struct df_webhook *ret,
                             struct df_secret *ret_secret, struct df_error *err)
{
    struct df_secret secret = new_secret(arena);
    struct df_webhook w = {
        .id = df_arena_printf(arena, "wh_%.*s", DF_FMT(df_random_hex(ID_BYTES, arena))),
        .project_id = project_id,
        .url = df_str_trim(url),
        .created_ms = df_now_ms(d->clock),
    };
    DF_TRY(check_url(d, w.url, arena, err));
    DF_TRY(df_webhook_events_check(events->items, events->n, err));
    w.events = df_scopes_join(events->items, events->n, arena);
    w.sealed_secret = seal(d, &w, SECRET, secret, arena);
    DF_TRY(d->store->ops->webhook_add(d->store, &w, DF_WEBHOOKS_MOST, err));
    *ret = w;
    *ret_secret = secret;
    return DF_OK;
}

enum df_code df_webhooks_rotate(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                                struct df_arena *arena, struct df_webhook *ret, struct df_secret *ret_secret,
                                struct df_error *err)
{
    struct df_webhook w;
    struct df_secret secret = new_secret(arena), old;
    DF_TRY(d->store->ops->webhook_find(d->store, project_id, id, arena, &w, err));
    /* A damaged one is what rotating mends. */
    bool readable = unseal(d, &w, SECRET, w.sealed_secret, arena, &old, NULL) == DF_OK;
    w.sealed_old_secret = readable ? seal(d, &w, OLD_SECRET, old, arena) : DF_STR_NONE;
    w.old_until_ms = df_now_ms(d->clock) + OLD_SECRET_MS;
    w.sealed_secret = seal(d, &w, SECRET, secret, arena);
    w.disabled = DF_STR_NONE;
    DF_TRY(d->store->ops->webhook_set(d->store, &w, err));
    *ret = w;
    *ret_secret = secret;
    return DF_OK;
}

enum df_code df_webhooks_test(const struct df_devflow *d, struct df_str project_id, struct df_str id,
                              struct df_arena *arena, struct df_str *ret_delivery_id, struct df_error *err)
{
    struct df_webhook w;
    DF_TRY(d->store->ops->webhook_find(d->store, project_id, id, arena, &w, err));
    int64_t now = df_now_ms(d->clock);
    struct df_delivery delivery = {
        .id = df_arena_printf(arena, "msg_%.*s", DF_FMT(df_random_hex(2 * ID_BYTES, arena))),
        .webhook_id = w.id,
        .project_id = project_id,
        .type = DF_S(DF_EVENT_TEST),
        .reason = DF_S("asked for by hand"),
        .url = w.url,
        .sealed_secret = w.sealed_secret,
        .created_ms = now,
        .due_ms = now,
    };
    DF_TRY(d->store->ops->outbox_put(d->store, &delivery, err));
    *ret_delivery_id = delivery.id;
    return DF_OK;
}

/* What the receiver's user should do now, a command; empty for nothing. */
static struct df_str next_step(const struct df_devflow *d, const struct df_delivery *m, struct df_arena *arena)
{
    const struct df_provider *provider;
    struct df_oauth_app app = {.flow_type = DF_STR_NONE};
    if (df_str_is(m->type, DF_EVENT_FAILING))
        return df_arena_printf(arena, "devflow oauth:status --project %.*s", DF_FMT(m->project_id));
    if ((!df_str_is(m->type, DF_EVENT_RECONNECT) && !df_str_is(m->type, DF_EVENT_DISCONNECTED)) ||
        df_provider_find(d, m->provider, &provider, NULL) != DF_OK)
        return DF_STR_NONE;
    (void)d->store->ops->app_find(d->store, m->project_id, m->provider, arena, &app, NULL);
    return df_connection_command(provider, app.flow_type, m->project_id, arena);
}

static struct df_str body_of(const struct df_devflow *d, const struct df_delivery *m, struct df_arena *arena)
{
    struct df_buf body;
    struct df_json_writer w;
    df_buf_init(&body, arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&w, &body, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "id", m->id);
    df_json_kstr(&w, "type", m->type);
    df_json_kstr(&w, "createdAt", df_time_format_ms(m->created_ms, arena));
    df_json_kstr(&w, "projectId", m->project_id);
    df_json_kstr_or_null(&w, "provider", m->provider);
    df_json_kstr_or_null(&w, "connectionId", m->connection_id);
    df_json_kstr_or_null(&w, "reason", m->reason);
    df_json_kstr_or_null(&w, "nextStep", next_step(d, m, arena));
    df_json_close(&w, '}');
    return df_buf_str(&body);
}

static enum df_code sign(const struct df_devflow *d, const struct df_webhook *w, const char *field,
                         struct df_str sealed, struct df_str signed_text, struct df_arena *arena, struct df_str *ret,
                         struct df_error *err)
{
    struct df_secret secret;
    struct df_str key;
    unsigned char mac[DF_SHA256_BYTES];
    DF_TRY(unseal(d, w, field, sealed, arena, &secret, err));
    struct df_str text = df_secret_reveal(secret);
    if (!df_str_starts(text, DF_S(PREFIX)) || !df_base64_decode(df_str_from(text, sizeof PREFIX - 1), arena, &key))
        return df_fail(err, DF_ERR_DECRYPT, "the webhook's secret is damaged: rotate it (devflow webhook:rotate)");
    df_hmac_sha256(key, signed_text, mac);
    *ret = df_arena_printf(arena, "v1,%.*s", DF_FMT(df_base64(df_str_n((const char *)mac, sizeof mac), arena)));
    return DF_OK;
}

/* One request whose answer's body is of no interest: the head ends it. */
struct posting {
    struct df_str left; /* of the body */
    const struct df_clock *clock;
    int64_t deadline_ms;
    int status;
};

static long read_body(void *arg, char *to, size_t room)
{
    struct posting *p = arg;
    size_t n = p->left.n < room ? p->left.n : room;
    if (n)
        memcpy(to, p->left.p, n);
    p->left = df_str_from(p->left, n);
    return (long)n;
}

static bool take_head(void *arg, const struct df_http_answer *head)
{
    ((struct posting *)arg)->status = head->status;
    return false;
}

static bool no_body(void *arg, const char *bytes, size_t n)
{
    (void)arg, (void)bytes, (void)n;
    return false;
}

static bool too_late(void *arg)
{
    const struct posting *p = arg;
    return df_now_ms(p->clock) >= p->deadline_ms;
}

/* To a private address only where the URL itself names this machine, or the operator allows it: a name must not lead a message
 * into the network DevFlow stands in. */
static enum df_code post(const struct df_devflow *d, struct df_str url_text, const struct df_param *headers,
                         size_t n_headers, struct df_str body, struct df_arena *arena, int *ret_status,
                         struct df_error *err)
{
    struct df_url url;
    bool local = df_url_parse(url_text, arena, &url) && is_ours(d, &url);
    struct posting posting = {.left = body, .clock = d->clock, .deadline_ms = df_now_ms(d->clock) + TIMEOUT_MS};
    const struct df_http_request request = {
        .method = "POST",
        .url = url_text,
        .headers = headers,
        .n_headers = n_headers,
        .content_type = DF_S("application/json"),
        .timeout_ms = TIMEOUT_MS,
        .counted_as = "webhook",
        .cancelled = too_late,
        .cancelled_arg = &posting,
    };
    const struct df_http_stream stream = {
        .read = read_body,
        .length = (int64_t)body.n,
        .head = take_head,
        .write = no_body,
        .arg = &posting,
        .public_only = !local && !(d->switches && d->switches->allow_private_webhooks),
    };
    enum df_code code = d->http->ops->stream(d->http, &request, &stream, arena, err);
    *ret_status = posting.status;
    if (posting.status)
        return DF_OK;
    if (code == DF_ERR_ADDRESS)
        return df_fail(err, DF_ERR_ADDRESS,
                       "the URL leads to a private address; WEBHOOKS_ALLOW_PRIVATE=true allows that");
    if (code == DF_ERR_INTERRUPTED)
        return df_fail(err, DF_ERR_PROVIDER_TIMEOUT, "the endpoint did not answer in %d s", TIMEOUT_MS / 1000);
    return code;
}

/* Signed anew at each attempt, so that a receiver may refuse old time stamps. */
static enum df_code send_message(const struct df_devflow *d, const struct df_webhook *w, const struct df_delivery *m,
                                 struct df_arena *arena, int *ret_status, struct df_error *err)
{
    struct df_str body = body_of(d, m, arena), signature, old;
    int64_t now = df_now_ms(d->clock);
    struct df_str timestamp = df_arena_printf(arena, "%lld", (long long)(now / 1000));
    struct df_str text = df_arena_printf(arena, "%.*s.%.*s.%.*s", DF_FMT(m->id), DF_FMT(timestamp), DF_FMT(body));
    DF_TRY(sign(d, w, SECRET, w->sealed_secret, text, arena, &signature, err));
    if (w->sealed_old_secret.n && now < w->old_until_ms) {
        DF_TRY(sign(d, w, OLD_SECRET, w->sealed_old_secret, text, arena, &old, err));
        signature = df_arena_printf(arena, "%.*s %.*s", DF_FMT(signature), DF_FMT(old));
    }
    const struct df_param headers[] = {
        {DF_S("webhook-id"), m->id},
        {DF_S("webhook-timestamp"), timestamp},
        {DF_S("webhook-signature"), signature},
    };
    DF_TRY(post(d, w->url, headers, sizeof headers / sizeof *headers, body, arena, ret_status, err));
    if (*ret_status >= 200 && *ret_status < 300)
        return DF_OK;
    return df_fail(err, DF_ERR_PROVIDER, "the endpoint answered %d", *ret_status);
}

static void give_up(struct df_delivery *m, struct df_str why)
{
    m->status = DF_DELIVERY_GIVEN_UP;
    m->due_ms = 0;
    m->error = why;
}

static void failed(const struct df_devflow *d, const struct df_webhook *w, struct df_delivery *m, int status,
                   struct df_str why)
{
    int64_t pause = df_webhook_pause_ms(m->attempts, df_random_u32());
    m->error = why;
    m->due_ms = df_now_ms(d->clock) + pause;
    if (pause < 0)
        give_up(m, why);
    if (status != 410) /* Gone: the receiver asks not to be called again */
        return;
    give_up(m, why);
    /* When this fails, the next message finds it out again. */
    (void)d->store->ops->webhook_disable(d->store, w->project_id, w->id, DF_S("the endpoint answered 410 (Gone)"),
                                         NULL);
}

/* The process ends, and knows no outcome: it is another's turn at once. */
static void hand_back(const struct df_devflow *d, struct df_delivery *m)
{
    m->attempts--;
    m->due_ms = df_now_ms(d->clock);
    m->error = DF_S("DevFlow stopped while it was sent");
}

enum df_code df_webhooks_deliver(const struct df_devflow *d, struct df_delivery *m, int64_t claimed_until_ms,
                                 struct df_arena *arena, struct df_error *err)
{
    int status = 0;
    struct df_error why = {0};
    /* As the message was written, when the project and its endpoint are gone since. */
    struct df_webhook w = {
        .id = m->webhook_id, .project_id = m->project_id, .url = m->url, .sealed_secret = m->sealed_secret};
    enum df_code found = d->store->ops->webhook_find(d->store, m->project_id, m->webhook_id, arena, &w, err);
    if (found != DF_OK && found != DF_ERR_WEBHOOK)
        return found;
    m->attempts++;
    m->status = DF_DELIVERY_DONE;
    m->error = DF_STR_NONE;
    if (w.disabled.n)
        give_up(m, w.disabled);
    else if (send_message(d, &w, m, arena, &status, &why) == DF_OK)
        m->due_ms = 0;
    else if (why.code == DF_ERR_BUSY) /* which the HTTP client alone says, when it has hung up */
        hand_back(d, m);
    else
        failed(d, &w, m, status, df_arena_dup(arena, df_str_c(why.message)));
    m->ended_ms = m->due_ms == 0 ? df_now_ms(d->clock) : 0;
    if (m->due_ms)
        m->status = DF_DELIVERY_PENDING;
    return d->store->ops->outbox_end(d->store, m, claimed_until_ms, err);
}
