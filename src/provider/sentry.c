#include "base/json.h"
#include "domain/link_header.h"
#include "domain/sentry_error.h"
#include "domain/sentry_host.h"
#include "provider/catalogue.h"

#include <stdlib.h>

/* Sentry: sentry.io, or a self-hosted one at a registered base URL. Its scopes are asked for in the authorize URL, not kept
 * with the application; a refresh replaces both tokens at once; there is no revocation endpoint; /api/0/users/me/ is closed
 * to OAuth tokens, so that the organisations tell who the token speaks for. */

enum { PAGES_LIMIT = 10, ORGANIZATIONS_LIMIT = 1000, REGIONS_LIMIT = 16 };

static const char *const known[] = {
    "org:read",      "org:write",     "org:admin",        "org:integrations", "org:ci",      "member:read",
    "member:write",  "member:admin",  "team:read",        "team:write",       "team:admin",  "project:read",
    "project:write", "project:admin", "project:releases", "event:read",       "event:write", "event:admin",
    "alerts:read",   "alerts:write",  "openid",           "profile",          "email",       NULL,
};
static const char *const minimal[] = {"org:read", "project:read", "event:read", NULL};
static const char *const minimal_use[] = {
    "the organisation cannot be found and connecting fails",
    "the projects cannot be listed",
    "no error, event or context can be read",
};
static const char *const recommended[] = {"org:read",   "project:read", "project:write",
                                          "event:read", "member:read",  NULL};
static const struct df_scope_hint hints[] = {
    {"issue:read", "event:read"},
    {"issue:write", "event:write"},
    {"issues:read", "event:read"},
    {"user:read", "member:read"},
    {NULL, NULL},
};

static enum df_code ask_json(const struct df_user_info_ask *ask, struct df_str url, struct df_arena *arena,
                             const struct df_json **ret, struct df_str *ret_link, struct df_error *err)
{
    const struct df_param accept = {DF_S("Accept"), DF_S("application/json")};
    const struct df_http_request request = {
        .method = "GET",
        .headers = &accept,
        .n_headers = 1,
        .url = url,
        .bearer = ask->access_token,
        .counted_as = ask->provider->slug,
    };
    struct df_http_answer answer;
    DF_TRY(df_http_send(ask->http, &request, arena, &answer, err));
    if (answer.status != 200) {
        const struct df_sentry_fault fault = {answer.status, answer.body,
                                              df_http_header(&answer, "X-Sentry-Rate-Limit-Reset"),
                                              df_http_header(&answer, "Retry-After"), "its organisations"};
        return df_sentry_error(&fault, 0, arena, err);
    }
    *ret = NULL;
    (void)df_json_parse(arena, answer.body, 0, ret, NULL);
    *ret_link = df_http_header(&answer, "Link");
    return DF_OK;
}

static bool is_there(const struct df_user_info *info, struct df_str slug)
{
    for (size_t i = 0; i < info->n_organizations; i++)
        if (df_str_eq(info->organizations[i].slug, slug))
            return true;
    return false;
}

/* An organisation that two servers list is the one the first tells of. `region`: where they were asked for; empty: at the base. */
static void take_organizations(const struct df_json *page, struct df_str region, struct df_user_info *info)
{
    for (struct df_json_iter it = df_json_iter(page); df_json_next(&it);) {
        struct df_str slug = df_json_get_str(it.value, "slug");
        struct df_str url = df_json_str(df_json_path(it.value, "links", "regionUrl", NULL));
        if (slug.n == 0 || slug.n > 100 || info->n_organizations == ORGANIZATIONS_LIMIT || is_there(info, slug))
            continue;
        info->organizations[info->n_organizations++] = (struct df_organization){
            .slug = slug,
            .name = df_json_get_str(it.value, "name"),
            .url = url.n ? url : region,
        };
    }
}

static enum df_code list_organizations(const struct df_user_info_ask *ask, struct df_str url, struct df_str region,
                                       struct df_arena *arena, struct df_user_info *info, struct df_error *err)
{
    struct df_str cursor = DF_STR_NONE, link = DF_STR_NONE;
    for (int page = 0; page == 0 || (cursor.n && page < PAGES_LIMIT); page++) {
        const struct df_json *list = NULL;
        struct df_str at = df_arena_printf(arena, "%.*s?per_page=100%s%.*s", DF_FMT(url), cursor.n ? "&cursor=" : "",
                                           DF_FMT(df_url_encode(cursor, arena)));
        DF_TRY(ask_json(ask, at, arena, &list, &link, err));
        if (!df_json_is_array(list))
            return df_fail(err, DF_ERR_PROVIDER, "Sentry answered with something else than a list of organisations");
        take_organizations(list, region, info);
        cursor = df_link_cursor(link, "next", arena);
    }
    return DF_OK;
}

/* sentry.io is spread over regions; a self-hosted one when its organisations say so. */
static bool has_regions(const struct df_user_info_ask *ask, const struct df_user_info *info, struct df_arena *arena)
{
    struct df_str base = ask->endpoints->base;
    for (size_t i = 0; i < info->n_organizations; i++)
        if (!df_str_eq(df_sentry_host_of(info->organizations[i].url, base, ask->regions, arena),
                       df_sentry_host_of(DF_STR_NONE, base, ask->regions, arena)))
            return true;
    return df_sentry_host_is_saas(base, arena);
}

/* The base need not list the organisations of every region. Where the regions cannot be had, or one of them does not answer, what
 * is known stays as it is, and the last reason is told. */
static enum df_code list_regions(const struct df_user_info_ask *ask, struct df_arena *arena, struct df_user_info *info,
                                 struct df_error *err)
{
    const struct df_json *v = NULL;
    struct df_str link = DF_STR_NONE, base = ask->endpoints->base;
    enum df_code code = ask_json(ask, df_arena_printf(arena, "%.*s/users/me/regions/", DF_FMT(ask->endpoints->api)),
                                 arena, &v, &link, err);
    if (code != DF_OK)
        return code;
    for (struct df_json_iter it = df_json_iter(df_json_get(v, "regions")); df_json_next(&it);) {
        struct df_str url = df_json_get_str(it.value, "url");
        struct df_str at = df_sentry_host_of(url, base, ask->regions, arena);
        if (it.index >= REGIONS_LIMIT || df_str_eq(at, df_sentry_host_of(DF_STR_NONE, base, ask->regions, arena)))
            continue;
        enum df_code failed = list_organizations(ask, df_arena_printf(arena, "%.*s/api/0/organizations/", DF_FMT(at)),
                                                 at, arena, info, err);
        code = failed ? failed : code;
    }
    return code;
}

static enum df_code get_user_info(const struct df_user_info_ask *ask, struct df_arena *arena, struct df_user_info *ret,
                                  struct df_error *err)
{
    struct df_user_info info = {.organizations = DF_NEW_ARRAY(arena, struct df_organization, ORGANIZATIONS_LIMIT)};
    struct df_error why;
    DF_TRY(list_organizations(ask, ask->endpoints->organizations, DF_STR_NONE, arena, &info, err));
    enum df_code code = has_regions(ask, &info, arena) ? list_regions(ask, arena, &info, &why) : DF_OK;
    bool reached = code == DF_OK || code == DF_ERR_PROVIDER_NOT_FOUND || code == DF_ERR_PROVIDER_FORBIDDEN;
    if (info.n_organizations == 0 && !reached && err)
        *err = why;
    if (info.n_organizations == 0 && !reached)
        return code;
    if (info.n_organizations == 0)
        return df_fail(err, DF_ERR_NO_ORGANIZATION,
                       "No Sentry organizations found for this token: check that the scope org:read is asked "
                       "for and that the user belongs to an organisation");
    if (ask->wanted.n)
        DF_TRY(df_user_info_prefer(&info, ask->wanted, err));
    info.user_id = info.organizations[0].slug;
    *ret = info;
    return DF_OK;
}

/* Sentry says a wrong client or redirect URI on an HTML page with status 400, without sending the browser back. */
static enum df_code read_authorize_answer(const struct df_http_answer *answer, struct df_str redirect_uri,
                                          struct df_arena *arena, struct df_error *err)
{
    if (answer->status == 400 && df_str_find(answer->body, DF_S("redirect_uri")) >= 0)
        return df_fail(
            err, DF_ERR_REDIRECT_MISMATCH,
            "Redirect URI mismatch: Sentry does not know %.*s for this application. Enter exactly this as its redirect URL in "
            "Sentry (no space, no trailing slash), or register the one that is there",
            DF_FMT(df_str_head(redirect_uri, 200)));
    if (answer->status == 400 && df_str_find(answer->body, DF_S("client_id")) >= 0)
        return df_fail(err, DF_ERR_CLIENT_CREDENTIALS,
                       "Invalid client credentials: Sentry does not know this client ID. Check it there and "
                       "register the application again (devflow oauth:register)");
    struct df_str location = df_http_header(answer, "Location");
    if (df_str_starts(location, redirect_uri) && df_str_find(location, DF_S("error=invalid_scope")) >= 0)
        return df_fail(err, DF_ERR_SCOPE, "Sentry does not take these scopes (invalid_scope)");
    (void)arena;
    return DF_OK;
}

/* Facts: Sentry's server source (src/sentry/web/frontend/oauth_*.py), docs.sentry.io/api/auth. A region host (us., de.) never
 * answers OAuth; an organisation's region is in its links. Refresh tokens share the 30 days of the row they are in, and both
 * tokens are replaced at once, without grace (getsentry/sentry#107873). The device flow asks for no secret. */
const struct df_provider df_provider_sentry = {
    .name = "SENTRY",
    .slug = "sentry",
    .title = "Sentry",
    .base_url = "https://sentry.io",
    .authorize_url = "/oauth/authorize/",
    .token_url = "/oauth/token/",
    .device_url = "/oauth/device/code/",
    .api_url = "/api/0",
    .built_in = true,
    .scope_separator = ' ',
    .scopes = {known, minimal, minimal_use, recommended, hints},
    .pkce = true,
    .client_auth = DF_CLIENT_BODY, /* what every version takes; both body and Basic is an error there */
    .device_public = true,
    .rotates = true,
    .access_ttl_s = 0,
    .refresh_ttl_s = DF_DAYS(30),
    .limit_header = "X-Sentry-Rate-Limit-Limit",
    .remaining_header = "X-Sentry-Rate-Limit-Remaining",
    .reset_header = "X-Sentry-Rate-Limit-Reset",
    .organizations = {.url = "{api}/organizations/",
                      .list = "",
                      .item_id = "/slug",
                      .item_name = "/name",
                      .item_url = "/links/regionUrl"},
    .revoke_page = "/settings/account/authorized-applications/",
    .static_kinds = df_bearer_kinds,
    .get_user_info = get_user_info,
    .read_authorize_answer = read_authorize_answer,
};
