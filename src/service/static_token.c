#include "service/static_token.h"
#include "service/oauth.h"
#include "service/oauth_app.h"
#include "service/oauth_connected.h"

#include <stdio.h>

enum { TOKEN_LIMIT_BYTES = 16 * 1024 };

static enum df_code choose_type(const struct df_provider *provider, struct df_str asked, struct df_str *ret,
                                struct df_error *err)
{
    char names[200] = "";
    size_t n = 0;
    const struct df_token_kind *first = provider->static_kinds;
    for (const struct df_token_kind *k = first; k && k->type; k++) {
        if (asked.n == 0 || df_str_ieq(asked, df_str_c(k->type))) {
            *ret = df_str_c(k->type);
            return DF_OK;
        }
        int wrote = snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", k->type);
        n = wrote > 0 && (size_t)wrote < sizeof names - n ? n + (size_t)wrote : n;
    }
    if (!first)
        return df_fail(err, DF_ERR_INVALID, "%s has no tokens but those of OAuth: devflow oauth:connect %s",
                       provider->title, provider->slug);
    return df_fail(err, DF_ERR_INVALID, "Invalid tokenType. Supported for %s: %s", provider->title, names);
}

static enum df_code check_token(struct df_secret token, struct df_error *err)
{
    struct df_str t = df_secret_reveal(token);
    bool sound = t.n > 0 && t.n <= TOKEN_LIMIT_BYTES;
    for (size_t i = 0; i < t.n && sound; i++)
        sound = t.p[i] > ' ' && t.p[i] <= '~';
    return sound ? DF_OK : df_fail(err, DF_ERR_INVALID, "token must be printable characters without spaces");
}

/* The project's application, or one that stands for it, not stored yet. */
static enum df_code find_app(const struct df_devflow *d, const struct df_provider *provider,
                             const struct df_static_token *t, struct df_arena *arena, struct df_oauth_app *ret,
                             bool *ret_new, struct df_error *err)
{
    struct df_str base_url;
    struct df_error none;
    enum df_code found = d->store->ops->app_find(d->store, t->project_id, df_str_c(provider->name), arena, ret, &none);
    if (found != DF_OK && found != DF_ERR_APP) {
        *err = none;
        return found;
    }
    *ret_new = found == DF_ERR_APP || df_str_is(ret->flow_type, "static");
    if (!*ret_new && t->base_url.n == 0)
        return DF_OK;
    DF_TRY(df_base_url_check(t->base_url, provider, arena, &base_url, err));
    if (!*ret_new && !df_str_eq(base_url, ret->base_url))
        return df_fail(err, DF_ERR_INVALID, "baseUrl is not that of the registered %s application (%.*s)",
                       provider->title, DF_FMT(df_str_head(ret->base_url, 200)));
    if (!*ret_new)
        return DF_OK;
    *ret = (struct df_oauth_app){.id = df_random_uuid(arena),
                                 .project_id = t->project_id,
                                 .provider = df_str_c(provider->name),
                                 .flow_type = DF_S("static"),
                                 .base_url = base_url,
                                 .created_ms = df_now_ms(d->clock),
                                 .updated_ms = df_now_ms(d->clock)};
    return df_app_discover(d, provider, arena, ret, err);
}

enum df_code df_static_token_set(const struct df_devflow *d, const struct df_provider *provider,
                                 const struct df_static_token *t, struct df_arena *arena, struct df_connection *ret,
                                 struct df_error *err)
{
    struct df_project project;
    struct df_oauth_app app;
    bool is_new, reconnect;
    struct df_token_answer answer = {.access_token = t->token, .expires_ms = t->expires_ms};
    DF_TRY(d->store->ops->project_find(d->store, t->project_id, arena, &project, err));
    DF_TRY(check_token(t->token, err));
    DF_TRY(choose_type(provider, t->token_type, &answer.token_type, err));
    if (t->expires_ms && t->expires_ms <= df_now_ms(d->clock))
        return df_fail(err, DF_ERR_INVALID, "expiresAt is past: this token has expired");
    DF_TRY(find_app(d, provider, t, arena, &app, &is_new, err));
    DF_TRY(df_oauth_describe(d, provider, &app, t->organization, &answer, arena, ret, err));
    if (is_new)
        DF_TRY(d->store->ops->app_put(d->store, &app, DF_S("a token was set in its place"), &reconnect, err));
    return df_oauth_store(d, provider, &app, ret, err);
}
