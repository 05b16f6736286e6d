#include "base/log.h"
#include "http/api.h"
#include "http/audit_note.h"
#include "http/page.h"
#include "service/oauth.h"

static void failure_page(struct df_reply *reply, const struct df_error *err, struct df_arena *arena)
{
    const struct df_str paragraphs[] = {
        df_arena_dup(arena, df_str_c(err->message)),
        DF_S("You can close this window and return to your terminal."),
    };
    if (err->retry_after_s)
        df_reply_header(reply, "Retry-After", df_arena_printf(arena, "%d", err->retry_after_s));
    df_page(reply, df_code_http_status(err->code), "OAuth Error - DevFlow", "Connection Failed", paragraphs, 2);
}

static bool is_https(const struct df_api *api)
{
    return df_str_istarts(api->d->api_url, DF_S("https://"));
}

/* SameSite=Lax: sent along when the provider redirects the browser back, and by nothing else across sites. */
static struct df_str flow_cookie(const struct df_api *api, struct df_str flow_id, struct df_secret value,
                                 struct df_arena *arena)
{
    return df_arena_printf(arena, "%.*s=%.*s; Path=%.*s/auth; Max-Age=%d; HttpOnly; SameSite=Lax%s",
                           DF_FMT(df_oauth_cookie_name(flow_id, arena)), DF_FMT(df_secret_reveal(value)),
                           DF_FMT(api->d->api_prefix), DF_FLOW_TTL_MS / 1000, is_https(api) ? "; Secure" : "");
}

static enum df_code start(const struct df_api *api, const struct df_request *request, struct df_reply *reply,
                          struct df_error *err)
{
    const struct df_provider *provider;
    struct df_str flow_id, url;
    struct df_secret cookie;
    DF_TRY(df_provider_find(api->d, request->params[0], &provider, err));
    DF_TRY(df_api_required_query(request, "flow", &flow_id, err));
    DF_TRY(df_oauth_start(api->d, provider, flow_id, request->arena, &url, &cookie, err));
    reply->status = 302;
    reply->content_type = "text/plain";
    df_reply_header(reply, "Location", url);
    df_reply_header(reply, "Set-Cookie", flow_cookie(api, flow_id, cookie, request->arena));
    df_reply_header(reply, "Referrer-Policy", DF_S("no-referrer"));
    return DF_OK;
}

enum df_code df_handle_start(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    /* A browser is asking: it gets a page, whatever happens. */
    if (start(app, request, reply, err) != DF_OK)
        failure_page(reply, err, request->arena);
    return DF_OK;
}

static struct df_str cookie_of(const void *request, struct df_str name)
{
    return df_request_cookie(request, name);
}

static enum df_code callback(const struct df_api *api, const struct df_request *request,
                             const struct df_provider **ret_provider, struct df_connection *ret, struct df_error *err)
{
    const struct df_callback call = {
        .state = df_request_query(request, "state"),
        .code = df_secret_of(df_request_query(request, "code")),
        .error = df_request_query(request, "error"),
        .iss = df_request_query(request, "iss"),
        .from_loopback = request->peer_is_loopback,
        .cookie = cookie_of,
        .cookie_arg = request,
    };
    DF_TRY(df_provider_find(api->d, request->params[0], ret_provider, err));
    return df_oauth_handle_callback(df_api_noting(api, request, "connection.connect"), *ret_provider, &call,
                                    request->arena, ret, err);
}

enum df_code df_handle_callback(void *app, const struct df_request *request, struct df_reply *reply,
                                struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_provider *provider = NULL;
    struct df_connection c;
    struct df_arena *arena = request->arena;
    enum df_code code = callback(api, request, &provider, &c, err);
    if (code != DF_OK) {
        df_log(DF_LOG_WARN, "connecting failed", {"requestId", request->request_id},
               {"code", df_str_c(df_code_name(code))}, {"message", df_str_c(err->message)});
        df_api_note_failed(api, request, "connection.connect", provider ? df_str_c(provider->name) : DF_STR_NONE, code);
        failure_page(reply, err, arena);
        return DF_OK;
    }
    df_log(DF_LOG_INFO, "connected", {"requestId", request->request_id}, {"project", c.project_id},
           {"provider", c.provider}, {"organization", c.user_id});
    const struct df_str paragraphs[] = {
        DF_S("OAuth connection established successfully."),
        df_arena_printf(arena, "Project %.*s %s %.*s.", DF_FMT(c.project_id),
                        provider->user.id ? "is connected as" : "reads the organisation", DF_FMT(c.user_id)),
        DF_S("You can close this window and return to your terminal."),
    };
    df_page(reply, 200, "OAuth Success - DevFlow", df_arena_printf(arena, "%s Connected!", provider->title).p,
            paragraphs, 3);
    return DF_OK;
}
