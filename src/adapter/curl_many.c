#include "adapter/curl_parts.h"
#include "base/fatal.h"

enum { POLL_MS = 1000, CANCEL_POLL_MS = 50 };

struct many {
    CURLM *multi;
    struct df_curl_exchange *exchanges;
    CURL **handles; /* NULL: it has ended */
    struct df_http_result *results;
    size_t n, left;
};

/* A multi handle keeps its own connections, so one that is warm is worth keeping. */
static CURLM *take_multi(struct df_curl_client *client)
{
    pthread_mutex_lock(&client->lock);
    CURLM *multi = client->n_idle_multis ? client->idle_multis[--client->n_idle_multis] : NULL;
    pthread_mutex_unlock(&client->lock);
    if (!multi)
        multi = curl_multi_init();
    if (!multi)
        df_out_of_memory();
    return multi;
}

static void put_back_multi(struct df_curl_client *client, CURLM *multi)
{
    pthread_mutex_lock(&client->lock);
    bool kept = client->n_idle_multis < DF_CURL_IDLE_MULTIS;
    if (kept)
        client->idle_multis[client->n_idle_multis++] = multi;
    pthread_mutex_unlock(&client->lock);
    if (!kept)
        curl_multi_cleanup(multi);
}

static void end(struct many *m, size_t i, CURLcode code)
{
    struct df_http_result *r = &m->results[i];
    curl_multi_remove_handle(m->multi, m->handles[i]);
    r->code = df_curl_exchange_end(&m->exchanges[i], m->handles[i], code, &r->answer, &r->err);
    m->handles[i] = NULL;
    m->left--;
}

static void end_those_done(struct many *m)
{
    int queued;
    for (CURLMsg *message; (message = curl_multi_info_read(m->multi, &queued)) != NULL;) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *curl = message->easy_handle;
        CURLcode code = message->data.result;
        for (size_t i = 0; i < m->n; i++)
            if (m->handles[i] == curl) {
                end(m, i, code);
                break;
            }
    }
}

static void run(struct many *m, int poll_ms)
{
    while (m->left) {
        int running;
        CURLMcode code = curl_multi_perform(m->multi, &running);
        end_those_done(m);
        if (code == CURLM_OK && m->left)
            code = curl_multi_poll(m->multi, NULL, 0, poll_ms, NULL);
        for (size_t i = 0; code != CURLM_OK && i < m->n; i++)
            if (m->handles[i])
                end(m, i, CURLE_FAILED_INIT);
    }
}

void df_curl_send_all(struct df_http_client *base, const struct df_http_request *requests, size_t n,
                      struct df_arena *arena, struct df_http_result *ret)
{
    struct df_curl_client *client = (struct df_curl_client *)base;
    struct many m = {
        .multi = take_multi(client),
        .exchanges = DF_NEW_ARRAY(arena, struct df_curl_exchange, n),
        .handles = DF_NEW_ARRAY(arena, CURL *, n),
        .results = ret,
        .n = n,
    };
    int poll_ms = POLL_MS;
    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct df_http_result){.code = DF_ERR_PROVIDER};
        m.handles[i] = df_curl_exchange_begin(client, &requests[i], arena, &m.exchanges[i], &ret[i].err);
        if (!m.handles[i])
            continue;
        m.left++;
        if (requests[i].cancelled)
            poll_ms = CANCEL_POLL_MS;
        curl_multi_add_handle(m.multi, m.handles[i]);
    }
    run(&m, poll_ms);
    put_back_multi(client, m.multi);
}
