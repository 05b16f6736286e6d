#include "service/revocation.h"
#include "service/client_auth.h"
#include "service/endpoints.h"

enum { TIMEOUT_MS = 10 * 1000, BODY_LIMIT_BYTES = 32 * 1024 };

static enum df_code token_to_revoke(const struct df_devflow *d, const struct df_provider *provider,
                                    const struct df_connection *c, struct df_arena *arena, struct df_secret *ret,
                                    struct df_error *err)
{
    bool refresh = provider->revocation.refresh_token && c->sealed_refresh_token.n;
    return df_unsealed(d, c->project_id, c->provider, refresh ? "refresh_token" : "access_token",
                       refresh ? c->sealed_refresh_token : c->sealed_access_token, arena, ret, err);
}

static struct df_str json_body(const char *field, struct df_secret token, struct df_arena *arena)
{
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, BODY_LIMIT_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, field, df_secret_reveal(token));
    df_json_close(&w, '}');
    return df_buf_str(&text);
}

/* The request as the row has it: the token in a form, in JSON, or alone in the Authorization header. */
static struct df_http_request request_of(const struct df_provider *provider, const struct df_oauth_app *app,
                                         const struct df_endpoints *at, struct df_secret token, struct df_secret secret,
                                         struct df_form *form, struct df_arena *arena)
{
    const struct df_revocation *how = &provider->revocation;
    df_form_init(form, arena);
    if (how->client)
        df_form_put_client(form, how->json ? DF_CLIENT_BASIC : at->auth, app, secret, arena);
    if (!how->field)
        form->headers[form->n_headers++] = df_provider_token_header(provider, DF_STR_NONE, token, arena);
    else if (!how->json)
        df_params_put(&form->fields, how->field, df_secret_reveal(token));
    struct df_http_request request = df_form_request(form, at->revoke);
    request.method = how->method ? how->method : "POST";
    request.timeout_ms = TIMEOUT_MS;
    if (how->json) {
        request.body = df_secret_of(json_body(how->field, token, arena));
        request.content_type = DF_S("application/json");
    }
    return request;
}

static bool confirmed(const struct df_revocation *how, const struct df_http_answer *answer, struct df_arena *arena)
{
    const struct df_json *v = NULL;
    if (answer->status < 200 || answer->status > 299)
        return false;
    if (!how->confirmed)
        return true;
    return df_json_parse(arena, answer->body, 0, &v, NULL) == DF_OK &&
           df_json_bool(df_json_pointer(v, how->confirmed), false);
}

static enum df_code ask(const struct df_devflow *d, const struct df_provider *provider, const struct df_oauth_app *app,
                        const struct df_endpoints *at, const struct df_connection *c, struct df_arena *arena,
                        struct df_error *err)
{
    struct df_secret token, secret;
    struct df_form form;
    struct df_http_answer answer;
    DF_TRY(token_to_revoke(d, provider, c, arena, &token, err));
    DF_TRY(df_app_secret(d, app, arena, &secret, err));
    if (provider->revocation.client && provider->revocation.json && df_secret_is_empty(secret))
        return df_fail(err, DF_ERR_PROVIDER, "that takes a client secret, and this application has none");
    struct df_http_request request = request_of(provider, app, at, token, secret, &form, arena);
    request.counted_as = provider->slug;
    request.public_only = df_endpoint_public_only(at, request.url, arena);
    DF_TRY(df_http_send(d->http, &request, arena, &answer, err));
    if (!confirmed(&provider->revocation, &answer, arena))
        return df_fail(err, DF_ERR_PROVIDER, "it answered %d without taking the token back", answer.status);
    return DF_OK;
}

enum df_revoked df_revoke(const struct df_devflow *d, const struct df_provider *provider,
                          const struct df_oauth_app *app, const struct df_connection *c, struct df_arena *arena,
                          struct df_error *err)
{
    const struct df_endpoints at = df_endpoints_of(provider, app, arena);
    if (at.revoke.n == 0 || df_str_is(app->flow_type, "static"))
        return DF_REVOKED_NO_WAY;
    return ask(d, provider, app, &at, c, arena, err) == DF_OK ? DF_REVOKED : DF_REVOKED_FAILED;
}
