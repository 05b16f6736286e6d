/* The program's own server, with what it puts in its libraries' place, the API's guard and log, and one route that answers from
 * memory: what resolving a token is measured beside.
 * usage: static_server PORT PATH BODY; answers POST /api/v1PATH with BODY; ends with SIGTERM. */
#include "adapter/system_clock.h"
#include "app/signals.h"
#include "base/log.h"
#include "http/api.h"
#include "http/route_metrics.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

struct bench {
    struct df_api api; /* first: the API's guard and log are given this as theirs */
    struct df_devflow d;
    struct df_str body;
};

static enum df_code answer(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    const struct bench *b = app;
    (void)request, (void)err;
    df_buf_put_str(&reply->body, b->body);
    return DF_OK;
}

static bool answer_quickly(void *app, const struct df_request *request, struct df_reply *reply)
{
    return answer(app, request, reply, NULL) == DF_OK;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct bench b = {.d = {.clock = &df_system_clock, .api_url = DF_S("http://localhost:3001")},
                      .body = df_str_c(argv[3])};
    const struct df_route route = {"POST", argv[2], DF_WAIT_NOTHING, answer, false, answer_quickly};
    struct df_server *server;
    struct df_error err;
    mallopt(M_ARENA_MAX, 2);        /* as devflow serve does */
    df_log_set_format(DF_LOG_JSON); /* this too */
    df_signals_hold();
    b.api.d = &b.d;
    b.api.access_log = df_access_log_new();
    b.api.route_metrics = df_route_metrics_new(&route, 1);
    struct df_server_config config = df_api_server_config(&b.api);
    config.host = "127.0.0.1";
    config.port = (int)strtoul(argv[1], NULL, 10);
    config.prefix = "/api/v1";
    config.admit = NULL; /* no keys and no limits: they count as resolving's own */
    config.limit = NULL;
    config.routes = &route;
    config.n_routes = 1;
    config.limits = (struct df_server_limits){.connections = 4096, .head_ms = 10 * 1000, .body_ms = 30 * 1000};
    if (df_server_start(&config, &server, &err) != DF_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    df_signals_wait();
    df_server_stop(server, 1000);
    df_route_metrics_free(b.api.route_metrics);
    df_access_log_free(b.api.access_log);
    return 0;
}
