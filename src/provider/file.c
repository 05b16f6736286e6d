#include "provider/file.h"
#include "provider/catalogue.h"
#include "provider/file_parts.h"

enum { ROWS_LIMIT = 200, NAME_LIMIT_BYTES = 32 };

#define INFO(name, kind, member) {name, kind, offsetof(struct df_info_request, member), NULL}
static const struct field info_fields[] = {
    INFO("method", FIELD_METHOD, method),
    INFO("url", FIELD_URL, url),
    INFO("body", FIELD_TEXT, body),
    INFO("needsScope", FIELD_TEXT, needs_scope),
    INFO("id", FIELD_POINTER, id),
    INFO("name", FIELD_POINTER, name),
    INFO("email", FIELD_POINTER, email),
    INFO("list", FIELD_POINTER, list),
    INFO("itemId", FIELD_POINTER, item_id),
    INFO("itemName", FIELD_POINTER, item_name),
    INFO("itemUrl", FIELD_POINTER, item_url),
    {NULL, FIELD_TEXT, 0, NULL},
};

#define REVOKE(name, kind, member) {name, kind, offsetof(struct df_revocation, member), NULL}
static const struct field revocation_fields[] = {
    REVOKE("method", FIELD_METHOD, method),
    REVOKE("url", FIELD_URL, url),
    REVOKE("field", FIELD_TEXT, field),
    REVOKE("json", FIELD_BOOL, json),
    REVOKE("refreshToken", FIELD_BOOL, refresh_token),
    REVOKE("client", FIELD_BOOL, client),
    REVOKE("confirmed", FIELD_POINTER, confirmed),
    {NULL, FIELD_TEXT, 0, NULL},
};

/* A row and what the file alone says of it. */
struct row {
    struct df_provider p;
    bool replaces;
};

#define ROW(name, kind, member) {name, kind, offsetof(struct row, member), NULL}
const struct field provider_fields[] = {
    ROW("name", FIELD_TEXT, p.name),
    ROW("slug", FIELD_TEXT, p.slug),
    ROW("title", FIELD_TEXT, p.title),
    ROW("replaces", FIELD_BOOL, replaces),
    ROW("baseUrl", FIELD_BASE, p.base_url),
    ROW("authorizeUrl", FIELD_URL, p.authorize_url),
    ROW("tokenUrl", FIELD_URL, p.token_url),
    ROW("refreshUrl", FIELD_URL, p.refresh_url),
    ROW("deviceUrl", FIELD_URL, p.device_url),
    ROW("apiUrl", FIELD_URL, p.api_url),
    ROW("ownApiPath", FIELD_URL, p.own_api_path),
    ROW("discovery", FIELD_BOOL, p.discovery),
    ROW("scopeSeparator", FIELD_CHAR, p.scope_separator),
    ROW("otherScopePrefix", FIELD_TEXT, p.other_scope_prefix),
    ROW("otherScopeParam", FIELD_TEXT, p.other_scope_param),
    ROW("knownScopes", FIELD_LIST, p.scopes.known),
    ROW("moreScopes", FIELD_BOOL, p.scopes.more),
    ROW("recommendedScopes", FIELD_LIST, p.scopes.recommended),
    ROW("scopeHints", FIELD_HINTS, p.scopes.hints),
    ROW("pkce", FIELD_BOOL, p.pkce),
    ROW("clientAuth", FIELD_AUTH, p.client_auth),
    ROW("devicePublic", FIELD_BOOL, p.device_public),
    ROW("authorizeParams", FIELD_WORDS, p.authorize_params),
    ROW("tokenParams", FIELD_WORDS, p.token_params),
    ROW("bareRefresh", FIELD_BOOL, p.bare_refresh),
    ROW("httpsRedirectsOnly", FIELD_BOOL, p.https_redirects_only),
    ROW("answerAt", FIELD_POINTER, p.answer_at),
    ROW("errorWords", FIELD_WORDS, p.error_words),
    ROW("tokenTypes", FIELD_LIST, p.token_types),
    ROW("rotates", FIELD_BOOL, p.rotates),
    ROW("graceSeconds", FIELD_INT, p.grace_s),
    ROW("accessTokenSeconds", FIELD_INT64, p.access_ttl_s),
    ROW("refreshTokenSeconds", FIELD_INT64, p.refresh_ttl_s),
    ROW("tokenRequestsPerSecond", FIELD_RATE, p.token_requests_per_s),
    ROW("limitHeader", FIELD_TEXT, p.limit_header),
    ROW("remainingHeader", FIELD_TEXT, p.remaining_header),
    ROW("resetHeader", FIELD_TEXT, p.reset_header),
    {"user", FIELD_OBJECT, offsetof(struct row, p.user), info_fields},
    {"organizations", FIELD_OBJECT, offsetof(struct row, p.organizations), info_fields},
    {"revocation", FIELD_OBJECT, offsetof(struct row, p.revocation), revocation_fields},
    ROW("revokePage", FIELD_URL, p.revoke_page),
    ROW("staticTokens", FIELD_KINDS, p.static_kinds),
    {NULL, FIELD_TEXT, 0, NULL},
};

static bool all_of(const char *text, const char *first, const char *rest)
{
    if (!*text || !strchr(first, *text) || strlen(text) > NAME_LIMIT_BYTES)
        return false;
    return text[strspn(text, rest)] == '\0';
}

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* A name the routes have for themselves (auth/apps, auth/connections) can be no slug. */
static void check_names(struct reading *r, struct df_provider *p)
{
    if (!p->name || !all_of(p->name, UPPER, UPPER DIGITS "_")) {
        file_fault(r, "name", "must be upper case letters, digits and '_', at most 32, such as ACME");
        return;
    }
    if (!p->slug) {
        char *slug = df_arena_cstr(r->arena, df_str_c(p->name));
        for (char *c = slug; *c; c++)
            *c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        p->slug = slug;
    }
    if (!all_of(p->slug, LOWER DIGITS, LOWER DIGITS "-"))
        file_fault(r, "slug", "must be lower case letters, digits and '-', at most 32, such as acme");
    if (strcmp(p->slug, "apps") == 0 || strcmp(p->slug, "connections") == 0)
        file_fault(r, "slug", "is taken by a route of the API: choose another");
    p->title = p->title ? p->title : p->name;
}

static bool info_sound(const struct df_info_request *i)
{
    bool tells = i->id || (i->list && i->item_id);
    return (!i->url && !i->method && !i->body && !tells) || (i->url && tells);
}

static bool names_api(const char *url)
{
    return url && strncmp(url, "{api}", 5) == 0;
}

static void check_api(struct reading *r, const struct df_provider *p)
{
    const struct {
        const char *field, *url;
    } urls[] = {
        {"authorizeUrl", p->authorize_url},   {"tokenUrl", p->token_url}, {"refreshUrl", p->refresh_url},
        {"deviceUrl", p->device_url},         {"user.url", p->user.url},  {"organizations.url", p->organizations.url},
        {"revocation.url", p->revocation.url}};
    for (size_t i = 0; i < sizeof urls / sizeof *urls && !p->api_url; i++)
        if (names_api(urls[i].url))
            file_fault(r, urls[i].field, "is under {api}, but there is no apiUrl: add it");
    if (names_api(p->api_url))
        file_fault(r, "apiUrl", "must not be under {api} itself");
}

static void check_scopes(struct reading *r, const struct df_scope_rules *scopes)
{
    for (const char *const *s = scopes->recommended; s && *s; s++) {
        const char *const *known = scopes->known;
        while (known && *known && strcmp(*known, *s) != 0)
            known++;
        if (scopes->known && !scopes->more && !*known)
            file_fault(r, "recommendedScopes",
                       "has %s, which is not among knownScopes: add it there, or \"moreScopes\": true", *s);
    }
}

/* What DevFlow itself puts there. */
static void check_params(struct reading *r, const char *field, const struct df_word *params)
{
    static const char *const own[] = {
        "client_id",      "client_secret",         "state",      "redirect_uri",  "response_type", "scope",      "code",
        "code_challenge", "code_challenge_method", "grant_type", "code_verifier", "refresh_token", "device_code"};
    for (; params && params->name; params++)
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            if (strcmp(params->name, own[i]) == 0)
                file_fault(r, field, "must not have %s: DevFlow sends its own", own[i]);
}

static void check_body(struct reading *r, const char *field, const char *body)
{
    const struct df_json *v;
    if (body && df_json_parse(r->arena, df_str_c(body), 0, &v, NULL) != DF_OK)
        file_fault(r, field, "must be JSON, written as one text");
}

static void check_row(struct reading *r, const struct df_provider *p)
{
    check_api(r, p);
    check_scopes(r, &p->scopes);
    check_params(r, "authorizeParams", p->authorize_params);
    check_params(r, "tokenParams", p->token_params);
    check_body(r, "user.body", p->user.body);
    check_body(r, "organizations.body", p->organizations.body);
    if (!p->discovery && !p->token_url && (p->authorize_url || p->device_url))
        file_fault(r, "tokenUrl",
                   "is missing: add it, or \"discovery\": true where the server publishes its endpoints");
    bool keys_alone = p->static_kinds && p->user.url;
    if (!p->discovery && !p->authorize_url && !p->device_url && !keys_alone)
        file_fault(
            r, "authorizeUrl",
            "is missing: add it, or deviceUrl, or \"discovery\": true, or user where there are static tokens alone");
    if (p->discovery && (p->authorize_url || p->token_url))
        file_fault(r, "discovery", "and authorizeUrl or tokenUrl exclude each other: keep one of them");
    if (!p->discovery && !info_sound(&p->user))
        file_fault(r, "user", "needs a url, and id or list with itemId: what tells who the token speaks for");
    if (!info_sound(&p->organizations))
        file_fault(r, "organizations", "needs a url, and list with itemId");
    if (p->revocation.url && !p->revocation.field && p->revocation.json)
        file_fault(r, "revocation.field", "is missing: the token's name in the JSON body");
    if (!p->other_scope_prefix != !p->other_scope_param)
        file_fault(r, "otherScopePrefix", "and otherScopeParam go together: add the other one");
}

static const struct df_provider *same_name(const struct df_provider *const *rows, size_t n, const struct df_provider *p)
{
    for (size_t i = 0; i < n; i++)
        if (df_str_ieq(df_str_c(rows[i]->name), df_str_c(p->name)) ||
            df_str_ieq(df_str_c(rows[i]->slug), df_str_c(p->slug)))
            return rows[i];
    return NULL;
}

/* In the place of the one of the same name, if the row says so, else at the end. */
static void add_row(struct reading *r, const struct row *row, const struct df_provider **rows, size_t *n)
{
    const struct df_provider *same = same_name(rows, *n, &row->p);
    size_t at = *n;
    if (same && !same->built_in) {
        file_fault(r, "name", "is that of another row of this file (%s): choose another", same->name);
        return;
    }
    if (same && !(row->replaces && strcmp(same->name, row->p.name) == 0)) {
        file_fault(
            r, "name",
            "is that of a built-in provider (%s): choose another, or say \"replaces\": true with the same name to "
            "use this row in its place",
            same->name);
        return;
    }
    if (!same && row->replaces)
        file_fault(r, "replaces", "is true, but there is no built-in provider %s: take it out", row->p.name);
    for (size_t i = 0; same && i < *n; i++)
        at = rows[i] == same ? i : at;
    rows[at] = &row->p;
    *n += at == *n;
}

static void read_row(struct reading *r, size_t i, const struct df_json *v, const struct df_provider **rows, size_t *n)
{
    struct row *row = DF_NEW(r->arena, struct row);
    row->p = (struct df_provider){
        .scope_separator = ' ', .rotates = true, .static_kinds = df_bearer_kinds, .get_user_info = df_user_info_ask};
    size_t faults = r->n_faults;
    struct df_str name = df_str_head(df_json_get_str(v, "name"), NAME_LIMIT_BYTES);
    r->row = df_arena_printf(r->arena, "providers[%zu]%s%.*s%s", i, name.n ? " (" : "", DF_FMT(name),
                             name.n ? ")" : "");
    file_read_object(r, NULL, v, provider_fields, row);
    if (r->n_faults == faults)
        check_names(r, &row->p);
    if (row->p.discovery && !row->p.user.id)
        row->p.user = df_provider_oidc.user;
    if (row->p.discovery && !row->p.revocation.field)
        row->p.revocation = df_provider_oidc.revocation;
    if (r->n_faults == faults)
        check_row(r, &row->p);
    if (r->n_faults == faults)
        add_row(r, row, rows, n);
}

bool df_providers_parse(struct df_str text, const char *file, const struct df_provider *const *built_in,
                        struct df_arena *arena, struct df_provider_list *ret)
{
    struct reading r = {.file = file, .arena = arena, .list = ret, .row = DF_S("the file")};
    const struct df_json *v = NULL;
    struct df_error why;
    size_t n = 0, i = 0;
    const struct df_provider **rows = DF_NEW_ARRAY(arena, const struct df_provider *, ROWS_LIMIT + 1);
    for (; built_in[n]; n++)
        rows[n] = built_in[n];
    *ret = (struct df_provider_list){.rows = rows};
    if (df_json_parse(arena, text, 0, &v, &why) != DF_OK) {
        file_fault(&r, NULL, "is not JSON: %s", why.message);
        return false;
    }
    const struct df_json *list = df_json_get(v, "providers");
    size_t lists = 0;
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);)
        lists += df_str_is(it.key, "providers");
    if (lists > 1)
        file_fault(&r, NULL, "has \"providers\" twice: put all rows into one list");
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);)
        if (!df_str_is(it.key, "providers") && !df_str_is(it.key, "$schema"))
            file_fault(&r, NULL, "has a member \"%.*s\": it may have \"providers\" (and \"$schema\") alone",
                       DF_FMT(df_str_head(it.key, 64)));
    if (!df_json_is_array(list) || df_json_count(list) > ROWS_LIMIT / 2) {
        file_fault(&r, NULL, "must be of the form {\"providers\": [...]}, with at most %d rows", ROWS_LIMIT / 2);
        return false;
    }
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it); i++)
        read_row(&r, i, it.value, rows, &n);
    return ret->n_faults == 0;
}
