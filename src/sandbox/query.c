#include "sandbox/query.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(struct df_str s, struct df_str part)
{
    for (size_t i = 0; part.n <= s.n && i <= s.n - part.n; i++) {
        size_t j = 0;
        while (j < part.n && lower(s.p[i + j]) == lower(part.p[j]))
            j++;
        if (j == part.n)
            return true;
    }
    return false;
}

/* '*' at either end stands for any text. */
static bool like(struct df_str s, struct df_str pattern)
{
    bool start = pattern.n && pattern.p[0] == '*', end = pattern.n > 1 && pattern.p[pattern.n - 1] == '*';
    struct df_str core = df_str_n(pattern.p + start, pattern.n - start - end);
    if (start && end)
        return contains(s, core);
    if (start)
        return s.n >= core.n && df_str_ieq(df_str_from(s, s.n - core.n), core);
    return end ? df_str_istarts(s, core) : df_str_ieq(s, core);
}

/* One word, or a quoted phrase: key:"a b" and "a b" hold together. */
static struct df_str take_word(struct df_str *rest)
{
    bool quoted = false;
    size_t n = 0;
    while (n < rest->n && (quoted || rest->p[n] != ' ')) {
        quoted ^= rest->p[n] == '"';
        n++;
    }
    struct df_str word = df_str_n(rest->p, n);
    *rest = df_str_trim(df_str_from(*rest, n));
    return word;
}

static struct df_str unquote(struct df_str s)
{
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        return df_str_n(s.p + 1, s.n - 2);
    return s;
}

static bool is_state(struct df_str s)
{
    static const char *const states[] = {"unresolved", "resolved",   "ignored",   "archived",   "for_review", "new",
                                         "ongoing",    "escalating", "regressed", "unassigned", "assigned"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (df_str_is(s, states[i]))
            return true;
    return false;
}

bool sandbox_query_parse(struct df_str text, struct df_arena *arena, struct sandbox_query *ret,
                         struct df_str *ret_fault)
{
    struct sandbox_query query = {.n = 0};
    text = df_str_trim(text);
    while (text.n) {
        struct df_str word = take_word(&text), value = word, key = DF_STR_NONE;
        bool negated = word.p[0] == '!';
        if (negated)
            value = df_str_from(value, 1);
        if (value.n && value.p[0] != '"' && df_str_find_char(value, ':') > 0)
            df_str_split(&value, ':', &key);
        value = unquote(value);
        if (key.n && value.n == 0) {
            *ret_fault = df_arena_printf(arena, "Error parsing search query: Empty string after '%.*s:'",
                                         DF_FMT(df_str_head(key, 100)));
            return false;
        }
        if (df_str_is(key, "is") && !is_state(value)) {
            *ret_fault = df_arena_printf(arena, "Invalid value for \"is\" search: %.*s",
                                         DF_FMT(df_str_head(value, 100)));
            return false;
        }
        if (query.n < SANDBOX_TERMS_MAX && value.n)
            query.terms[query.n++] = (struct sandbox_term){key, value, negated};
    }
    *ret = query;
    return true;
}

static bool in_state(const struct sandbox_issue *issue, struct df_str state)
{
    if (df_str_is(state, "unresolved") || df_str_is(state, "for_review"))
        return issue->status == SANDBOX_UNRESOLVED;
    if (df_str_is(state, "resolved"))
        return issue->status == SANDBOX_RESOLVED;
    if (df_str_is(state, "ignored") || df_str_is(state, "archived"))
        return issue->status == SANDBOX_IGNORED;
    return df_str_is(state, "unassigned") || (issue->substatus && df_str_is(state, issue->substatus));
}

/* ["a","b"]: any of them. */
static bool like_any(struct df_str s, struct df_str pattern)
{
    struct df_str one;
    if (pattern.n < 2 || pattern.p[0] != '[' || pattern.p[pattern.n - 1] != ']')
        return like(s, pattern);
    pattern = df_str_n(pattern.p + 1, pattern.n - 2);
    while (df_str_split(&pattern, ',', &one))
        if (like(s, unquote(df_str_trim(one))))
            return true;
    return false;
}

static bool has_tag(const struct sandbox_issue *issue, struct df_str key, struct df_str value)
{
    for (size_t i = issue->n_events; i-- > 0;) {
        const struct df_sandbox_event *event = &issue->events[i]->data;
        for (size_t j = 0; j < event->n_tags; j++)
            if (df_str_eq(event->tags[j].key, key) && (value.n == 0 || like_any(event->tags[j].value, value)))
                return true;
    }
    return false;
}

static bool text_matches(const struct sandbox_issue *issue, struct df_str text)
{
    const struct df_sandbox_event *latest = sandbox_issue_latest(issue);
    return contains(latest->title, text) || contains(latest->message, text) || contains(latest->culprit, text) ||
           contains(latest->metadata_value, text);
}

static bool term_matches(const struct sandbox_term *term, const struct sandbox_issue *issue, struct df_str project)
{
    if (term->key.n == 0)
        return text_matches(issue, term->value);
    if (df_str_is(term->key, "is"))
        return in_state(issue, term->value);
    if (df_str_is(term->key, "issue"))
        return df_str_ieq(term->value, df_str_c(issue->short_id));
    if (df_str_is(term->key, "project") || df_str_is(term->key, "project.name"))
        return df_str_eq(term->value, project);
    if (df_str_is(term->key, "has"))
        return has_tag(issue, term->value, DF_STR_NONE);
    if (df_str_is(term->key, "title"))
        return like(sandbox_issue_latest(issue)->title, term->value);
    return has_tag(issue, term->key, term->value);
}

bool sandbox_query_matches(const struct sandbox_query *query, const struct sandbox_issue *issue, struct df_str project)
{
    for (size_t i = 0; i < query->n; i++)
        if (term_matches(&query->terms[i], issue, project) == query->terms[i].negated)
            return false;
    return true;
}

bool sandbox_period_parse(struct df_str text, int64_t *ret_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    unsigned long long n;
    if (text.n < 2 || !df_str_to_u64(df_str_n(text.p, text.n - 1), &n) || n > 100000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.p[text.n - 1] == units[i].unit) {
            *ret_ms = (int64_t)n * units[i].ms;
            return true;
        }
    return false;
}
