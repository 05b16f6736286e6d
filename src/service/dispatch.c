#include "service/dispatch.h"
#include "base/time.h"
#include "domain/webhook.h"
#include "service/rules.h"
#include "service/workflows.h"

enum { RULE_HASH_BYTES = 4, INPUT_BYTES = 128 * 1024, OUTCOME_BYTES = 1000, DAY_TEXT = 10 };

/* What is being worked on, and what has come of it. */
struct work {
    const struct df_devflow *d;
    struct df_inbox_message *m;
    struct df_arena *arena;
    struct df_buf started; /* ids, with commas */
    size_t n_started;
    struct df_str trigger; /* "event_alert.triggered" */
};

/* Rules may be renamed and reordered: each is known by its name. The default rule needs none. */
static struct df_str rule_mark(const struct df_rule *rule, struct df_arena *arena)
{
    unsigned char hash[DF_SHA256_BYTES];
    if (rule == &df_rule_default)
        return DF_STR_NONE;
    df_sha256(rule->name, hash);
    return df_arena_printf(arena, ":%.*s", DF_FMT(df_hex(hash, RULE_HASH_BYTES, arena)));
}

static void put_given(struct df_json_writer *w, struct df_str input, bool of_issue, struct df_arena *arena)
{
    const struct df_json *v;
    if (!input.n || df_json_parse(arena, input, 0, &v, NULL) != DF_OK)
        return;
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
        bool ours = df_str_is(it.key, "issue") || df_str_is(it.key, "event") || df_str_is(it.key, "rule");
        if (df_str_is(it.key, "trigger") || (of_issue && ours))
            continue;
        df_json_key(w, it.key);
        df_json_put_value(w, it.value);
    }
}

static struct df_str input_of(const struct work *w, struct df_str given, const struct df_issue_facts *facts,
                              const struct df_rule *rule)
{
    struct df_buf text;
    struct df_json_writer json;
    df_buf_init(&text, w->arena, INPUT_BYTES);
    df_json_writer_init(&json, &text, 0);
    df_json_open(&json, '{');
    put_given(&json, given, facts != NULL, w->arena);
    if (facts && facts->issue_id.n)
        df_json_kstr(&json, "issue", facts->issue_id);
    if (facts && facts->event_id.n)
        df_json_kstr(&json, "event", facts->event_id);
    df_json_kstr(&json, "trigger", w->trigger);
    if (rule)
        df_json_kstr(&json, "rule", rule->name);
    df_json_close(&json, '}');
    return df_buf_str(&text);
}

static enum df_code start(struct work *w, struct df_str id, struct df_str workflow, struct df_str issue,
                          struct df_str input, struct df_error *err)
{
    const struct df_workflow_start run = {
        .id = id,
        .name = workflow,
        .project_id = w->m->project_id,
        .issue = issue,
        .input = input,
        .ignore_existing = true,
    };
    DF_TRY(df_workflows_launch(w->d, &run, w->arena, NULL, NULL, err));
    if (w->started.n + id.n + 2 < OUTCOME_BYTES)
        df_buf_printf(&w->started, "%s%.*s", w->started.n ? ", " : "", DF_FMT(id));
    w->n_started++;
    return DF_OK;
}

/* The message's id without "in_". */
static struct df_str bare_id(const struct df_inbox_message *m)
{
    return df_str_from(m->id, 3);
}

static enum df_code apply_rule(struct work *w, const struct df_rule *rule, struct df_issue_facts *facts,
                               struct df_error *err)
{
    bool yes = false;
    if (!df_rule_hears(rule, w->m->resource, w->m->action))
        return DF_OK;
    DF_TRY(df_rules_decide(w->d, w->m->project_id, rule, facts, w->arena, &yes, err));
    if (!yes)
        return DF_OK;
    struct df_str id = df_arena_printf(w->arena, "%.*s:%.*s:%.*s%.*s", DF_FMT(rule->workflow), DF_FMT(w->m->project_id),
                                       DF_FMT(bare_id(w->m)), DF_FMT(rule_mark(rule, w->arena)));
    return start(w, id, rule->workflow, facts->issue_id, input_of(w, rule->input, facts, rule), err);
}

static void end(struct work *w, enum df_inbox_status status, struct df_str outcome)
{
    w->m->status = status;
    w->m->outcome = outcome;
    w->m->due_ms = 0;
    w->m->ended_ms = df_now_ms(w->d->clock);
}

static enum df_code of_sentry(struct work *w, struct df_str *ret_nothing, struct df_error *err)
{
    struct df_rules rules;
    struct df_str title;
    struct df_issue_facts facts = df_issue_facts_read(w->m->facts, w->arena, &title);
    bool heard = false;
    DF_TRY(df_rules_load(w->d, w->m->project_id, w->arena, &rules, err));
    const struct df_rule *all = rules.n ? rules.items : &df_rule_default;
    size_t n = rules.n ? rules.n : 1;
    for (size_t i = 0; i < n; i++)
        heard |= df_rule_hears(&all[i], w->m->resource, w->m->action);
    *ret_nothing = !heard             ? DF_S("no rule is for this kind of message")
                   : facts.issue_id.n ? DF_S("no rule is for this issue")
                                      : DF_S("it names no issue");
    for (size_t i = 0; heard && facts.issue_id.n && i < n; i++)
        DF_TRY(apply_rule(w, &all[i], &facts, err));
    return DF_OK;
}

/* In a look at the issues an issue counts once for each of its states and day: its last event alone makes no news. */
static enum df_code start_seen(struct work *w, const struct df_rule *rule, const struct df_issue *issue,
                               int64_t since_ms, struct df_error *err)
{
    bool news = df_str_is(issue->substatus, "regressed") || df_str_is(issue->substatus, "escalating");
    const struct df_issue_facts facts = {.issue_id = issue->id};
    struct df_str day = df_str_head(df_time_format(issue->last_seen_ms, w->arena), DAY_TEXT);
    if (!news && issue->first_seen_ms < since_ms)
        return DF_OK;
    struct df_str id = df_arena_printf(w->arena, "%.*s:%.*s:%.*s:%.*s%s%.*s%.*s", DF_FMT(rule->workflow),
                                       DF_FMT(w->m->project_id), DF_FMT(issue->id),
                                       DF_FMT(news ? issue->substatus : DF_S("new")), news ? "-" : "",
                                       DF_FMT(news ? day : DF_STR_NONE), DF_FMT(rule_mark(rule, w->arena)));
    return start(w, id, rule->workflow, issue->id, input_of(w, rule->input, &facts, rule), err);
}

static enum df_code look(struct work *w, int64_t since_ms, struct df_error *err)
{
    struct df_rules rules;
    DF_TRY(df_rules_load(w->d, w->m->project_id, w->arena, &rules, err));
    const struct df_rule *all = rules.n ? rules.items : &df_rule_default;
    for (size_t i = 0; i < (rules.n ? rules.n : 1); i++) {
        struct df_rule_matches found;
        bool complete;
        DF_TRY(df_rules_matches(w->d, w->m->project_id, &all[i], since_ms, w->arena, &found, &complete, err));
        for (size_t k = 0; k < found.n; k++)
            DF_TRY(start_seen(w, &all[i], &found.items[k], since_ms, err));
    }
    return DF_OK;
}

static enum df_code of_schedule(struct work *w, struct df_str *ret_nothing, struct df_error *err)
{
    const struct df_json *v;
    DF_TRY(df_json_parse(w->arena, w->m->facts, 0, &v, err));
    struct df_str workflow = df_json_get_str(v, "workflow"), slot = df_json_get_str(v, "slot");
    *ret_nothing = DF_S("no issue since the time before asks for anything");
    if (!workflow.n)
        return look(w, df_json_int(df_json_get(v, "since"), 0), err);
    struct df_str id = df_arena_printf(w->arena, "%.*s:%.*s:%.*s:%.*s", DF_FMT(workflow), DF_FMT(w->m->project_id),
                                       DF_FMT(w->m->action), DF_FMT(slot));
    return start(w, id, workflow, DF_STR_NONE, input_of(w, df_json_get_str(v, "input"), NULL, NULL), err);
}

/* What another attempt would not change. */
static bool is_final(enum df_code code)
{
    return code == DF_ERR_INVALID || code == DF_ERR_JSON || code == DF_ERR_PROVIDER_NOT_FOUND || code == DF_ERR_PROJECT;
}

static void failed(struct work *w, const struct df_error *err)
{
    struct df_inbox_message *m = w->m;
    int64_t pause = df_webhook_pause_ms(m->attempts, df_random_u32());
    struct df_str why = df_arena_dup(w->arena, df_str_c(err->message));
    if (pause < 0 || is_final(err->code)) {
        end(w, DF_INBOX_GIVEN_UP, why);
        return;
    }
    if (err->retry_after_s > 0 && pause < (int64_t)err->retry_after_s * 1000)
        pause = (int64_t)err->retry_after_s * 1000;
    m->outcome = why;
    m->due_ms = df_now_ms(w->d->clock) + pause;
}

void df_dispatch(const struct df_devflow *d, struct df_inbox_message *m, struct df_arena *arena)
{
    struct df_error err = {0};
    struct df_str nothing = DF_STR_NONE;
    struct work w = {.d = d, .m = m, .arena = arena};
    bool by_time = df_str_is(m->resource, DF_SCHEDULE_RESOURCE);
    df_buf_init(&w.started, arena, 2 * OUTCOME_BYTES);
    w.trigger = df_arena_printf(arena, "%.*s%s%.*s", DF_FMT(m->resource), m->action.n ? "." : "", DF_FMT(m->action));
    m->attempts++;
    if ((by_time ? of_schedule : of_sentry)(&w, &nothing, &err) != DF_OK)
        failed(&w, &err);
    else if (w.n_started)
        end(&w, DF_INBOX_STARTED, df_buf_str(&w.started));
    else
        end(&w, DF_INBOX_NOTHING, nothing);
}
