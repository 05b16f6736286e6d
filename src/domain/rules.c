#include "domain/rules.h"

static const struct {
    const char *name;
    unsigned bit;
} states[] = {{"new", DF_RULE_NEW}, {"regressed", DF_RULE_REGRESSED}, {"escalating", DF_RULE_ESCALATING}};
enum { STATES = sizeof states / sizeof *states, LIST_MOST = 50, QUERY_BYTES = 1024, USERS_MOST = 1000000000 };
static const char *const levels[] = {"fatal", "error", "warning", "info", "debug", "sample", "unknown"};
static const char *const resources[] = {"event_alert", "issue", "error"};

/* What "when" holds, before it is looked at. */
struct when {
    struct df_str_list on, level, environment, release, is;
    int64_t users_over;
    struct df_str query;
};

static bool among(struct df_str s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (df_str_is(s, names[i]))
            return true;
    return false;
}

static enum df_code check_list(const struct df_str_list *list, const char *what, const char *const *names, size_t n,
                               struct df_error *err)
{
    if (list->n > LIST_MOST)
        return df_fail(err, DF_ERR_INVALID, "%s has more than %d entries", what, LIST_MOST);
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].n == 0 || (names && !among(list->items[i], names, n)))
            return df_fail(err, DF_ERR_INVALID, "%s holds \"%.*s\", which is none", what,
                           DF_FMT(df_str_head(list->items[i], 40)));
    return DF_OK;
}

static enum df_code read_states(const struct df_str_list *list, unsigned *ret, struct df_error *err)
{
    *ret = 0;
    for (size_t i = 0; i < list->n; i++) {
        size_t k = 0;
        while (k < STATES && !df_str_is(list->items[i], states[k].name))
            k++;
        if (k == STATES)
            return df_fail(err, DF_ERR_INVALID, "is holds \"%.*s\": it may hold new, regressed and escalating",
                           DF_FMT(df_str_head(list->items[i], 40)));
        *ret |= states[k].bit;
    }
    return DF_OK;
}

static enum df_code read_when(const struct df_json *v, struct df_arena *arena, struct df_rule *rule,
                              struct df_error *err)
{
    static const struct df_json_field fields[] = {
        {"on", DF_JSON_STRINGS, false, offsetof(struct when, on), 64},
        {"level", DF_JSON_STRINGS, false, offsetof(struct when, level), 64},
        {"environment", DF_JSON_STRINGS, false, offsetof(struct when, environment), 64},
        {"release", DF_JSON_STRINGS, false, offsetof(struct when, release), 250},
        {"is", DF_JSON_STRINGS, false, offsetof(struct when, is), 64},
        {"usersOver", DF_JSON_INT, false, offsetof(struct when, users_over), 0},
        {"query", DF_JSON_STRING, false, offsetof(struct when, query), QUERY_BYTES},
    };
    struct when w = {.users_over = -1};
    DF_TRY(df_json_bind(v, fields, sizeof fields / sizeof *fields, &w, arena, err));
    DF_TRY(check_list(&w.on, "on", resources, sizeof resources / sizeof *resources, err));
    DF_TRY(check_list(&w.level, "level", levels, sizeof levels / sizeof *levels, err));
    DF_TRY(check_list(&w.environment, "environment", NULL, 0, err));
    DF_TRY(check_list(&w.release, "release", NULL, 0, err));
    DF_TRY(read_states(&w.is, &rule->is, err));
    if (w.users_over < -1 || w.users_over > USERS_MOST)
        return df_fail(err, DF_ERR_INVALID, "usersOver must be a number from 0 to %d", USERS_MOST);
    rule->on = w.on;
    rule->levels = w.level;
    rule->environments = w.environment;
    rule->releases = w.release;
    rule->users_over = w.users_over;
    rule->query = df_str_trim(w.query);
    return DF_OK;
}

/* It becomes a part of the run's id. */
static bool is_name(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              (s.p[i] && strchr("-_.", s.p[i]))))
            return false;
    return s.n > 0;
}

static enum df_code read_do(const struct df_json *v, struct df_arena *arena, struct df_rule *rule, struct df_error *err)
{
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);)
        if (!df_str_is(it.key, "workflow") && !df_str_is(it.key, "input"))
            return df_fail(err, DF_ERR_INVALID, "do has an unknown field %.*s", DF_FMT(df_str_head(it.key, 40)));
    const struct df_json *input = df_json_get(v, "input");
    rule->workflow = df_arena_dup(arena, df_json_get_str(v, "workflow"));
    if (rule->workflow.n > 64 || !is_name(rule->workflow))
        return df_fail(err, DF_ERR_INVALID, "do.workflow must be the name of a workflow");
    if (df_json_is_null(input))
        return DF_OK;
    struct df_buf text;
    struct df_json_writer w;
    df_buf_init(&text, arena, DF_RULES_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_json_put_value(&w, input);
    rule->input = df_buf_str(&text);
    return df_json_is_object(input) && !text.overflow
               ? DF_OK
               : df_fail(err, DF_ERR_INVALID, "do.input must be a JSON object of at most %d bytes", DF_RULES_BYTES);
}

static enum df_code read_rule(const struct df_json *v, struct df_arena *arena, struct df_rule *ret,
                              struct df_error *err)
{
    const struct df_json *when = df_json_get(v, "when"), *act = df_json_get(v, "do");
    *ret = (struct df_rule){.name = df_arena_dup(arena, df_json_get_str(v, "name")), .users_over = -1};
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);)
        if (!df_str_is(it.key, "name") && !df_str_is(it.key, "when") && !df_str_is(it.key, "do"))
            return df_fail(err, DF_ERR_INVALID, "it has an unknown field %.*s", DF_FMT(df_str_head(it.key, 40)));
    if (ret->name.n == 0 || ret->name.n > DF_RULE_NAME_BYTES)
        return df_fail(err, DF_ERR_INVALID, "it needs a name of at most %d bytes", DF_RULE_NAME_BYTES);
    if (!df_json_is_null(when))
        DF_TRY(read_when(when, arena, ret, err));
    if (!df_json_is_object(act))
        return df_fail(err, DF_ERR_INVALID, "it needs do: {\"workflow\": NAME}");
    return read_do(act, arena, ret, err);
}

static enum df_code check_names(const struct df_rules *rules, struct df_error *err)
{
    for (size_t i = 0; i < rules->n; i++)
        for (size_t k = 0; k < i; k++)
            if (df_str_eq(rules->items[i].name, rules->items[k].name))
                return df_fail(err, DF_ERR_INVALID, "two rules have the name %.*s", DF_FMT(rules->items[i].name));
    return DF_OK;
}

enum df_code df_rules_parse(const struct df_json *v, struct df_arena *arena, struct df_rules *ret, struct df_error *err)
{
    const struct df_json *list = df_json_get(v, "rules");
    struct df_rules rules = {.n = df_json_count(list)};
    struct df_error why = {0};
    size_t i = 0;
    if (!df_json_is_array(list) || df_json_count(v) != 1)
        return df_fail(err, DF_ERR_INVALID, "rules are an object with one field, rules, a list");
    if (rules.n > DF_RULES_MOST)
        return df_fail(err, DF_ERR_INVALID, "there are more than %d rules", DF_RULES_MOST);
    rules.items = DF_NEW_ARRAY(arena, struct df_rule, rules.n + 1);
    for (struct df_json_iter it = df_json_iter(list); df_json_next(&it); i++)
        if (read_rule(it.value, arena, &rules.items[i], &why) != DF_OK)
            return df_fail(err, DF_ERR_INVALID, "rule %zu: %s", i + 1, why.message);
    DF_TRY(check_names(&rules, err));
    *ret = rules;
    return DF_OK;
}

static void put_list(struct df_json_writer *w, const char *key, const struct df_str_list *list)
{
    if (list->n)
        df_json_kstrs(w, key, list->items, list->n);
}

static void put_when(struct df_json_writer *w, const struct df_rule *rule)
{
    struct df_str is[STATES];
    struct df_str_list list = {.items = is};
    for (size_t i = 0; i < STATES; i++)
        if (rule->is & states[i].bit)
            is[list.n++] = df_str_c(states[i].name);
    df_json_kopen(w, "when", '{');
    put_list(w, "on", &rule->on);
    put_list(w, "level", &rule->levels);
    put_list(w, "environment", &rule->environments);
    put_list(w, "release", &rule->releases);
    put_list(w, "is", &list);
    if (rule->users_over >= 0)
        df_json_kint(w, "usersOver", rule->users_over);
    if (rule->query.n)
        df_json_kstr(w, "query", rule->query);
    df_json_close(w, '}');
}

void df_rules_put_json(struct df_json_writer *w, const struct df_rules *rules, struct df_arena *arena)
{
    const struct df_json *input;
    df_json_open(w, '{');
    df_json_kopen(w, "rules", '[');
    for (size_t i = 0; i < rules->n; i++) {
        df_json_open(w, '{');
        df_json_kstr(w, "name", rules->items[i].name);
        put_when(w, &rules->items[i]);
        df_json_kopen(w, "do", '{');
        df_json_kstr(w, "workflow", rules->items[i].workflow);
        if (rules->items[i].input.n && df_json_parse(arena, rules->items[i].input, 0, &input, NULL) == DF_OK)
            df_json_kvalue(w, "input", input);
        df_json_close(w, '}');
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
    df_json_close(w, '}');
}

bool df_rule_hears(const struct df_rule *rule, struct df_str resource, struct df_str action)
{
    for (size_t i = 0; i < rule->on.n; i++)
        if (df_str_eq(rule->on.items[i], resource))
            return df_str_is(resource, "error") || df_sentry_hook_is_alert(resource, action);
    return rule->on.n == 0 && df_sentry_hook_is_alert(resource, action);
}

/* "*" stands for any text; case counts, as it does for Sentry's tags. */
static bool like(struct df_str s, struct df_str pattern)
{
    struct df_str star_pattern = DF_STR_NONE, star_s = DF_STR_NONE;
    bool starred = false;
    while (s.n) {
        if (pattern.n && pattern.p[0] == '*') {
            starred = true;
            star_pattern = pattern = df_str_from(pattern, 1);
            star_s = s;
        } else if (pattern.n && pattern.p[0] == s.p[0]) {
            pattern = df_str_from(pattern, 1);
            s = df_str_from(s, 1);
        } else if (starred) {
            star_s = df_str_from(star_s, 1);
            pattern = star_pattern;
            s = star_s;
        } else {
            return false;
        }
    }
    while (pattern.n && pattern.p[0] == '*')
        pattern = df_str_from(pattern, 1);
    return pattern.n == 0;
}

static bool any_like(const struct df_str_list *list, struct df_str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (like(s, list->items[i]))
            return true;
    return list->n == 0;
}

static unsigned state_of(struct df_str substatus)
{
    for (size_t i = 0; i < STATES; i++)
        if (df_str_is(substatus, states[i].name))
            return states[i].bit;
    return 0;
}

/* Of the conditions on the issue itself: NO, YES, or ASK_ISSUE. */
static enum df_rule_verdict judge_issue(const struct df_rule *rule, const struct df_issue_facts *facts)
{
    bool unknown = false;
    if (rule->levels.n && facts->level.n && !any_like(&rule->levels, facts->level))
        return DF_RULE_NO;
    if (rule->is && facts->substatus.n && !(rule->is & state_of(facts->substatus)))
        return DF_RULE_NO;
    if (rule->users_over >= 0 && facts->users >= 0 && facts->users <= rule->users_over)
        return DF_RULE_NO;
    unknown |= rule->levels.n && !facts->level.n;
    unknown |= rule->is && !facts->substatus.n;
    unknown |= rule->users_over >= 0 && facts->users < 0;
    return unknown ? DF_RULE_ASK_ISSUE : DF_RULE_YES;
}

enum df_rule_verdict df_rule_judge(const struct df_rule *rule, const struct df_issue_facts *facts, bool searched)
{
    enum df_rule_verdict issue = judge_issue(rule, facts);
    bool of_event = facts->event_id.n > 0; /* then what it does not have, it has not */
    if (issue != DF_RULE_YES || searched)
        return issue;
    if (of_event && (!any_like(&rule->environments, facts->environment) || !any_like(&rule->releases, facts->release)))
        return DF_RULE_NO;
    if (rule->query.n || (!of_event && (rule->environments.n || rule->releases.n)))
        return DF_RULE_ASK_SEARCH;
    return DF_RULE_YES;
}

/* key:["a","b"], as Sentry's search has it; a quote cannot stand in it. */
static void put_term(struct df_buf *out, const char *key, const struct df_str_list *list)
{
    if (list->n == 0)
        return;
    df_buf_printf(out, "%s%s:%s", out->n ? " " : "", key, list->n > 1 ? "[" : "");
    for (size_t i = 0; i < list->n; i++) {
        df_buf_put_c(out, i ? ",\"" : "\"");
        for (size_t k = 0; k < list->items[i].n; k++)
            df_buf_put_char(out, list->items[i].p[k] == '"' ? '*' : list->items[i].p[k]);
        df_buf_put_char(out, '"');
    }
    df_buf_put_c(out, list->n > 1 ? "]" : "");
}

struct df_str df_rule_search(const struct df_rule *rule, struct df_arena *arena)
{
    struct df_buf out;
    df_buf_init(&out, arena, DF_RULES_BYTES * 2);
    put_term(&out, "environment", &rule->environments);
    put_term(&out, "release", &rule->releases);
    if (rule->query.n)
        df_buf_printf(&out, "%s%.*s", out.n ? " " : "", DF_FMT(rule->query));
    return df_buf_str(&out);
}
