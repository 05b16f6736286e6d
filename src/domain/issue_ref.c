#include "domain/issue_ref.h"

#include "base/url.h"

enum { TEXT_LIMIT = 2048, PARTS_LIMIT = 16, PARAMS_LIMIT = 64, EVENT_ID_DIGITS = 32 };

#define EXPECTED                                                                                                \
    "expected a numeric id (4711), a short ID (SHOP-1A), an event id of 32 hex digits, or the URL of an issue " \
    "(https://sentry.io/organizations/acme/issues/4711/)"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all_digits(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0 && s.n <= 20;
}

/* 32 hex digits, with or without the dashes of a UUID. */
static bool parse_event_id(struct df_str s, struct df_arena *arena, struct df_str *ret)
{
    if (s.n != EVENT_ID_DIGITS && s.n != EVENT_ID_DIGITS + 4)
        return false;
    char id[EVENT_ID_DIGITS];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool dash_place = s.n > EVENT_ID_DIGITS && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash_place ? s.p[i] != '-' : !is_hex(s.p[i]))
            return false;
        if (!dash_place)
            id[n++] = s.p[i] >= 'A' && s.p[i] <= 'F' ? (char)(s.p[i] | 0x20) : s.p[i];
    }
    *ret = df_arena_dup(arena, df_str_n(id, n));
    return true;
}

/* PROJECT-CODE: the project's slug, which may hold dashes and underscores, then the base-32 code. */
static bool parse_short_id(struct df_str s, struct df_arena *arena, struct df_str *ret)
{
    if (s.n < 3 || s.n > 128 || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1]) || df_str_find_char(s, '-') < 0)
        return false;
    char *upper = df_arena_cstr(arena, s);
    for (size_t i = 0; i < s.n; i++) {
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] & ~0x20);
    }
    *ret = df_str_n(upper, s.n);
    return true;
}

static bool parse_plain(struct df_str s, struct df_arena *arena, struct df_issue_ref *ret)
{
    while (s.n > 1 && s.p[0] == '0' && all_digits(s))
        s = df_str_from(s, 1);
    if (all_digits(s)) {
        /* Event ids of digits only are as good as impossible: 32 of them do not fit an issue id either. */
        ret->kind = DF_ISSUE_REF_NUMERIC;
        ret->id = df_arena_dup(arena, s);
        return true;
    }
    if (parse_event_id(s, arena, &ret->id)) {
        ret->kind = DF_ISSUE_REF_EVENT_ID;
        return true;
    }
    if (parse_short_id(s, arena, &ret->id)) {
        ret->kind = DF_ISSUE_REF_SHORT_ID;
        return true;
    }
    return false;
}

static size_t path_parts(struct df_str path, struct df_arena *arena, struct df_str parts[PARTS_LIMIT])
{
    size_t n = 0;
    for (struct df_str rest = path, part; n < PARTS_LIMIT && df_str_split(&rest, '/', &part);)
        if (part.n && df_url_decode(part, false, arena, &parts[n]))
            n++;
    return n;
}

static bool slug_is_sound(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
    return s.n > 0 && s.n <= 100;
}

/* acme.sentry.io; the regions and Sentry's own names are no organisation. */
static struct df_str organization_of_host(struct df_str host)
{
    static const char *const own[] = {"www", "us", "de", "eu", "docs", "develop", "status", "blog", "app", "api"};
    if (!df_str_ends(host, DF_S(".sentry.io")))
        return DF_STR_NONE;
    struct df_str name = df_str_n(host.p, host.n - (sizeof ".sentry.io" - 1));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (df_str_is(name, own[i]))
            return DF_STR_NONE;
    return slug_is_sound(name) ? name : DF_STR_NONE;
}

/* organizations/ORG/issues/..., api/0/projects/ORG/PROJECT/events/..., or the older ORG/PROJECT/issues/... and ORG/issues/...,
 * which a base path looks like too. Under a base path the slug is still what follows "organizations". */
static void organization_of_path(const struct df_str *parts, size_t n, struct df_issue_ref *ret)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (df_str_is(parts[i], "organizations") ||
            (i > 0 && df_str_is(parts[i], "projects") && df_str_is(parts[i - 1], "0"))) {
            ret->organization = slug_is_sound(parts[i + 1]) ? parts[i + 1] : DF_STR_NONE;
            return;
        }
    if ((n == 1 || n == 2) && slug_is_sound(parts[0]) && !df_str_is(parts[0], "api")) {
        ret->organization = parts[0];
        ret->organization_guessed = true;
    }
}

static void parse_url_event(const struct df_str *parts, size_t n, struct df_arena *arena, struct df_issue_ref *ret)
{
    if (n < 2 || !df_str_is(parts[0], "events"))
        return;
    static const char *const named[] = {"latest", "oldest", "recommended"};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (df_str_is(parts[1], named[i]))
            ret->event_id = df_str_c(named[i]);
    parse_event_id(parts[1], arena, &ret->event_id);
}

static bool is_one_of(struct df_str part, const char *const *names)
{
    for (; *names; names++)
        if (df_str_is(part, *names))
            return true;
    return false;
}

/* The part after the last "issues" (or its synonyms) that has one; "issues" may also be a project's or an organisation's name. */
static bool find_issue(const struct df_str *parts, size_t n, struct df_arena *arena, struct df_issue_ref *ret,
                       size_t *ret_at)
{
    static const char *const names[] = {"issues", "groups", "group", "shortids", NULL};
    for (size_t i = n; i-- > 1;)
        if (is_one_of(parts[i - 1], names) && parse_plain(parts[i], arena, ret)) {
            *ret_at = i;
            return true;
        }
    return false;
}

/* shop:0123..., as the pages that are about events of a project have it. */
static struct df_str after_colon(struct df_str s)
{
    long colon = df_str_find_char(s, ':');
    return colon < 0 ? s : df_str_from(s, (size_t)colon + 1);
}

/* A page of an event that does not name the issue: projects/SHOP/events/ID, discover/SHOP:ID, performance/SHOP:ID. */
static bool find_event(const struct df_str *parts, size_t n, struct df_arena *arena, struct df_issue_ref *ret,
                       size_t *ret_at)
{
    static const char *const names[] = {"events", "eventids", "discover", "performance", NULL};
    for (size_t i = n; i-- > 1;)
        if (is_one_of(parts[i - 1], names) && parse_event_id(after_colon(parts[i]), arena, &ret->id)) {
            ret->kind = DF_ISSUE_REF_EVENT_ID;
            *ret_at = i;
            return true;
        }
    return false;
}

/* The feedback page names its issue in the query: ?feedbackSlug=shop:4711. */
static bool find_feedback(struct df_str query, size_t n, struct df_arena *arena, struct df_issue_ref *ret,
                          size_t *ret_at)
{
    struct df_param *params;
    size_t n_params;
    if (!df_params_parse(query, PARAMS_LIMIT, arena, &params, &n_params))
        return false;
    const struct df_param *slug = df_params_find(params, n_params, "feedbackSlug");
    if (!slug || !all_digits(after_colon(slug->value)))
        return false;
    ret->kind = DF_ISSUE_REF_NUMERIC;
    ret->id = df_arena_dup(arena, after_colon(slug->value));
    *ret_at = n;
    return true;
}

static enum df_code parse_url(struct df_str text, struct df_arena *arena, struct df_issue_ref *ret,
                              struct df_error *err)
{
    struct df_url url;
    if (!df_url_parse(text, arena, &url))
        return df_fail(err, DF_ERR_INVALID, "this is not a whole http or https URL: " EXPECTED);
    if (url.user.n)
        return df_fail(err, DF_ERR_INVALID, "the issue's URL must not hold a user name or password");
    struct df_str parts[PARTS_LIMIT];
    size_t n = path_parts(url.path, arena, parts), at = 0;
    for (size_t i = 0; i < n; i++)
        if (df_str_is(parts[i], "share"))
            return df_fail(err, DF_ERR_INVALID,
                           "a share link does not name its issue: open it, follow it to the issue and "
                           "copy that URL (https://sentry.io/organizations/acme/issues/4711/)");
    if (find_issue(parts, n, arena, ret, &at))
        parse_url_event(parts + at + 1, n - at - 1, arena, ret);
    else if (!find_event(parts, n, arena, ret, &at) && !find_feedback(url.query, n, arena, ret, &at))
        return df_fail(err, DF_ERR_INVALID, "this URL names no issue: " EXPECTED);
    ret->organization = organization_of_host(url.host);
    if (ret->organization.n == 0)
        organization_of_path(parts, at ? at - 1 : 0, ret);
    ret->host_origin = df_url_origin(&url, arena);
    return DF_OK;
}

/* As it was copied out of a text: <URL>, "SHOP-1A", (SHOP-1A), {UUID}, and after a URL the sentence's own end. */
static struct df_str without_wrapping(struct df_str s)
{
    static const char *const pairs[] = {"<>", "\"\"", "''", "``", "()", "[]", "{}"};
    for (size_t i = 0; s.n > 2 && i < sizeof pairs / sizeof *pairs; i++)
        if (s.p[0] == pairs[i][0] && s.p[s.n - 1] == pairs[i][1])
            return df_str_trim(df_str_n(s.p + 1, s.n - 2));
    bool url = df_str_find(s, DF_S("://")) >= 0;
    while (url && s.n > 0 && strchr(".,;:!)>]'\"", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* sentry.io/organizations/..., as browsers show URLs: a host name with a dot, then a path. */
static bool lacks_scheme(struct df_str s)
{
    long slash = df_str_find_char(s, '/'), dot = df_str_find_char(s, '.');
    return slash > 0 && dot > 0 && dot < slash;
}

enum df_code df_issue_ref_parse(struct df_str text, struct df_arena *arena, struct df_issue_ref *ret,
                                struct df_error *err)
{
    struct df_issue_ref ref = {0};
    struct df_str s = without_wrapping(df_str_trim(text));
    if (s.n == 0)
        return df_fail(err, DF_ERR_INVALID, "no issue given: " EXPECTED);
    if (s.n > TEXT_LIMIT)
        return df_fail(err, DF_ERR_INVALID, "the issue's name is longer than %d bytes: " EXPECTED, TEXT_LIMIT);
    if (df_str_find(s, DF_S("://")) >= 0)
        DF_TRY(parse_url(s, arena, &ref, err));
    else if (lacks_scheme(s))
        DF_TRY(parse_url(df_arena_printf(arena, "https://%.*s", DF_FMT(s)), arena, &ref, err));
    else if (!parse_plain(s, arena, &ref))
        return df_fail(err, DF_ERR_INVALID, "\"%.*s\" names no issue: " EXPECTED, DF_FMT(df_str_head(s, 80)));
    *ret = ref;
    return DF_OK;
}
