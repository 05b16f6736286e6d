/* A project's rules: which issues start which workflow. A condition that is not given holds for every issue; all that are given must
 * hold. Judging works with what is known: a condition on something unknown leaves the verdict open, and says what to ask for.
 * Strings are views into what was parsed. Pure functions, any thread. The file: docs/automation.md. */
#ifndef DF_DOMAIN_RULES_H
#define DF_DOMAIN_RULES_H

#include "domain/sentry_hook.h"

enum { DF_RULES_MOST = 50, DF_RULE_NAME_BYTES = 64, DF_RULES_BYTES = 64 * 1024 };

enum df_rule_is { DF_RULE_NEW = 1, DF_RULE_REGRESSED = 2, DF_RULE_ESCALATING = 4 };

struct df_rule {
    struct df_str name;
    struct df_str_list on; /* resources; empty: alerts, as df_sentry_hook_is_alert has it */
    struct df_str_list levels;
    struct df_str_list environments, releases; /* "*" stands for any text */
    unsigned is;                               /* enum df_rule_is; 0: whatever it is */
    int64_t users_over;                        /* more users than these; -1: however many */
    struct df_str query;                       /* a search of Sentry's; empty: none */
    struct df_str workflow;
    struct df_str input; /* a JSON object as text; empty: none */
};
struct df_rules {
    struct df_rule *items;
    size_t n;
};

/* {"rules": [...]}. DF_ERR_INVALID names the rule and what is wrong with it. */
enum df_code df_rules_parse(const struct df_json *v, struct df_arena *arena, struct df_rules *ret,
                            struct df_error *err);
/* As df_rules_parse takes it. */
void df_rules_put_json(struct df_json_writer *w, const struct df_rules *rules, struct df_arena *arena);

enum df_rule_verdict {
    DF_RULE_NO,
    DF_RULE_YES,
    DF_RULE_ASK_ISSUE,  /* level, state or users: the issue tells */
    DF_RULE_ASK_SEARCH, /* environment, release, query: df_rule_search tells */
};
/* Whether it is for messages of that kind at all. */
bool df_rule_hears(const struct df_rule *rule, struct df_str resource, struct df_str action);
/* facts->event_id empty: environment and release of no event are known. `searched`: the search has found the issue. */
enum df_rule_verdict df_rule_judge(const struct df_rule *rule, const struct df_issue_facts *facts, bool searched);
/* The conditions only Sentry can look at, as a search of Sentry's; empty: there are none. */
struct df_str df_rule_search(const struct df_rule *rule, struct df_arena *arena);

#endif
