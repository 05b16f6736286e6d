#include "base/time.h"
#include "http/api.h"
#include "service/readiness.h"

enum df_code df_handle_health(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)err;
    const struct df_api *api = app;
    int64_t now = df_now_ms(api->d->clock);
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kstr(&w, "status", DF_S("ok"));
    df_json_kstr(&w, "timestamp", df_time_format_ms(now, request->arena));
    df_json_kint(&w, "uptime", (now - api->started_ms) / 1000);
    df_json_kstr(&w, "version", df_str_c(api->version));
    df_json_close(&w, '}');
    return DF_OK;
}

/* Without its shared part the cache still serves, and so does everything else, only slower. */
enum df_code df_handle_ready(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)err;
    const struct df_api *api = app;
    const struct df_ready_look look = df_readiness_look(api->readiness);
    bool ready = look.database == DF_OK;
    struct df_json_writer w = df_api_json(reply);
    reply->status = ready ? 200 : 503;
    df_json_open(&w, '{');
    df_json_kstr(&w, "status", ready ? DF_S("ready") : DF_S("not ready"));
    df_json_kopen(&w, "checks", '{');
    df_json_kstr(&w, "database", look.database == DF_OK ? DF_S("ok") : DF_S("failed"));
    df_json_kstr(&w, "cache", look.cache == DF_OK ? DF_S("ok") : DF_S("degraded"));
    df_json_kstr(&w, "limits", look.limits == DF_OK ? DF_S("ok") : DF_S("local"));
    df_json_close(&w, '}');
    /* They name hosts of the network behind us; the log has them for those elsewhere. */
    if (request->peer_is_loopback && (look.cache != DF_OK || look.limits != DF_OK)) {
        df_json_kopen(&w, "reasons", '{');
        if (look.cache != DF_OK)
            df_json_kstr(&w, "cache", df_str_c(look.cache_why.message));
        if (look.limits != DF_OK)
            df_json_kstr(&w, "limits", df_str_c(look.limits_why.message));
        df_json_close(&w, '}');
    }
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_openapi(void *app, const struct df_request *request, struct df_reply *reply,
                               struct df_error *err)
{
    (void)request;
    (void)err;
    const struct df_api *api = app;
    df_buf_put_str(&reply->body, api->openapi);
    return DF_OK;
}
