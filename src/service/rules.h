/* A project's rules at work: kept in the store, asked about an issue (with what only Sentry knows), and tried over what there was. */
#ifndef DF_SERVICE_RULES_H
#define DF_SERVICE_RULES_H

#include "domain/issue.h"
#include "domain/rules.h"
#include "service/devflow.h"

/* n is 0 where the project has none. */
enum df_code df_rules_load(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena,
                           struct df_rules *ret, struct df_error *err);
/* DF_ERR_INVALID, DF_ERR_PROJECT. An empty list is none. */
enum df_code df_rules_store(const struct df_devflow *d, struct df_str project_id, const struct df_json *rules,
                            struct df_arena *arena, struct df_rules *ret, struct df_error *err);

/* Whether the rule is for the issue: Sentry is asked for what the verdict hangs on, at most twice; what it tells is noted in *facts. */
enum df_code df_rules_decide(const struct df_devflow *d, struct df_str project_id, const struct df_rule *rule,
                             struct df_issue_facts *facts, struct df_arena *arena, bool *ret_yes, struct df_error *err);

/* Which of the project's issues seen since since_ms (newest first) the rule is for. What was first seen since then counts as new.
 * *ret_complete: false when there were more of them than are looked at (1,000). */
struct df_rule_matches {
    struct df_issue *items;
    size_t n;
    size_t looked_at;
};
enum df_code df_rules_matches(const struct df_devflow *d, struct df_str project_id, const struct df_rule *rule,
                              int64_t since_ms, struct df_arena *arena, struct df_rule_matches *ret, bool *ret_complete,
                              struct df_error *err);

/* What holds where a project has no rules: every alert starts the context workflow. */
extern const struct df_rule df_rule_default;

#endif
