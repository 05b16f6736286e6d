#include "sandbox/call.h"

enum { PAGE_LIMIT_BYTES = 16 * 1024 };

/* What Sentry shows, without a redirect, when it does not know where to send the browser. */
static void refuse(struct sandbox_call *call, const char *what)
{
    struct df_buf html;
    df_buf_init(&html, call->arena, 1024);
    df_buf_printf(&html, "<p>Missing or invalid <em>%s</em> parameter.</p>", what);
    sandbox_page(call, 400, "Invalid authorization request", df_buf_str(&html), sandbox_plain_csp);
}

/* Only an application and a redirect URI known to belong together may be redirected to. */
static bool read_target(struct sandbox_call *call, struct oauth_grant *grant)
{
    const struct sandbox_oauth *oauth = &call->sandbox->oauth;
    struct df_str uri = df_request_query(call->request, "redirect_uri");
    uri = uri.n ? uri : oauth->redirect_uri;
    if (!df_str_eq(df_request_query(call->request, "client_id"), oauth->client_id))
        return refuse(call, "client_id"), false;
    if (!oauth_redirect_uri_matches(oauth->redirect_uri, uri, call->arena) ||
        !sandbox_put_text(grant->redirect_uri, sizeof grant->redirect_uri, uri))
        return refuse(call, "redirect_uri"), false;
    if (!df_str_is(df_request_query(call->request, "response_type"), "code"))
        return refuse(call, "client_id"), false; /* so Sentry words it, too */
    return true;
}

/* NULL, or the error to redirect with. */
static const char *read_request(struct sandbox_call *call, struct oauth_grant *grant)
{
    const struct df_request *request = call->request;
    const struct df_param *state = df_params_find(request->query, request->n_query, "state");
    struct df_str challenge = df_request_query(request, "code_challenge");
    grant->has_state = state != NULL;
    if (state && !sandbox_put_text(grant->state, sizeof grant->state, state->value)) {
        grant->has_state = false;
        return "invalid_request";
    }
    if (!oauth_scopes_parse(df_request_query(request, "scope"), &grant->scopes))
        return "invalid_scope";
    if (challenge.n == 0)
        return NULL;
    if (!df_str_is(df_request_query(request, "code_challenge_method"), "S256") || !oauth_pkce_text(challenge))
        return "invalid_request";
    return sandbox_put_text(grant->challenge, sizeof grant->challenge, challenge) ? NULL : "invalid_request";
}

static void ask(struct sandbox_call *call, const struct oauth_grant *grant)
{
    struct df_str consent = oauth_consent_new(&call->sandbox->oauth, grant, call->now_ms, call->arena);
    struct df_buf html;
    df_buf_init(&html, call->arena, PAGE_LIMIT_BYTES);
    df_buf_put_c(&html, "<p><strong>DevFlow</strong> is requesting access to the organization <strong>");
    sandbox_put_escaped(&html, call->sandbox->organization);
    df_buf_put_c(&html, "</strong> and will be able to:</p>\n<ul>\n");
    for (size_t i = 0; i < sandbox_n_scopes; i++)
        if (grant->scopes >> i & 1)
            df_buf_printf(&html, "<li><code>%s</code></li>\n", sandbox_scopes[i]);
    df_buf_put_c(&html, "</ul>\n<p>You will be sent back to <code>");
    sandbox_put_escaped(&html, df_str_c(grant->redirect_uri));
    df_buf_printf(&html,
                  "</code>.</p>\n<form method=\"post\" action=\"/oauth/authorize/\">\n"
                  "<input type=\"hidden\" name=\"consent\" value=\"%.*s\">\n"
                  "<button type=\"submit\" name=\"op\" value=\"approve\">Approve</button>\n"
                  "<button type=\"submit\" name=\"op\" value=\"deny\">Deny</button>\n</form>",
                  DF_FMT(consent));
    call->sandbox->oauth.consents++;
    sandbox_page(call, 200, "Authorize DevFlow", df_buf_str(&html), sandbox_consent_csp(call, grant));
}

void sandbox_authorize_get(struct sandbox_call *call)
{
    struct sandbox_oauth *oauth = &call->sandbox->oauth;
    struct oauth_grant *grant = DF_NEW(call->arena, struct oauth_grant);
    if (!read_target(call, grant))
        return;
    const char *error = read_request(call, grant);
    if (error) {
        sandbox_send_back(call, grant, "error", df_str_c(error));
        return;
    }
    bool known = grant->scopes && (grant->scopes & ~oauth->approved) == 0;
    bool forced = df_params_find(call->request->query, call->request->n_query, "force_prompt") != NULL;
    if (known && !forced)
        sandbox_send_back(call, grant, "code", oauth_code_new(oauth, grant, call->now_ms, call->arena));
    else
        ask(call, grant);
}

void sandbox_authorize_post(struct sandbox_call *call)
{
    const struct sandbox_form form = sandbox_form_of(call);
    struct oauth_grant *grant = DF_NEW(call->arena, struct oauth_grant);
    struct df_str consent = sandbox_form_field(&form, "consent"), op = sandbox_form_field(&form, "op");
    if (!consent.p || !op.p || !oauth_consent_take(&call->sandbox->oauth, consent, call->now_ms, grant)) {
        sandbox_page(call, 400, "Invalid authorization request",
                     DF_S("<p>We were unable to complete your request. Please re-initiate the authorization flow.</p>"),
                     sandbox_plain_csp);
        return;
    }
    if (df_str_is(op, "approve"))
        sandbox_send_back(call, grant, "code", oauth_code_new(&call->sandbox->oauth, grant, call->now_ms, call->arena));
    else
        sandbox_send_back(call, grant, "error", DF_S("access_denied"));
}
