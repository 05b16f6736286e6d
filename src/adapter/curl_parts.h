/* What the two ways of asking share, in pieces and whole: the kept handles, headers, limits, reasons. For curl_*.c alone. */
#ifndef DF_ADAPTER_CURL_PARTS_H
#define DF_ADAPTER_CURL_PARTS_H

#include "base/fatal.h"
#include "port/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

enum { DF_CURL_IDLE_HANDLES = 16, DF_CURL_IDLE_MULTIS = 4, DF_CURL_TIMEOUT_MS = 30000 };

struct df_curl_client {
    struct df_http_client base;
    char *user_agent;
    atomic_bool hung_up;
    pthread_mutex_t lock;
    CURL *idle[DF_CURL_IDLE_HANDLES]; /* the last one put back is taken first: its connections are the warmest */
    size_t n_idle;
    CURLM *idle_multis[DF_CURL_IDLE_MULTIS];
    size_t n_idle_multis;
};

/* An option that is silently missing for want of memory would send another request than was asked for. */
#define df_curl_set(curl, option, value) \
    (curl_easy_setopt((curl), option, (value)) == CURLE_OUT_OF_MEMORY ? df_out_of_memory() : (void)0)

/* A handle with nothing set but what holds for every request. */
CURL *df_curl_take(struct df_curl_client *client);
void df_curl_put_back(struct df_curl_client *client, CURL *curl);

/* The answer's head as it comes. */
struct df_curl_head {
    struct df_arena *arena;
    struct df_param *headers;
    size_t n_headers, bytes;
};
struct df_curl_head df_curl_head_new(struct df_arena *arena);
/* One line of it; false when there are too many. */
bool df_curl_head_line(struct df_curl_head *head, struct df_str line);

/* The URL checked, its host and port as messages name them, the header lines in libcurl's form. */
enum df_code df_curl_prepare(const struct df_http_request *request, struct df_arena *arena, struct df_str *ret_host,
                             struct curl_slist **ret_headers, struct df_error *err);
/* After an exchange, for the metrics: its answer or the lack of one, its time, what it says of a rate limit. */
void df_curl_count(const struct df_http_request *request, CURL *curl, CURLcode code, const struct df_curl_head *head);
enum df_code df_curl_hung_up(struct df_str host, struct df_error *err);
enum df_code df_curl_failed(CURLcode code, struct df_str host, struct df_error *err);

/* Where a request may lead, by the address that its name led to. Link-local addresses are refused whatever was asked for. */
struct df_curl_aim {
    bool public_only;
    bool refused; /* it was */
};
/* Has libcurl ask before it connects; `aim` must outlive the transfer. */
void df_curl_set_aim(CURL *curl, struct df_curl_aim *aim);
/* DF_ERR_ADDRESS. */
enum df_code df_curl_aim_refused(struct df_str host, struct df_error *err);

/* One exchange whose answer is read whole. */
struct df_curl_exchange {
    struct df_curl_client *client;
    const struct df_http_request *request;
    struct df_arena *arena;
    struct df_str host;
    struct df_buf body;
    struct df_curl_head head;
    struct df_curl_aim aim;
    bool too_many_headers, cancelled;
};
/* A handle ready to perform, that writes into *x; NULL with *err. It goes back by df_curl_exchange_end. */
CURL *df_curl_exchange_begin(struct df_curl_client *client, const struct df_http_request *request,
                             struct df_arena *arena, struct df_curl_exchange *x, struct df_error *err);
enum df_code df_curl_exchange_end(struct df_curl_exchange *x, CURL *curl, CURLcode code, struct df_http_answer *ret,
                                  struct df_error *err);

void df_curl_send_all(struct df_http_client *base, const struct df_http_request *requests, size_t n,
                      struct df_arena *arena, struct df_http_result *ret);

enum df_code df_curl_stream(struct df_http_client *base, const struct df_http_request *request,
                            const struct df_http_stream *stream, struct df_arena *arena, struct df_error *err);

#endif
