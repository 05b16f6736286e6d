#include "provider/user_info.h"

enum { ANSWER_LIMIT_BYTES = 1024 * 1024, ORGANIZATIONS_LIMIT = 1000, FIELD_LIMIT_BYTES = 400 };

struct df_param df_provider_token_header(const struct df_provider *provider, struct df_str token_type,
                                         struct df_secret token, struct df_arena *arena)
{
    for (const struct df_token_kind *k = provider->static_kinds; k && k->type; k++)
        if (df_str_ieq(token_type, df_str_c(k->type)))
            return (struct df_param){df_str_c(k->header),
                                     df_arena_printf(arena, "%s%.*s", k->prefix, DF_FMT(df_secret_reveal(token)))};
    return (struct df_param){DF_S("Authorization"),
                             df_arena_printf(arena, "Bearer %.*s", DF_FMT(df_secret_reveal(token)))};
}

enum df_code df_user_info_prefer(struct df_user_info *info, struct df_str wanted, struct df_error *err)
{
    for (size_t i = 0; i < info->n_organizations; i++) {
        struct df_organization found = info->organizations[i];
        if (!df_str_eq(found.slug, wanted) && !df_str_eq(found.name, wanted))
            continue;
        memmove(info->organizations + 1, info->organizations, i * sizeof found);
        info->organizations[0] = found;
        return DF_OK;
    }
    return df_fail(err, DF_ERR_NO_ORGANIZATION, "this token does not see the organisation %.*s; it sees %.*s%s",
                   DF_FMT(df_str_head(wanted, 64)),
                   DF_FMT(info->n_organizations ? df_str_head(info->organizations[0].slug, 64) : DF_S("none")),
                   info->n_organizations > 1 ? " and others" : "");
}

static enum df_code refused(const struct df_provider *provider, int status, struct df_error *err)
{
    if (status == 401)
        return df_fail(err, DF_ERR_RECONNECT,
                       "%s refused the token (401): it has expired, was revoked, or is not of this kind. Connect again "
                       "(devflow oauth:connect %s)",
                       provider->title, provider->slug);
    if (status == 403)
        return df_fail(err, DF_ERR_PROVIDER_FORBIDDEN,
                       "%s does not let this token say who it speaks for (403): a scope is missing. Connect again with "
                       "more scopes (devflow oauth:connect %s --scopes ...)",
                       provider->title, provider->slug);
    if (status == 429)
        return df_fail(err, DF_ERR_RATE_LIMITED, "%s is limiting requests; try again later", provider->title);
    return df_fail(err, DF_ERR_PROVIDER, "%s answered %d when asked who the token speaks for", provider->title, status);
}

/* Slack says {"ok":false,"error":"token_revoked"} and GraphQL {"errors":[{"extensions":{"code":...}}]}, both with status 200. */
static int status_within(const struct df_json *v)
{
    static const char *const unauthorized[] = {"invalid_auth",   "token_revoked",    "token_expired",
                                               "not_authed",     "account_inactive", "AUTHENTICATION_ERROR",
                                               "UNAUTHENTICATED"};
    struct df_str word = df_json_str(df_json_pointer(v, "/errors/0/extensions/code"));
    if (!df_json_bool(df_json_get(v, "ok"), true))
        word = df_json_get_str(v, "error");
    else if (df_json_count(df_json_get(v, "errors")) == 0)
        return 0;
    for (size_t i = 0; i < sizeof unauthorized / sizeof *unauthorized; i++)
        if (df_str_is(word, unauthorized[i]))
            return 401;
    bool scope = df_str_is(word, "missing_scope") || df_str_is(word, "FORBIDDEN");
    bool limited = df_str_is(word, "ratelimited") || df_str_is(word, "RATELIMITED");
    return scope ? 403 : limited ? 429 : 502;
}

static enum df_code fetch(const struct df_user_info_ask *ask, const struct df_info_request *what, struct df_str url,
                          struct df_arena *arena, const struct df_json **ret, struct df_error *err)
{
    const struct df_provider *provider = ask->provider;
    const struct df_param headers[] = {
        {DF_S("Accept"), DF_S("application/json")},
        df_provider_token_header(provider, ask->token_type, ask->access_token, arena),
    };
    const struct df_http_request request = {
        .method = what->method ? what->method : "GET",
        .url = url,
        .headers = headers,
        .n_headers = 2,
        .body = df_secret_of(df_str_c(what->body)),
        .content_type = what->body ? DF_S("application/json") : DF_STR_NONE,
        .answer_limit_bytes = ANSWER_LIMIT_BYTES,
        .public_only = ask->endpoints && df_endpoint_public_only(ask->endpoints, url, arena),
        .counted_as = provider->slug,
    };
    struct df_http_answer answer;
    DF_TRY(df_http_send(ask->http, &request, arena, &answer, err));
    bool json = df_json_parse(arena, answer.body, 0, ret, NULL) == DF_OK;
    int within = json ? status_within(*ret) : 0;
    if (within == 401 || answer.status < 200 || answer.status > 299)
        return refused(provider, within == 401 ? within : answer.status, err);
    if (within)
        return refused(provider, within, err);
    if (!json)
        return df_fail(err, DF_ERR_PROVIDER,
                       "%s answered with something that is not JSON when asked who the token "
                       "speaks for",
                       provider->title);
    return DF_OK;
}

static struct df_str field(const struct df_json *v, const char *pointer, struct df_arena *arena)
{
    return df_str_head(df_json_text(df_json_pointer(v, pointer), arena), FIELD_LIMIT_BYTES);
}

static void take_organization(const struct df_info_request *what, const struct df_json *item, struct df_arena *arena,
                              struct df_user_info *info)
{
    struct df_organization o = {field(item, what->item_id, arena), field(item, what->item_name, arena),
                                field(item, what->item_url, arena)};
    if (o.slug.n && info->n_organizations < ORGANIZATIONS_LIMIT)
        info->organizations[info->n_organizations++] = o;
}

static void take(const struct df_info_request *what, const struct df_json *v, struct df_arena *arena,
                 struct df_user_info *info)
{
    if (what->id)
        info->user_id = field(v, what->id, arena);
    if (what->name)
        info->name = field(v, what->name, arena);
    if (what->email)
        info->email = field(v, what->email, arena);
    const struct df_json *list = df_json_pointer(v, what->list);
    if (df_json_is_object(list))
        take_organization(what, list, arena, info);
    else if (df_json_is_array(list))
        for (struct df_json_iter it = df_json_iter(list); df_json_next(&it);)
            take_organization(what, it.value, arena, info);
}

static enum df_code ask_one(const struct df_user_info_ask *ask, const struct df_info_request *what, struct df_str url,
                            struct df_arena *arena, struct df_user_info *info, struct df_error *err)
{
    const struct df_json *v = NULL;
    if (url.n == 0 || (what->needs_scope && !df_scopes_has(ask->scopes, df_str_c(what->needs_scope))))
        return DF_OK;
    DF_TRY(fetch(ask, what, url, arena, &v, err));
    take(what, v, arena, info);
    if (what->id && info->user_id.n == 0)
        return df_fail(err, DF_ERR_PROVIDER, "%s did not say who the token speaks for", ask->provider->title);
    return DF_OK;
}

enum df_code df_user_info_ask(const struct df_user_info_ask *ask, struct df_arena *arena, struct df_user_info *ret,
                              struct df_error *err)
{
    const struct df_provider *provider = ask->provider;
    struct df_user_info info = {.organizations = DF_NEW_ARRAY(arena, struct df_organization, ORGANIZATIONS_LIMIT)};
    DF_TRY(ask_one(ask, &provider->user, ask->endpoints->user_info, arena, &info, err));
    DF_TRY(ask_one(ask, &provider->organizations, ask->endpoints->organizations, arena, &info, err));
    if (provider->organizations.url && info.n_organizations == 0)
        return df_fail(err, DF_ERR_NO_ORGANIZATION,
                       "this token sees no site of %s: give access to one when the permission is asked for",
                       provider->title);
    if (ask->wanted.n)
        DF_TRY(df_user_info_prefer(&info, ask->wanted, err));
    if (info.user_id.n == 0 && info.n_organizations)
        info.user_id = info.organizations[0].slug;
    *ret = info;
    return DF_OK;
}
