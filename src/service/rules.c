#include "service/rules.h"
#include "service/sentry.h"
#include "service/workflows.h"

enum { PAGES = 10, PAGE = 100 };

const struct df_rule df_rule_default = {
    .name = {"every alert", 11}, .users_over = -1, .workflow = {"sentry-context", 14}};

enum df_code df_rules_load(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                           struct df_rules *ret, struct df_error *err)
{
    struct df_str body;
    const struct df_json *v;
    *ret = (struct df_rules){.n = 0};
    DF_TRY(d->store->ops->rules_get(d->store, project_id, arena, &body, err));
    if (!body.n)
        return DF_OK;
    DF_TRY(df_json_parse(arena, body, 0, &v, err));
    return df_rules_parse(v, arena, ret, err);
}

enum df_code df_rules_store(const struct df_devflow *d, struct df_str project_id, const struct df_json *v,
                            struct df_arena *arena, struct df_rules *ret, struct df_error *err)
{
    struct df_rules rules;
    struct df_buf text;
    struct df_json_writer w;
    DF_TRY(df_rules_parse(v, arena, &rules, err));
    for (size_t i = 0; i < rules.n; i++)
        DF_TRY(df_workflows_known(d, rules.items[i].workflow, arena, err));
    df_buf_init(&text, arena, DF_RULES_BYTES);
    df_json_writer_init(&w, &text, 0);
    df_rules_put_json(&w, &rules, arena);
    if (text.overflow)
        return df_fail(err, DF_ERR_INVALID, "the rules are longer than %d bytes", DF_RULES_BYTES);
    DF_TRY(d->store->ops->rules_put(d->store, project_id, df_buf_str(&text), df_now_ms(d->clock), err));
    *ret = rules;
    return DF_OK;
}

static void note(struct df_issue_facts *facts, const struct df_issue *issue)
{
    facts->short_id = issue->short_id;
    facts->level = issue->level;
    facts->substatus = issue->substatus;
    facts->users = issue->user_count;
}

static enum df_code ask_issue(const struct df_devflow *d, struct df_str project_id, struct df_issue_facts *facts,
                              struct df_arena *arena, struct df_error *err)
{
    struct df_issue issue;
    DF_TRY(df_sentry_get_issue(d, project_id, facts->issue_id, false, arena, &issue, err));
    note(facts, &issue);
    return DF_OK;
}

static enum df_code ask_search(const struct df_devflow *d, struct df_str project_id, const struct df_rule *rule,
                               struct df_issue_facts *facts, struct df_arena *arena, bool *ret_found,
                               struct df_error *err)
{
    struct df_issue *issues;
    struct df_page page;
    size_t n;
    if (!facts->short_id.n)
        DF_TRY(ask_issue(d, project_id, facts, arena, err));
    if (!facts->short_id.n)
        return df_fail(err, DF_ERR_PROVIDER, "Sentry gave issue %.*s no short ID to search it by",
                       DF_FMT(facts->issue_id));
    const struct df_issue_query query = {
        .query = df_arena_printf(arena, "issue:%.*s %.*s", DF_FMT(facts->short_id),
                                 DF_FMT(df_rule_search(rule, arena))),
        .query_given = true,
        .limit = 1,
    };
    DF_TRY(df_sentry_list_issues(d, project_id, &query, arena, &issues, &n, &page, err));
    *ret_found = n > 0;
    return DF_OK;
}

enum df_code df_rules_decide(const struct df_devflow *d, struct df_str project_id, const struct df_rule *rule,
                             struct df_issue_facts *facts, struct df_arena *arena, bool *ret_yes, struct df_error *err)
{
    bool found = false;
    enum df_rule_verdict verdict = df_rule_judge(rule, facts, false);
    if (verdict == DF_RULE_ASK_ISSUE) {
        DF_TRY(ask_issue(d, project_id, facts, arena, err));
        verdict = df_rule_judge(rule, facts, false);
    }
    if (verdict == DF_RULE_ASK_SEARCH) {
        DF_TRY(ask_search(d, project_id, rule, facts, arena, &found, err));
        verdict = found ? df_rule_judge(rule, facts, true) : DF_RULE_NO;
    }
    *ret_yes = verdict == DF_RULE_YES; /* an older Sentry does not tell everything: then no */
    return DF_OK;
}

/* As it was in that time: what was first seen then was new then. */
static struct df_issue_facts facts_then(const struct df_issue *issue, int64_t since_ms)
{
    struct df_issue_facts facts = {.issue_id = issue->id};
    note(&facts, issue);
    if (issue->first_seen_ms >= since_ms && !df_str_is(issue->substatus, "regressed") &&
        !df_str_is(issue->substatus, "escalating"))
        facts.substatus = DF_S("new");
    return facts;
}

static void take_page(const struct df_issue *issues, size_t n, const struct df_rule *rule, int64_t since_ms,
                      struct df_arena *arena, struct df_rule_matches *ret)
{
    ret->items = df_arena_grow(arena, ret->items, ret->n * sizeof *ret->items, (ret->n + n) * sizeof *ret->items);
    for (size_t i = 0; i < n; i++) {
        const struct df_issue_facts facts = facts_then(&issues[i], since_ms);
        if (issues[i].last_seen_ms < since_ms)
            continue;
        ret->looked_at++;
        if (df_rule_judge(rule, &facts, true) == DF_RULE_YES)
            ret->items[ret->n++] = issues[i];
    }
}

enum df_code df_rules_matches(const struct df_devflow *d, struct df_str project_id, const struct df_rule *rule,
                              int64_t since_ms, struct df_arena *arena, struct df_rule_matches *ret, bool *ret_complete,
                              struct df_error *err)
{
    struct df_rule_matches matches = {.n = 0};
    struct df_issue_query query = {
        .query = df_rule_search(rule, arena), .query_given = true, .sort = DF_S("date"), .limit = PAGE};
    struct df_issue *issues;
    struct df_page page;
    size_t n;
    bool more = true;
    for (int i = 0; i < PAGES && more; i++) {
        DF_TRY(df_sentry_list_issues(d, project_id, &query, arena, &issues, &n, &page, err));
        take_page(issues, n, rule, since_ms, arena, &matches);
        query.cursor = page.next_cursor;
        more = page.next_cursor.n && n > 0 && issues[n - 1].last_seen_ms >= since_ms;
    }
    *ret = matches;
    *ret_complete = !more;
    return DF_OK;
}
