#include "sandbox/call.h"

#include <stdio.h>

enum { FORM_MAX = 32, URL_LIMIT_BYTES = 16 * 1024 };

const char sandbox_plain_csp[] = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

struct sandbox_form sandbox_form_of(struct sandbox_call *call)
{
    struct sandbox_form form = {NULL, 0};
    if (!df_params_parse(call->request->body, FORM_MAX, call->arena, &form.params, &form.n))
        form.n = 0;
    return form;
}

struct df_str sandbox_form_field(const struct sandbox_form *form, const char *name)
{
    const struct df_param *param = form->n ? df_params_find(form->params, form->n, name) : NULL;
    return param ? param->value : DF_STR_NONE;
}

bool sandbox_put_text(char *to, size_t room, struct df_str from)
{
    if (from.n >= room || (from.n && memchr(from.p, '\0', from.n)))
        return false;
    snprintf(to, room, "%.*s", DF_FMT(from));
    return true;
}

void sandbox_send_back(struct sandbox_call *call, const struct oauth_grant *grant, const char *name,
                       struct df_str value)
{
    struct df_buf url;
    struct df_str base = df_str_c(grant->redirect_uri);
    df_buf_init(&url, call->arena, URL_LIMIT_BYTES);
    df_buf_put_str(&url, base);
    df_buf_put_c(&url, df_str_find_char(base, '?') < 0 ? "?" : "&");
    df_buf_printf(&url, "%s=", name);
    df_url_put_encoded(&url, value, "");
    if (grant->has_state) {
        df_buf_put_c(&url, "&state=");
        df_url_put_encoded(&url, df_str_c(grant->state), "");
    }
    sandbox_redirect(call, df_buf_str(&url));
}

const char *sandbox_consent_csp(struct sandbox_call *call, const struct oauth_grant *grant)
{
    struct df_url url;
    struct df_str origin = DF_STR_NONE;
    if (df_url_parse(df_str_c(grant->redirect_uri), call->arena, &url))
        origin = df_url_origin(&url, call->arena);
    return df_arena_printf(call->arena,
                           "default-src 'none'; form-action 'self' %.*s; frame-ancestors 'none'; base-uri 'none'",
                           DF_FMT(origin))
        .p;
}
