#include "sandbox/linear_parts.h"

enum { PAGE_LIMIT_BYTES = 16 * 1024 };

static const int64_t grace_ms = 30 * 60 * 1000, day_ms = 24 * 3600 * 1000;
static const struct {
    const char *name;
    oauth_scopes bit;
} scopes[] = {{"read", LINEAR_READ},
              {"write", LINEAR_WRITE},
              {"issues:create", LINEAR_ISSUES_CREATE},
              {"comments:create", LINEAR_COMMENTS_CREATE},
              {"admin", LINEAR_ADMIN}};
enum { SCOPES = sizeof scopes / sizeof *scopes };

/* Comma separated; spaces are taken too. */
static bool parse_scopes(struct df_str text, oauth_scopes *ret)
{
    *ret = LINEAR_READ;
    while (text.n) {
        size_t n = 0, i = 0;
        while (n < text.n && text.p[n] != ',' && text.p[n] != ' ')
            n++;
        struct df_str part = df_str_n(text.p, n);
        text = df_str_from(text, n + 1);
        while (i < SCOPES && !df_str_is(part, scopes[i].name))
            i++;
        if (i == SCOPES)
            return false;
        *ret |= scopes[i].bit;
    }
    return true;
}

static struct df_str format_scopes(oauth_scopes set, struct df_arena *arena)
{
    struct df_buf buf;
    df_buf_init(&buf, arena, 256);
    for (size_t i = 0; i < SCOPES; i++)
        if (set & scopes[i].bit)
            df_buf_printf(&buf, "%s%s", buf.n ? " " : "", scopes[i].name);
    return df_buf_str(&buf);
}

bool linear_token_scopes(struct sandbox_call *call, oauth_scopes *ret)
{
    struct linear *linear = &call->sandbox->linear;
    struct df_str header = df_str_trim(df_request_header(call->request, "Authorization"));
    if (df_equal_constant_time(header, linear->api_key)) {
        *ret = LINEAR_READ | LINEAR_WRITE | LINEAR_ADMIN;
        return true;
    }
    return df_str_istarts(header, DF_S("Bearer ")) &&
           oauth_access(&linear->oauth, df_str_trim(df_str_from(header, 7)), call->now_ms, ret) == OAUTH_VALID;
}

static void refuse(struct sandbox_call *call, const char *what)
{
    struct df_buf html;
    df_buf_init(&html, call->arena, 1024);
    df_buf_printf(&html, "<p>Invalid %s parameter for the application.</p>", what);
    sandbox_page(call, 400, "Invalid authorization request", df_buf_str(&html), sandbox_plain_csp);
}

/* True when the browser may be sent back; *ret_error says with which error, or is NULL. */
static bool read_grant(struct sandbox_call *call, struct oauth_grant *grant, const char **ret_error)
{
    const struct df_request *request = call->request;
    const struct sandbox_oauth *oauth = &call->sandbox->linear.oauth;
    struct df_str uri = df_request_query(request, "redirect_uri"), state = df_request_query(request, "state"),
                  challenge = df_request_query(request, "code_challenge");
    if (!df_str_eq(df_request_query(request, "client_id"), oauth->client_id))
        return refuse(call, "client_id"), false;
    if (!oauth_redirect_uri_matches(oauth->redirect_uri, uri, call->arena) ||
        !sandbox_put_text(grant->redirect_uri, sizeof grant->redirect_uri, uri))
        return refuse(call, "redirect_uri"), false;
    grant->has_state = state.n > 0 && sandbox_put_text(grant->state, sizeof grant->state, state);
    *ret_error = NULL;
    if (!df_str_is(df_request_query(request, "response_type"), "code"))
        *ret_error = "unsupported_response_type";
    else if (!parse_scopes(df_request_query(request, "scope"), &grant->scopes))
        *ret_error = "invalid_scope";
    else if (challenge.n &&
             (!df_str_is(df_request_query(request, "code_challenge_method"), "S256") || !oauth_pkce_text(challenge) ||
              !sandbox_put_text(grant->challenge, sizeof grant->challenge, challenge)))
        *ret_error = "invalid_request";
    return true;
}

void sandbox_linear_authorize_get(struct sandbox_call *call)
{
    struct oauth_grant *grant = DF_NEW(call->arena, struct oauth_grant);
    struct sandbox_oauth *oauth = &call->sandbox->linear.oauth;
    const char *error;
    if (!read_grant(call, grant, &error))
        return;
    if (error) {
        sandbox_send_back(call, grant, "error", df_str_c(error));
        return;
    }
    struct df_str consent = oauth_consent_new(oauth, grant, call->now_ms, call->arena);
    struct df_buf html;
    df_buf_init(&html, call->arena, PAGE_LIMIT_BYTES);
    df_buf_put_c(
        &html,
        "<p><strong>DevFlow</strong> is requesting access to the workspace <strong>Sandbox</strong>:</p>\n<ul>\n");
    for (size_t i = 0; i < SCOPES; i++)
        if (grant->scopes & scopes[i].bit)
            df_buf_printf(&html, "<li><code>%s</code></li>\n", scopes[i].name);
    df_buf_printf(&html,
                  "</ul>\n<form method=\"post\" action=\"/linear/oauth/authorize\">\n"
                  "<input type=\"hidden\" name=\"consent\" value=\"%.*s\">\n"
                  "<button type=\"submit\" name=\"op\" value=\"approve\">Authorize</button>\n"
                  "<button type=\"submit\" name=\"op\" value=\"deny\">Cancel</button>\n</form>",
                  DF_FMT(consent));
    oauth->consents++;
    sandbox_page(call, 200, "Authorize DevFlow in Linear", df_buf_str(&html), sandbox_consent_csp(call, grant));
}

void sandbox_linear_authorize_post(struct sandbox_call *call)
{
    const struct sandbox_form form = sandbox_form_of(call);
    struct sandbox_oauth *oauth = &call->sandbox->linear.oauth;
    struct oauth_grant *grant = DF_NEW(call->arena, struct oauth_grant);
    if (!oauth_consent_take(oauth, sandbox_form_field(&form, "consent"), call->now_ms, grant)) {
        sandbox_page(call, 400, "Invalid authorization request", DF_S("<p>Begin again.</p>"), sandbox_plain_csp);
        return;
    }
    if (df_str_is(sandbox_form_field(&form, "op"), "approve"))
        sandbox_send_back(call, grant, "code", oauth_code_new(oauth, grant, call->now_ms, call->arena));
    else
        sandbox_send_back(call, grant, "error", DF_S("access_denied"));
}

static void fail(struct sandbox_call *call, int status, const char *name, const char *description)
{
    call->reply->status = status;
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "error", df_str_c(name));
    df_json_kstr(&call->w, "error_description", df_str_c(description));
    df_json_close(&call->w, '}');
}

static void grant_tokens(struct sandbox_call *call, const struct oauth_pair *pair)
{
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "access_token", pair->access);
    df_json_kstr(&call->w, "token_type", DF_S("Bearer"));
    df_json_kint(&call->w, "expires_in", (pair->expires_ms - call->now_ms) / 1000);
    df_json_kstr(&call->w, "scope", format_scopes(pair->scopes, call->arena));
    df_json_kstr(&call->w, "refresh_token", pair->refresh);
    df_json_close(&call->w, '}');
}

/* Both tokens are new; the used refresh token goes on for half an hour, so that a lost answer can be asked for again. */
static bool refresh(struct sandbox_oauth *oauth, struct sandbox_call *call, struct df_str token, struct oauth_pair *ret)
{
    struct oauth_digest key;
    df_sha256(token, key.bytes);
    oauth->refresh_calls++;
    for (size_t i = 0; i < OAUTH_TOKENS_MAX; i++) {
        struct oauth_token *row = &oauth->tokens[i];
        if (!row->used || memcmp(row->refresh.bytes, key.bytes, sizeof key.bytes) != 0)
            continue;
        if (row->refresh_expires_ms <= call->now_ms)
            return false;
        oauth_scopes set = row->scopes;
        if (row->refresh_expires_ms > call->now_ms + day_ms)
            row->refresh_expires_ms = call->now_ms + grace_ms;
        oauth_pair_new(oauth, set, call->now_ms, call->arena, ret);
        return true;
    }
    oauth->refresh_reuse++;
    return false;
}

void sandbox_linear_token(struct sandbox_call *call)
{
    struct sandbox_oauth *oauth = &call->sandbox->linear.oauth;
    const struct sandbox_form form = sandbox_form_of(call);
    struct df_str type = sandbox_form_field(&form, "grant_type");
    struct oauth_pair pair;
    bool ok, by_code = df_str_is(type, "authorization_code");
    oauth->token_calls++;
    if (!by_code && !df_str_is(type, "refresh_token")) {
        fail(call, 400, "unsupported_grant_type", "Unsupported grant type");
        return;
    }
    if (!df_equal_constant_time(sandbox_form_field(&form, "client_id"), oauth->client_id) ||
        !df_equal_constant_time(sandbox_form_field(&form, "client_secret"), oauth->client_secret)) {
        fail(call, 401, "invalid_client", "Invalid client credentials");
        return;
    }
    ok = by_code
             ? oauth_code_exchange(oauth, sandbox_form_field(&form, "code"), sandbox_form_field(&form, "redirect_uri"),
                                   sandbox_form_field(&form, "code_verifier"), call->now_ms, call->arena, &pair)
             : refresh(oauth, call, sandbox_form_field(&form, "refresh_token"), &pair);
    if (ok)
        grant_tokens(call, &pair);
    else
        fail(call, 400, "invalid_grant", "Token has been expired or revoked.");
}

void sandbox_linear_revoke(struct sandbox_call *call)
{
    sandbox_oauth_revoke(&call->sandbox->linear.oauth);
    df_json_open(&call->w, '{');
    df_json_kbool(&call->w, "success", true);
    df_json_close(&call->w, '}');
}

void sandbox_linear_expire(struct sandbox_call *call)
{
    sandbox_oauth_expire(&call->sandbox->linear.oauth, call->now_ms, false);
    df_buf_put_c(&call->reply->body, "{}");
}

/* {"requests":5,"complexity":100,"windowMs":2000}: the limits from now on. */
void sandbox_linear_limits(struct sandbox_call *call)
{
    struct linear_limits *l = &call->sandbox->linear.limits;
    const struct df_json *body = NULL;
    (void)df_json_parse(call->arena, call->request->body, 0, &body, NULL);
    l->requests = df_json_int(df_json_get(body, "requests"), l->requests);
    l->complexity = df_json_int(df_json_get(body, "complexity"), l->complexity);
    l->window_ms = df_json_int(df_json_get(body, "windowMs"), l->window_ms);
    l->until_ms = 0;
    df_buf_put_c(&call->reply->body, "{}");
}

/* {"calls","tokenCalls","refreshCalls","documents":[...],"schema"} */
void sandbox_linear_stats(struct sandbox_call *call)
{
    const struct linear *linear = &call->sandbox->linear;
    df_json_open(&call->w, '{');
    df_json_kint(&call->w, "calls", (int64_t)linear->calls);
    df_json_kint(&call->w, "tokenCalls", (int64_t)linear->oauth.token_calls);
    df_json_kint(&call->w, "refreshCalls", (int64_t)linear->oauth.refresh_calls);
    df_json_kstrs(&call->w, "documents", linear->documents, linear->n_documents);
    df_json_kstr(&call->w, "schema", df_str_n(df_linear_schema, df_linear_schema_n));
    df_json_close(&call->w, '}');
}
