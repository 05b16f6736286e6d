#include "base/crypto.h"
#include "base/log.h"
#include "base/time.h"
#include "base/wait.h"
#include "sandbox/call.h"

#include <stdlib.h>

enum { SENDERS = 2, WAITING = 20000, MESSAGE_BYTES = 1024 * 1024, UUID_BYTES = 16 };

/* One message on its way, which owns its arena. */
struct sending {
    struct df_sandbox *sandbox;
    struct df_arena *arena;
    struct df_str url, resource, body, signature, request_id;
    int64_t wait_ms;
    int times;
};

static struct df_str sign(struct df_str secret, struct df_str body, struct df_arena *arena)
{
    unsigned char mac[DF_SHA256_BYTES];
    df_hmac_sha256(secret, body, mac);
    return df_hex(mac, sizeof mac, arena);
}

static void post(const struct sending *s)
{
    struct df_error err;
    const struct df_param headers[] = {
        {DF_S("Request-ID"), s->request_id},
        {DF_S("Sentry-Hook-Resource"), s->resource},
        {DF_S("Sentry-Hook-Timestamp"), df_arena_printf(s->arena, "%lld", (long long)sandbox_now_ms() / 1000)},
        {DF_S("Sentry-Hook-Signature"), s->signature},
    };
    int status = s->sandbox->post(s->sandbox->post_arg, s->url, headers, sizeof headers / sizeof *headers, s->body,
                                  s->arena, &err);
    struct df_str came = status ? df_arena_printf(s->arena, "%d", status) : df_str_c(err.message);
    df_log(DF_LOG_INFO, "sandbox webhook", {"resource", s->resource}, {"answer", came});
    if (status >= 200 && status < 300) {
        pthread_mutex_lock(&s->sandbox->mutex);
        s->sandbox->hooks_taken++;
        pthread_mutex_unlock(&s->sandbox->mutex);
    }
}

static void send_job(void *arg)
{
    struct sending *s = arg;
    df_sleep_ms(s->wait_ms);
    for (int i = 0; i < s->times; i++)
        post(s);
    df_arena_free(s->arena);
}

/* The faults of "webhook": drop (never sent), drop_after (its answer is lost, so it is sent again), truncate (half the body under the
 * signature of the whole), empty (no signature), latency. */
static void apply(const struct sandbox_fault *fault, struct sending *s)
{
    s->times = fault->kind == SANDBOX_FAULT_DROP ? 0 : fault->kind == SANDBOX_FAULT_DROP_AFTER ? 2 : 1;
    if (fault->kind == SANDBOX_FAULT_LATENCY)
        s->wait_ms = fault->ms;
    if (fault->kind == SANDBOX_FAULT_TRUNCATE)
        s->body = df_str_n(s->body.p, s->body.n / 2);
    if (fault->kind == SANDBOX_FAULT_EMPTY)
        s->signature = DF_STR_NONE;
}

/* With the mutex held. */
static void submit(struct df_sandbox *sandbox, const char *resource, struct df_str body)
{
    struct df_arena *arena = df_arena_new();
    struct sending *s = DF_NEW(arena, struct sending);
    struct sandbox_fault fault = sandbox_fault_take(sandbox, SANDBOX_WEBHOOK);
    *s = (struct sending){
        .sandbox = sandbox,
        .arena = arena,
        .url = df_arena_dup(arena, sandbox->hook_url),
        .resource = df_str_c(resource),
        .body = df_arena_dup(arena, body),
        .request_id = df_random_hex(UUID_BYTES, arena),
    };
    s->signature = sign(sandbox->hook_secret, s->body, arena);
    apply(&fault, s);
    if (!df_pool_submit(sandbox->hook_senders, send_job, s))
        df_arena_free(arena);
}

/* {"action", "actor", "data": {...}, "installation"}: the caller writes what data holds. */
static void begin(struct sandbox_call *out, const struct sandbox_call *call, struct df_buf *body, const char *action)
{
    *out = *call;
    df_buf_init(body, call->arena, MESSAGE_BYTES);
    df_json_writer_init(&out->w, body, 0);
    df_json_open(&out->w, '{');
    df_json_kstr(&out->w, "action", df_str_c(action));
    df_json_kopen(&out->w, "actor", '{');
    df_json_kstr(&out->w, "type", DF_S("application"));
    df_json_kstr(&out->w, "id", DF_S("sentry"));
    df_json_kstr(&out->w, "name", DF_S("Sentry"));
    df_json_close(&out->w, '}');
    df_json_kopen(&out->w, "installation", '{');
    df_json_kstr(&out->w, "uuid", DF_S("a8e5d37a-696c-4c54-adb5-b3f28d64c7de"));
    df_json_close(&out->w, '}');
    df_json_kopen(&out->w, "data", '{');
}

static void finish(struct sandbox_call *out, struct df_buf *body, const char *resource)
{
    df_json_close(&out->w, '}');
    df_json_close(&out->w, '}');
    if (!body->overflow)
        submit(out->sandbox, resource, df_buf_str(body));
}

static void tell_issue(const struct sandbox_call *call, const struct sandbox_issue *issue, const char *action)
{
    struct sandbox_call out;
    struct df_buf body;
    begin(&out, call, &body, action);
    df_json_key(&out.w, DF_S("issue"));
    sandbox_put_issue(&out, issue, SANDBOX_ISSUE_PLAIN, NULL);
    finish(&out, &body, "issue");
}

/* In snake_case, as Sentry's alerts have it. */
static void put_snake_event(struct sandbox_call *out, const struct sandbox_event *event)
{
    const struct df_sandbox_event *e = &event->data;
    struct df_json_writer *w = &out->w;
    unsigned long long id = event->issue->id;
    df_json_kopen(w, "event", '{');
    df_json_kstr(w, "event_id", e->event_id);
    df_json_kstr(w, "issue_id", df_arena_printf(out->arena, "%llu", id));
    df_json_kstr(w, "issue_url", df_arena_printf(out->arena, "%.*s/api/0/issues/%llu/", DF_FMT(out->sandbox->url), id));
    df_json_kstr(w, "web_url",
                 df_arena_printf(out->arena, "%.*s/organizations/%.*s/issues/%llu/events/%.*s/",
                                 DF_FMT(out->sandbox->url), DF_FMT(out->sandbox->organization), id,
                                 DF_FMT(e->event_id)));
    df_json_kstr(w, "title", e->title);
    df_json_kstr(w, "culprit", e->culprit);
    df_json_kstr(w, "level", e->level);
    df_json_kstr(w, "platform", e->platform);
    df_json_kstr_or_null(w, "message", e->message);
    df_json_kint(w, "project", 1);
    df_json_kopen(w, "tags", '[');
    for (size_t i = 0; i < e->n_tags; i++) {
        df_json_open(w, '[');
        df_json_put_str(w, e->tags[i].key);
        df_json_put_str(w, e->tags[i].value);
        df_json_close(w, ']');
    }
    df_json_close(w, ']');
    df_json_close(w, '}');
}

static void tell_alert(const struct sandbox_call *call, const struct sandbox_event *event)
{
    struct sandbox_call out;
    struct df_buf body;
    begin(&out, call, &body, "triggered");
    put_snake_event(&out, event);
    df_json_kstr(&out.w, "triggered_rule", DF_S("A new issue or one that came back"));
    df_json_kopen(&out.w, "issue_alert", '{');
    df_json_kstr(&out.w, "title", DF_S("A new issue or one that came back"));
    df_json_close(&out.w, '}');
    finish(&out, &body, "event_alert");
}

void sandbox_hooks_event(struct sandbox_call *call, struct df_str event_id)
{
    struct df_sandbox *sandbox = call->sandbox;
    const struct sandbox_event *event = sandbox_store_event(&sandbox->store, NULL, event_id);
    if (!event)
        return;
    struct sandbox_issue *issue = event->issue;
    bool is_new = issue->count == 1;
    bool is_back = issue->substatus && strcmp(issue->substatus, "regressed") == 0 && !issue->told_back;
    issue->told_back = issue->substatus && strcmp(issue->substatus, "regressed") == 0;
    if (!sandbox->post || !sandbox->hook_url.n || (!is_new && !is_back))
        return;
    tell_issue(call, issue, is_new ? "created" : "unresolved");
    tell_alert(call, event);
}

static bool keep(struct df_str given, char *to, size_t room, struct df_str *ret)
{
    if (given.n >= room)
        return false;
    if (given.n)
        memcpy(to, given.p, given.n);
    to[given.n] = 0;
    *ret = df_str_n(to, given.n);
    return true;
}

void sandbox_hook_post(struct sandbox_call *call)
{
    struct df_sandbox *sandbox = call->sandbox;
    const struct df_json *body = NULL;
    struct df_url url;
    df_json_parse(call->arena, call->request->body, 0, &body, NULL);
    struct df_str at = df_json_get_str(body, "url"), secret = df_json_get_str(body, "secret");
    if ((at.n && !df_url_parse(at, call->arena, &url)) ||
        !keep(at, sandbox->hook_url_text, sizeof sandbox->hook_url_text, &sandbox->hook_url) ||
        (secret.n &&
         !keep(secret, sandbox->hook_secret_text, sizeof sandbox->hook_secret_text, &sandbox->hook_secret))) {
        sandbox_detail(call, 400, "url or secret is none.");
        return;
    }
    df_buf_put_c(&call->reply->body, "{}");
}

void sandbox_hooks_init(struct df_sandbox *sandbox, const struct df_sandbox_config *config)
{
    struct df_str url = df_str_c(config->webhook_url), secret = df_str_c(config->webhook_secret);
    sandbox->post = config->post;
    sandbox->post_arg = config->post_arg;
    sandbox->hook_senders = df_pool_new("df-hooks", SENDERS, WAITING);
    (void)keep(df_str_head(url, SANDBOX_HOOK_BYTES - 1), sandbox->hook_url_text, SANDBOX_HOOK_BYTES,
               &sandbox->hook_url);
    sandbox->first_hook_secret = secret.n ? df_arena_dup(sandbox->arena, df_str_head(secret, SANDBOX_HOOK_BYTES - 1))
                                          : df_random_hex(DF_SHA256_BYTES, sandbox->arena);
    (void)keep(sandbox->first_hook_secret, sandbox->hook_secret_text, SANDBOX_HOOK_BYTES, &sandbox->hook_secret);
}

void sandbox_hooks_done(struct df_sandbox *sandbox)
{
    df_pool_drain(sandbox->hook_senders);
    df_pool_free(sandbox->hook_senders);
}
