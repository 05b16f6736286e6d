#include "sandbox/sandbox.h"

#include "base/log.h"
#include "sandbox/call.h"

enum { BODY_LIMIT_BYTES = 20 * 1024 * 1024, DRAIN_MS = 2000, SLUG_MAX = 50 };

static const long long ttl_default_s = 30LL * 24 * 3600, ttl_max_s = 366LL * 24 * 3600;

static struct sandbox_call call_of(struct df_sandbox *sandbox, const struct df_request *request, struct df_reply *reply)
{
    struct sandbox_call call = {sandbox, request, reply, request->arena, {0}, sandbox_now_ms()};
    df_json_writer_init(&call.w, &reply->body, 0);
    return call;
}

/* True when the token may; else the answer is Sentry's. */
static bool permitted(struct sandbox_call *call, const char *scope)
{
    struct df_str header = df_request_header(call->request, "Authorization");
    oauth_scopes scopes = 0;
    if (!df_str_istarts(header, DF_S("Bearer "))) {
        sandbox_detail(call, 401, "Authentication credentials were not provided.");
        return false;
    }
    struct df_str token = df_str_trim(df_str_from(header, 7));
    enum oauth_verdict verdict = oauth_access(&call->sandbox->oauth, token, call->now_ms, &scopes);
    if (verdict != OAUTH_VALID)
        sandbox_detail(call, 401, verdict == OAUTH_EXPIRED ? "Token expired" : "Invalid token");
    else if (*scope && !oauth_scopes_allow(scopes, df_str_c(scope)))
        sandbox_detail(call, 403, "You do not have permission to perform this action.");
    else
        return true;
    return false;
}

static void answer(struct sandbox_call *call, const struct sandbox_endpoint *endpoint)
{
    if (!endpoint->scope || permitted(call, endpoint->scope))
        endpoint->run(call);
}

static struct sandbox_fault next_fault(struct sandbox_call *call, const struct sandbox_endpoint *endpoint)
{
    struct df_sandbox *sandbox = call->sandbox;
    pthread_mutex_lock(&sandbox->mutex);
    sandbox->api_calls += endpoint->place == SANDBOX_API;
    struct sandbox_fault fault = sandbox_fault_take(sandbox, endpoint->place);
    pthread_mutex_unlock(&sandbox->mutex);
    return fault;
}

static enum df_code serve(void *app, const struct df_request *request, struct df_reply *reply, struct df_error *err)
{
    (void)err;
    struct df_sandbox *sandbox = app;
    struct sandbox_call call = call_of(sandbox, request, reply);
    const struct sandbox_endpoint *endpoint = &sandbox_endpoints[request->route - sandbox->routes];
    struct sandbox_fault fault = next_fault(&call, endpoint);
    if (endpoint->place == SANDBOX_API && fault.kind != SANDBOX_FAULT_RATE_LIMIT)
        sandbox_rate_limit_headers(&call, 39);
    if (sandbox_fault_before(&call, &fault))
        return DF_OK;
    if (!endpoint->unlocked)
        pthread_mutex_lock(&sandbox->mutex);
    call.now_ms = sandbox_now_ms(); /* after any latency and any wait for the mutex: times never go back */
    answer(&call, endpoint);
    if (!endpoint->unlocked)
        pthread_mutex_unlock(&sandbox->mutex);
    sandbox_fault_after(&call, &fault);
    return DF_OK;
}

static bool fits(struct df_str pattern, struct df_str path)
{
    struct df_str want = DF_STR_NONE, part = DF_STR_NONE;
    for (;;) {
        bool more_pattern = df_str_split(&pattern, '/', &want), more_path = df_str_split(&path, '/', &part);
        if (!more_pattern || !more_path)
            return more_pattern == more_path;
        if (want.n && want.p[0] == ':' ? part.n == 0 : !df_str_eq(want, part))
            return false;
    }
}

/* Django's APPEND_SLASH: where only the slash at the end is missing, the browser is sent on, whatever the method; a POST
 * loses its body on the way. */
static bool append_slash(struct sandbox_call *call)
{
    struct df_str query = call->request->target, path = DF_STR_NONE;
    df_str_split(&query, '?', &path);
    struct df_str slashed = df_arena_printf(call->arena, "%.*s/", DF_FMT(path));
    for (size_t i = 0; i < sandbox_n_endpoints; i++) {
        if (!fits(df_str_c(sandbox_endpoints[i].path), slashed))
            continue;
        sandbox_redirect(
            call, df_arena_printf(call->arena, "%.*s%s%.*s", DF_FMT(slashed), query.n ? "?" : "", DF_FMT(query)));
        call->reply->status = 301;
        return true;
    }
    return false;
}

static void render_error(void *app, const struct df_request *request, const struct df_error *err,
                         struct df_reply *reply)
{
    struct sandbox_call call = call_of(app, request, reply);
    if (err->code == DF_ERR_ROUTE && append_slash(&call))
        return;
    if (err->code == DF_ERR_ROUTE && !df_str_starts(request->target, DF_S("/api/0/"))) {
        sandbox_page(&call, 404, "Page Not Found", DF_S("<p>The page you are looking for was not found.</p>"),
                     "default-src 'none'");
        return;
    }
    if (df_str_starts(request->target, DF_S("/api/0/")))
        sandbox_rate_limit_headers(&call, 39);
    if (err->code == DF_ERR_ROUTE) {
        sandbox_not_found(&call);
        return;
    }
    if (err->code == DF_ERR_METHOD) {
        const char *text = df_arena_cstr(call.arena, df_arena_printf(call.arena, "Method \"%.*s\" not allowed.",
                                                                     DF_FMT(df_str_head(request->method, 16))));
        sandbox_detail(&call, 405, text);
        return;
    }
    sandbox_detail(&call, df_code_http_status(err->code), err->message);
}

/* Without the query, which may hold codes. */
static void answered(void *app, const struct df_request *request, int status, int64_t micros)
{
    (void)app;
    (void)micros;
    df_log(DF_LOG_INFO, "sandbox", {"method", request->method}, {"path", request->path},
           {"status", df_arena_printf(request->arena, "%d", status)});
}

static bool is_slug(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') || text[i] == '-' ||
              text[i] == '_'))
            return false;
    return n > 0 && n <= SLUG_MAX;
}

static enum df_code check(const struct df_sandbox_config *config, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_url url;
    if ((config->organization && !is_slug(config->organization)) || (config->project && !is_slug(config->project)))
        return df_fail(err, DF_ERR_INVALID, "a slug has 1 to %d of a-z, 0-9, '-' and '_'", SLUG_MAX);
    if (config->port < 0 || config->port > 65535)
        return df_fail(err, DF_ERR_INVALID, "the port must be between 0 and 65535");
    if (config->token_ttl_s < 0 || config->token_ttl_s > ttl_max_s)
        return df_fail(err, DF_ERR_INVALID, "the tokens' lifetime must be between 1 and %lld seconds", ttl_max_s);
    if ((config->client_id && !*config->client_id) || (config->client_secret && !*config->client_secret))
        return df_fail(err, DF_ERR_INVALID, "the client ID and secret must not be empty");
    if (config->redirect_uri && !df_url_parse(df_str_c(config->redirect_uri), arena, &url))
        return df_fail(err, DF_ERR_INVALID, "the redirect URI must be an absolute http or https URL");
    return DF_OK;
}

static struct df_str given(struct df_arena *arena, const char *text, struct df_str otherwise)
{
    return text ? df_str_c(df_arena_cstr(arena, df_str_c(text))) : otherwise;
}

/* The callback of DevFlow's Linear beside that of its Sentry. */
static struct df_str linear_redirect(const struct df_sandbox *sandbox)
{
    struct df_str uri = sandbox->oauth.redirect_uri;
    long at = df_str_find(uri, DF_S("/auth/sentry/"));
    if (at < 0)
        return uri;
    return df_arena_printf(sandbox->arena, "%.*s/auth/linear/%.*s", DF_FMT(df_str_n(uri.p, (size_t)at)),
                           DF_FMT(df_str_from(uri, (size_t)at + sizeof "/auth/sentry/" - 1)));
}

static struct df_sandbox *sandbox_new(const struct df_sandbox_config *config)
{
    struct df_arena *arena = df_arena_new();
    struct df_sandbox *sandbox = DF_NEW(arena, struct df_sandbox);
    enum { CREDENTIAL_BYTES = 32, KEY_BYTES = 16 };
    sandbox->arena = arena;
    sandbox->started_ms = sandbox_now_ms();
    sandbox->no_organizations = config->no_organizations;
    sandbox->organization = given(arena, config->organization, DF_S("sandbox"));
    sandbox->project = given(arena, config->project, DF_S("shop"));
    sandbox->public_key = df_random_hex(KEY_BYTES, arena);
    sandbox->oauth.client_id = given(arena, config->client_id, df_random_hex(CREDENTIAL_BYTES, arena));
    sandbox->oauth.client_secret = given(arena, config->client_secret, df_random_hex(CREDENTIAL_BYTES, arena));
    sandbox->oauth.redirect_uri = given(arena, config->redirect_uri, DF_S(DF_SANDBOX_REDIRECT_URI));
    sandbox->oauth.ttl_ms = (config->token_ttl_s ? config->token_ttl_s : ttl_default_s) * 1000;
    sandbox_oauth_init(&sandbox->oauth);
    linear_init(&sandbox->linear, arena, &sandbox->oauth, sandbox->started_ms);
    sandbox->linear.oauth.redirect_uri = linear_redirect(sandbox);
    sandbox_hooks_init(sandbox, config);
    sandbox_store_init(&sandbox->store, df_arena_cstr(arena, sandbox->project));
    pthread_mutex_init(&sandbox->mutex, NULL);
    return sandbox;
}

static void sandbox_free(struct df_sandbox *sandbox)
{
    sandbox_hooks_done(sandbox);
    sandbox_store_done(&sandbox->store);
    sandbox_oauth_done(&sandbox->oauth);
    linear_done(&sandbox->linear);
    pthread_mutex_destroy(&sandbox->mutex);
    df_arena_free(sandbox->arena);
}

static void add_routes(struct df_sandbox *sandbox)
{
    for (size_t i = 0; i < sandbox_n_endpoints; i++) {
        const struct sandbox_endpoint *endpoint = &sandbox_endpoints[i];
        enum df_wait wait = endpoint->place == SANDBOX_CONTROL ? DF_WAIT_NOTHING : DF_WAIT_UPSTREAM;
        sandbox->routes[i] = (struct df_route){endpoint->method, endpoint->path, wait, serve, false};
    }
    sandbox->n_routes = sandbox_n_endpoints;
}

enum df_code df_sandbox_start(const struct df_sandbox_config *config, struct df_sandbox **ret, struct df_error *err)
{
    DF_TRY(check(config, err));
    struct df_sandbox *sandbox = sandbox_new(config);
    add_routes(sandbox);
    const struct df_server_config server = {
        .host = "127.0.0.1",
        .port = config->port,
        .prefix = "",
        .routes = sandbox->routes,
        .n_routes = sandbox->n_routes,
        .app = sandbox,
        .body_limit_bytes = BODY_LIMIT_BYTES,
        .render_error = render_error,
        .answered = answered,
    };
    pthread_mutex_lock(&sandbox->mutex); /* nobody is answered before the URL is known */
    enum df_code code = df_server_start(&server, &sandbox->server, err);
    if (code == DF_OK) {
        int port = df_server_port(sandbox->server);
        sandbox->url = df_arena_printf(sandbox->arena, "http://127.0.0.1:%d", port);
        sandbox->linear.url = df_arena_printf(sandbox->arena, "%.*s/linear", DF_FMT(sandbox->url));
        sandbox->dsn = df_arena_printf(sandbox->arena, "http://%.*s@127.0.0.1:%d/1", DF_FMT(sandbox->public_key), port);
    }
    pthread_mutex_unlock(&sandbox->mutex);
    if (code != DF_OK) {
        sandbox_free(sandbox);
        return code;
    }
    *ret = sandbox;
    return DF_OK;
}

void df_sandbox_stop(struct df_sandbox *sandbox)
{
    df_server_stop(sandbox->server, DRAIN_MS);
    sandbox_free(sandbox);
}

struct df_sandbox_facts df_sandbox_facts(const struct df_sandbox *sandbox)
{
    return (struct df_sandbox_facts){
        .url = sandbox->url.p,
        .dsn = sandbox->dsn.p,
        .client_id = sandbox->oauth.client_id.p,
        .client_secret = sandbox->oauth.client_secret.p,
        .redirect_uri = sandbox->oauth.redirect_uri.p,
        .organization = sandbox->organization.p,
        .project = sandbox->project.p,
        .linear_url = sandbox->linear.url.p,
        .linear_redirect_uri = sandbox->linear.oauth.redirect_uri.p,
        .linear_api_key = sandbox->linear.api_key.p,
        .webhook_secret = sandbox->first_hook_secret.p,
    };
}
