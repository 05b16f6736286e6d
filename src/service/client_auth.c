#include "service/client_auth.h"

enum { FORM_LIMIT_BYTES = 64 * 1024, ANSWER_LIMIT_BYTES = 256 * 1024 };

void df_form_init(struct df_form *form, struct df_arena *arena)
{
    *form = (struct df_form){.headers = {{DF_S("Accept"), DF_S("application/json")}}, .n_headers = 1};
    df_buf_init(&form->fields, arena, FORM_LIMIT_BYTES);
}

void df_form_put_client(struct df_form *form, enum df_client_auth auth, const struct df_oauth_app *app,
                        struct df_secret secret, struct df_arena *arena)
{
    if (auth == DF_CLIENT_BASIC && !df_secret_is_empty(secret)) {
        struct df_str pair = df_arena_printf(arena, "%.*s:%.*s", DF_FMT(df_url_encode(app->client_id, arena)),
                                             DF_FMT(df_url_encode(df_secret_reveal(secret), arena)));
        form->headers[form->n_headers++] = (struct df_param){
            DF_S("Authorization"), df_arena_printf(arena, "Basic %.*s", DF_FMT(df_base64(pair, arena)))};
        return;
    }
    df_params_put(&form->fields, "client_id", app->client_id);
    if (auth == DF_CLIENT_BODY && !df_secret_is_empty(secret))
        df_params_put(&form->fields, "client_secret", df_secret_reveal(secret));
}

struct df_http_request df_form_request(const struct df_form *form, struct df_str url)
{
    return (struct df_http_request){
        .method = "POST",
        .url = url,
        .headers = form->headers,
        .n_headers = form->n_headers,
        .body = df_secret_of(df_buf_str(&form->fields)),
        .content_type = DF_S("application/x-www-form-urlencoded"),
        .answer_limit_bytes = ANSWER_LIMIT_BYTES,
    };
}

enum df_code df_app_secret(const struct df_devflow *d, const struct df_oauth_app *app, struct df_arena *arena,
                           struct df_secret *ret, struct df_error *err)
{
    *ret = DF_SECRET_NONE;
    if (app->sealed_client_secret.n == 0)
        return DF_OK;
    return df_unsealed(d, app->project_id, app->provider, "client_secret", app->sealed_client_secret, arena, ret, err);
}
