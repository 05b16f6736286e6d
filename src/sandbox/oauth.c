#include "sandbox/oauth.h"

#include "base/buf.h"
#include "base/fatal.h"
#include "base/url.h"

#include <stdlib.h>

const char *const sandbox_scopes[] = {
    "alerts:read",      "alerts:write",  "email",        "event:admin", "event:read",    "event:write",
    "member:admin",     "member:read",   "member:write", "openid",      "org:admin",     "org:ci",
    "org:integrations", "org:read",      "org:write",    "profile",     "project:admin", "project:read",
    "project:releases", "project:write", "team:admin",   "team:read",   "team:write",
};
const size_t sandbox_n_scopes = sizeof sandbox_scopes / sizeof *sandbox_scopes;

static const int64_t code_ms = 600000, cleanup_ms = INT64_C(30) * 24 * 3600 * 1000;

enum { TOKEN_BYTES = 32 };
#define OAUTH_TOKEN_MARK "5a4db0c55a4db0c5"

void sandbox_oauth_init(struct sandbox_oauth *oauth)
{
    oauth->pending = df_must(calloc(OAUTH_CONSENTS_MAX, sizeof *oauth->pending));
    oauth->codes = df_must(calloc(OAUTH_CODES_MAX, sizeof *oauth->codes));
    oauth->tokens = df_must(calloc(OAUTH_TOKENS_MAX, sizeof *oauth->tokens));
    oauth->retired = df_must(calloc(OAUTH_RETIRED_MAX, sizeof *oauth->retired));
}

void sandbox_oauth_done(struct sandbox_oauth *oauth)
{
    free(oauth->pending);
    free(oauth->codes);
    free(oauth->tokens);
    free(oauth->retired);
}

bool oauth_scopes_parse(struct df_str text, oauth_scopes *ret)
{
    oauth_scopes scopes = 0;
    struct df_str part;
    if (text.n == 0) {
        *ret = 0;
        return true;
    }
    while (df_str_split(&text, ' ', &part)) {
        size_t i = 0;
        while (i < sandbox_n_scopes && !df_str_is(part, sandbox_scopes[i]))
            i++;
        if (i == sandbox_n_scopes)
            return false;
        scopes |= (oauth_scopes)1 << i;
    }
    *ret = scopes;
    return true;
}

struct df_str oauth_scopes_format(oauth_scopes scopes, struct df_arena *arena)
{
    struct df_buf buf;
    df_buf_init(&buf, arena, 1024);
    for (size_t i = 0; i < sandbox_n_scopes; i++)
        if (scopes >> i & 1)
            df_buf_printf(&buf, "%s%s", buf.n ? " " : "", sandbox_scopes[i]);
    return df_buf_str(&buf);
}

static int rank(struct df_str verb)
{
    static const char *const verbs[] = {"read", "write", "admin"};
    for (int i = 0; i < 3; i++)
        if (df_str_is(verb, verbs[i]))
            return i;
    return -1;
}

bool oauth_scopes_allow(oauth_scopes scopes, struct df_str needed)
{
    struct df_str verb = needed, thing = DF_STR_NONE;
    df_str_split(&verb, ':', &thing);
    for (size_t i = 0; i < sandbox_n_scopes; i++) {
        if (!(scopes >> i & 1))
            continue;
        struct df_str own_verb = df_str_c(sandbox_scopes[i]), own_thing = DF_STR_NONE;
        df_str_split(&own_verb, ':', &own_thing);
        if (df_str_eq(own_thing, thing) && rank(own_verb) >= rank(verb))
            return true;
    }
    return false;
}

bool oauth_redirect_uri_matches(struct df_str registered, struct df_str given, struct df_arena *arena)
{
    struct df_url ours, theirs;
    if (df_str_eq(registered, given))
        return true;
    if (!df_url_parse(registered, arena, &ours) || !df_url_parse(given, arena, &theirs) || ours.port.n || theirs.user.n)
        return false;
    return df_host_is_loopback(ours.host) && df_str_eq(ours.scheme, theirs.scheme) &&
           df_str_eq(ours.host, theirs.host) && df_str_eq(ours.path, theirs.path) &&
           df_str_eq(ours.query, theirs.query) && theirs.fragment.n == 0;
}

bool oauth_pkce_text(struct df_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool alnum = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && c != '-' && c != '.' && c != '_' && c != '~')
            return false;
    }
    return text.n >= 43 && text.n <= 128;
}

static struct oauth_digest digest(struct df_str text)
{
    struct oauth_digest d = {{0}};
    df_sha256(text, d.bytes);
    return d;
}

static bool same(const struct oauth_digest *a, const struct oauth_digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static struct df_str keep(struct oauth_grant *rows, size_t *n, size_t max, const struct oauth_grant *grant,
                          int64_t expires_ms, struct df_arena *arena)
{
    struct df_str text = df_random_hex(TOKEN_BYTES, arena);
    struct oauth_grant *row = &rows[(*n)++ % max];
    *row = *grant;
    row->key = digest(text);
    row->expires_ms = expires_ms;
    row->used = true;
    return text;
}

/* Digests are compared, so the time taken says nothing of the text. */
static bool take(struct oauth_grant *rows, size_t max, struct df_str text, int64_t now_ms, struct oauth_grant *ret)
{
    struct oauth_digest key = digest(text);
    for (size_t i = 0; i < max; i++) {
        if (!rows[i].used || !same(&rows[i].key, &key))
            continue;
        *ret = rows[i];
        rows[i].used = false;
        return ret->expires_ms > now_ms;
    }
    return false;
}

struct df_str oauth_consent_new(struct sandbox_oauth *oauth, const struct oauth_grant *asked, int64_t now_ms,
                                struct df_arena *arena)
{
    return keep(oauth->pending, &oauth->n_pending, OAUTH_CONSENTS_MAX, asked, now_ms + code_ms, arena);
}

bool oauth_consent_take(struct sandbox_oauth *oauth, struct df_str text, int64_t now_ms, struct oauth_grant *ret)
{
    return take(oauth->pending, OAUTH_CONSENTS_MAX, text, now_ms, ret);
}

struct df_str oauth_code_new(struct sandbox_oauth *oauth, const struct oauth_grant *grant, int64_t now_ms,
                             struct df_arena *arena)
{
    oauth->approved |= grant->scopes;
    return keep(oauth->codes, &oauth->n_codes, OAUTH_CODES_MAX, grant, now_ms + code_ms, arena);
}

/* As long as Sentry's, 192 bits of it random; its beginning tells it at sight from a real one, wherever it turns up. */
static struct df_str token_new(struct df_arena *arena)
{
    struct df_str random = df_random_hex(TOKEN_BYTES - (sizeof OAUTH_TOKEN_MARK - 1) / 2, arena);
    return df_arena_printf(arena, OAUTH_TOKEN_MARK "%.*s", DF_FMT(random));
}

static void fill(struct sandbox_oauth *oauth, struct oauth_token *row, oauth_scopes scopes, int64_t now_ms,
                 struct df_arena *arena, struct oauth_pair *ret)
{
    *ret = (struct oauth_pair){token_new(arena), token_new(arena), now_ms + oauth->ttl_ms, scopes};
    *row = (struct oauth_token){
        digest(ret->access), digest(ret->refresh), ret->expires_ms, ret->expires_ms + cleanup_ms, scopes, true};
}

void oauth_pair_new(struct sandbox_oauth *oauth, oauth_scopes scopes, int64_t now_ms, struct df_arena *arena,
                    struct oauth_pair *ret)
{
    fill(oauth, &oauth->tokens[oauth->n_tokens++ % OAUTH_TOKENS_MAX], scopes, now_ms, arena, ret);
}

static bool pkce_holds(const struct oauth_grant *grant, struct df_str verifier, struct df_arena *arena)
{
    struct df_str challenge = df_str_c(grant->challenge);
    if (challenge.n == 0)
        return true;
    unsigned char hash[DF_SHA256_BYTES];
    df_sha256(verifier, hash);
    struct df_str expected = df_base64url(df_str_n((const char *)hash, sizeof hash), arena);
    return oauth_pkce_text(verifier) && df_equal_constant_time(expected, challenge);
}

bool oauth_code_exchange(struct sandbox_oauth *oauth, struct df_str code, struct df_str redirect_uri,
                         struct df_str verifier, int64_t now_ms, struct df_arena *arena, struct oauth_pair *ret)
{
    struct oauth_grant grant;
    if (!take(oauth->codes, OAUTH_CODES_MAX, code, now_ms, &grant))
        return false;
    if (!df_str_is(redirect_uri, grant.redirect_uri) || !pkce_holds(&grant, verifier, arena))
        return false;
    oauth_pair_new(oauth, grant.scopes, now_ms, arena, ret);
    return true;
}

static bool was_retired(const struct sandbox_oauth *oauth, const struct oauth_digest *key)
{
    size_t n = oauth->n_retired < OAUTH_RETIRED_MAX ? oauth->n_retired : OAUTH_RETIRED_MAX;
    for (size_t i = 0; i < n; i++)
        if (same(&oauth->retired[i], key))
            return true;
    return false;
}

bool oauth_refresh(struct sandbox_oauth *oauth, struct df_str refresh, int64_t now_ms, struct df_arena *arena,
                   struct oauth_pair *ret)
{
    struct oauth_digest key = digest(refresh);
    for (size_t i = 0; i < OAUTH_TOKENS_MAX; i++) {
        struct oauth_token *row = &oauth->tokens[i];
        if (!row->used || !same(&row->refresh, &key))
            continue;
        if (row->refresh_expires_ms <= now_ms)
            return false;
        oauth->retired[oauth->n_retired++ % OAUTH_RETIRED_MAX] = key;
        fill(oauth, row, row->scopes, now_ms, arena, ret);
        return true;
    }
    oauth->refresh_reuse += was_retired(oauth, &key);
    return false;
}

enum oauth_verdict oauth_access(const struct sandbox_oauth *oauth, struct df_str access, int64_t now_ms,
                                oauth_scopes *ret)
{
    struct oauth_digest key = digest(access);
    for (size_t i = 0; i < OAUTH_TOKENS_MAX; i++) {
        const struct oauth_token *row = &oauth->tokens[i];
        if (!row->used || !same(&row->access, &key))
            continue;
        *ret = row->scopes;
        return row->expires_ms > now_ms ? OAUTH_VALID : OAUTH_EXPIRED;
    }
    return OAUTH_UNKNOWN;
}

void sandbox_oauth_expire(struct sandbox_oauth *oauth, int64_t now_ms, bool refresh_too)
{
    for (size_t i = 0; i < OAUTH_TOKENS_MAX; i++) {
        oauth->tokens[i].expires_ms = now_ms;
        if (refresh_too)
            oauth->tokens[i].refresh_expires_ms = now_ms;
    }
}

void sandbox_oauth_revoke(struct sandbox_oauth *oauth)
{
    memset(oauth->tokens, 0, OAUTH_TOKENS_MAX * sizeof *oauth->tokens);
    memset(oauth->codes, 0, OAUTH_CODES_MAX * sizeof *oauth->codes);
    oauth->approved = 0;
}
