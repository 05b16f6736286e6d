/* Cron expressions and rules. The first line is a cron expression, the rest is JSON: what is taken as rules is written again as what
 * is taken, and judges anything; a cron expression that is taken has a next moment, of which it is the last. */
#include "fuzz.h"

#include "domain/cron.h"
#include "domain/rules.h"
#include "domain/schedule.h"

static void cron(struct df_str text)
{
    const int64_t now = 1795875600000, minute = 60000;
    struct df_cron cron;
    if (df_schedule_name_valid(text))
        fuzz_check(text.n <= DF_SCHEDULE_NAME_BYTES && df_str_find_char(text, ' ') < 0);
    if (df_cron_parse(text, &cron, NULL) != DF_OK)
        return;
    int64_t next = df_cron_next(&cron, now);
    fuzz_check(next > now && next % minute == 0);
    fuzz_check(df_cron_last(&cron, next - minute, next) == next);
    if (next - now < 40 * 86400000LL)
        fuzz_check(df_cron_last(&cron, now + 1, next - 1) == 0);
}

static void judged(const struct df_rules *rules, struct df_arena *arena)
{
    const struct df_issue_facts known = {.issue_id = DF_S("1"),
                                         .event_id = DF_S("e"),
                                         .level = DF_S("error"),
                                         .environment = DF_S("production"),
                                         .release = DF_S("shop@1.0"),
                                         .substatus = DF_S("new"),
                                         .users = 5},
                                unknown = {.issue_id = DF_S("1"), .users = -1};
    for (size_t i = 0; i < rules->n; i++) {
        const struct df_rule *rule = &rules->items[i];
        fuzz_check(df_rule_judge(rule, &known, true) != DF_RULE_ASK_SEARCH);
        fuzz_check(df_rule_judge(rule, &known, false) != DF_RULE_ASK_ISSUE);
        if (df_rule_judge(rule, &known, false) == DF_RULE_ASK_SEARCH ||
            df_rule_judge(rule, &unknown, false) == DF_RULE_ASK_SEARCH)
            fuzz_check(df_rule_search(rule, arena).n > 0);
        (void)df_rule_hears(rule, DF_S("issue"), DF_S("created"));
    }
}

static struct df_str written(const struct df_rules *rules, struct df_arena *arena)
{
    struct df_buf buf;
    struct df_json_writer w;
    df_buf_init(&buf, arena, 8 * 1024 * 1024);
    df_json_writer_init(&w, &buf, 0);
    df_rules_put_json(&w, rules, arena);
    return df_buf_str(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str rest = df_str_n((const char *)data, n), line = DF_STR_NONE;
    const struct df_json *v;
    struct df_rules rules, again;
    if (df_str_split(&rest, '\n', &line))
        cron(line);
    if (df_json_parse(arena, rest, 0, &v, NULL) != DF_OK || df_rules_parse(v, arena, &rules, NULL) != DF_OK)
        return 0;
    judged(&rules, arena);
    struct df_str text = written(&rules, arena);
    fuzz_check(df_json_parse(arena, text, 0, &v, NULL) == DF_OK && df_rules_parse(v, arena, &again, NULL) == DF_OK);
    fuzz_check(df_str_eq(written(&again, arena), text));
    return 0;
}
