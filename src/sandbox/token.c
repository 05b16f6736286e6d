#include "sandbox/call.h"

#include "base/time.h"

enum { BASIC_MAX = 4096 };

static void fail(struct sandbox_call *call, int status, const char *name)
{
    call->reply->status = status;
    if (status == 401)
        df_reply_header(call->reply, "WWW-Authenticate", DF_S("Basic realm=\"oauth\""));
    df_json_open(&call->w, '{');
    df_json_kstr(&call->w, "error", df_str_c(name));
    df_json_close(&call->w, '}');
}

static struct df_str basic_of(const struct df_request *request)
{
    struct df_str header = df_request_header(request, "Authorization");
    return df_str_istarts(header, DF_S("Basic ")) ? df_str_trim(df_str_from(header, 6)) : DF_STR_NONE;
}

/* The client by its header or its form, whichever it used. */
static bool is_client(struct sandbox_call *call, const struct sandbox_form *form)
{
    const struct sandbox_oauth *oauth = &call->sandbox->oauth;
    struct df_str id = sandbox_form_field(form, "client_id"), secret = sandbox_form_field(form, "client_secret"),
                  basic = basic_of(call->request);
    if (basic.n) {
        struct df_str pair;
        if (basic.n > BASIC_MAX || !df_base64_decode(basic, call->arena, &pair))
            return false;
        secret = pair;
        df_str_split(&secret, ':', &id);
    }
    return df_equal_constant_time(id, oauth->client_id) && df_equal_constant_time(secret, oauth->client_secret);
}

static void grant(struct sandbox_call *call, const struct oauth_pair *pair)
{
    struct df_json_writer *w = &call->w;
    df_reply_header(call->reply, "Cache-Control", DF_S("no-store"));
    df_json_open(w, '{');
    df_json_kstr(w, "access_token", pair->access);
    df_json_kstr(w, "refresh_token", pair->refresh);
    df_json_kint(w, "expires_in", (pair->expires_ms - call->now_ms) / 1000);
    df_json_kstr(w, "expires_at", df_time_format_ms(pair->expires_ms, call->arena));
    df_json_kstr(w, "token_type", DF_S("Bearer"));
    df_json_kstr(w, "scope", oauth_scopes_format(pair->scopes, call->arena));
    df_json_kopen(w, "user", '{');
    df_json_kstr(w, "id", DF_S("1"));
    df_json_kstr(w, "name", DF_S("Sandbox User"));
    df_json_kstr(w, "email", DF_S("user@sandbox.example"));
    df_json_close(w, '}');
    df_json_close(w, '}');
}

static void by_code(struct sandbox_call *call, const struct sandbox_form *form)
{
    struct oauth_pair pair;
    if (oauth_code_exchange(&call->sandbox->oauth, sandbox_form_field(form, "code"),
                            sandbox_form_field(form, "redirect_uri"), sandbox_form_field(form, "code_verifier"),
                            call->now_ms, call->arena, &pair))
        grant(call, &pair);
    else
        fail(call, 400, "invalid_grant");
}

static void by_refresh(struct sandbox_call *call, const struct sandbox_form *form)
{
    struct oauth_pair pair;
    call->sandbox->oauth.refresh_calls++;
    if (sandbox_form_field(form, "refresh_token").n == 0 || sandbox_form_field(form, "scope").n)
        fail(call, 400, "invalid_request");
    else if (oauth_refresh(&call->sandbox->oauth, sandbox_form_field(form, "refresh_token"), call->now_ms, call->arena,
                           &pair))
        grant(call, &pair);
    else
        fail(call, 400, "invalid_grant");
}

static void by_device(struct sandbox_call *call)
{
    struct oauth_pair pair;
    if (sandbox_device_take(call, &pair))
        grant(call, &pair);
}

void sandbox_token_post(struct sandbox_call *call)
{
    const struct sandbox_form form = sandbox_form_of(call);
    call->sandbox->oauth.token_calls++;
    struct df_str type = sandbox_form_field(&form, "grant_type");
    bool code = df_str_is(type, "authorization_code"), refresh = df_str_is(type, "refresh_token");
    bool device = df_str_is(type, "urn:ietf:params:oauth:grant-type:device_code");
    bool twice = basic_of(call->request).n &&
                 (sandbox_form_field(&form, "client_id").n || sandbox_form_field(&form, "client_secret").n);
    if (twice || type.n == 0)
        fail(call, 400, "invalid_request");
    else if (device)
        by_device(call); /* no secret: the client ID and the code are enough */
    else if (!code && !refresh)
        fail(call, 400, "unsupported_grant_type");
    else if (!is_client(call, &form))
        fail(call, 401, "invalid_client");
    else
        (code ? by_code : by_refresh)(call, &form);
}

void sandbox_token_get(struct sandbox_call *call)
{
    call->reply->status = 405;
    call->reply->content_type = "text/html; charset=utf-8";
    df_reply_header(call->reply, "Allow", DF_S("POST, OPTIONS"));
}
