#include "http/api.h"
#include "http/audit_note.h"
#include "service/rules.h"
#include "service/schedules.h"

enum { TEST_DAYS = 14, DAY_MS = 86400000, INPUT_BYTES = 64 * 1024, MATCHES_SHOWN = 200 };

enum df_code df_handle_rules_show(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project project;
    struct df_rules rules;
    DF_TRY(api->d->store->ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(df_rules_load(api->d, project.id, request->arena, &rules, err));
    struct df_json_writer w = df_api_json(reply);
    df_rules_put_json(&w, &rules, request->arena);
    return DF_OK;
}

enum df_code df_handle_rules_set(void *app, const struct df_request *request, struct df_reply *reply,
                                 struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_json *body;
    struct df_rules rules;
    DF_TRY(df_api_json_body(request, &body, err));
    DF_TRY(df_rules_store(df_api_noting(api, request, "rules.set"), request->params[0], body, request->arena, &rules,
                          err));
    struct df_json_writer w = df_api_json(reply);
    df_rules_put_json(&w, &rules, request->arena);
    return DF_OK;
}

static void put_issue(struct df_json_writer *w, const struct df_issue *issue, struct df_arena *arena)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", issue->id);
    df_json_kstr_or_null(w, "shortId", issue->short_id);
    df_json_kstr_or_null(w, "title", issue->title);
    df_json_kstr_or_null(w, "level", issue->level);
    df_json_kstr_or_null(w, "substatus", issue->substatus);
    df_json_kint(w, "userCount", issue->user_count);
    df_api_put_time(w, "firstSeen", issue->first_seen_ms, arena);
    df_api_put_time(w, "lastSeen", issue->last_seen_ms, arena);
    df_json_close(w, '}');
}

static enum df_code test_rule(const struct df_api *api, const struct df_request *request, const struct df_rule *rule,
                              struct df_json_writer *w, struct df_error *err)
{
    struct df_rule_matches found;
    bool complete;
    int64_t since = df_now_ms(api->d->clock) - (int64_t)TEST_DAYS * DAY_MS;
    DF_TRY(df_rules_matches(api->d, request->params[0], rule, since, request->arena, &found, &complete, err));
    df_json_open(w, '{');
    df_json_kstr(w, "name", rule->name);
    df_json_kstr(w, "workflow", rule->workflow);
    df_json_kint(w, "count", (int64_t)found.n);
    df_json_kbool(w, "complete", complete);
    df_json_kopen(w, "issues", '[');
    for (size_t i = 0; i < found.n && i < MATCHES_SHOWN; i++)
        put_issue(w, &found.items[i], request->arena);
    df_json_close(w, ']');
    df_json_close(w, '}');
    return DF_OK;
}

/* The rules of the body; without one those of the project, or what holds without rules. */
static enum df_code rules_to_test(const struct df_api *api, const struct df_request *request, struct df_rules *ret,
                                  struct df_error *err)
{
    const struct df_json *body;
    if (request->body.n) {
        DF_TRY(df_api_json_body(request, &body, err));
        if (df_json_count(body))
            return df_rules_parse(body, request->arena, ret, err);
    }
    return df_rules_load(api->d, request->params[0], request->arena, ret, err);
}

enum df_code df_handle_rules_test(void *app, const struct df_request *request, struct df_reply *reply,
                                  struct df_error *err)
{
    const struct df_api *api = app;
    struct df_project project;
    struct df_rules rules;
    DF_TRY(api->d->store->ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(rules_to_test(api, request, &rules, err));
    const struct df_rule *all = rules.n ? rules.items : &df_rule_default;
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kint(&w, "days", TEST_DAYS);
    df_json_kopen(&w, "rules", '[');
    for (size_t i = 0; i < (rules.n ? rules.n : 1); i++)
        DF_TRY(test_rule(api, request, &all[i], &w, err));
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

static void put_schedule(struct df_json_writer *w, const struct df_schedule *s, struct df_arena *arena)
{
    const struct df_json *input;
    df_json_open(w, '{');
    df_json_kstr(w, "name", s->name);
    df_json_kstr(w, "cron", s->cron);
    df_json_kint(w, "jitterSeconds", s->jitter_s);
    df_json_kstr_or_null(w, "workflow", s->workflow);
    if (s->input.n && df_json_parse(arena, s->input, 0, &input, NULL) == DF_OK)
        df_json_kvalue(w, "input", input);
    else
        df_json_knull(w, "input");
    df_api_put_time(w, "nextAt", s->due_ms, arena);
    df_api_put_time(w, "lastAt", s->since_ms != s->created_ms ? s->since_ms : 0, arena);
    df_json_close(w, '}');
}

struct schedule_body {
    struct df_str cron, workflow, input;
    int64_t jitter_s;
};

/* input is a text of JSON, so that one binder takes the whole body. */
static enum df_code read_schedule(const struct df_request *request, struct df_schedule *ret, struct df_error *err)
{
    static const struct df_json_field fields[] = {
        {"cron", DF_JSON_STRING, true, offsetof(struct schedule_body, cron), 200},
        {"jitterSeconds", DF_JSON_INT, false, offsetof(struct schedule_body, jitter_s), 0},
        {"workflow", DF_JSON_STRING, false, offsetof(struct schedule_body, workflow), 64},
        {"input", DF_JSON_STRING, false, offsetof(struct schedule_body, input), INPUT_BYTES},
    };
    struct schedule_body body = {.jitter_s = 0};
    const struct df_json *input;
    DF_TRY(df_api_body(request, fields, sizeof fields / sizeof *fields, &body, err));
    if (body.input.n &&
        (df_json_parse(request->arena, body.input, 0, &input, NULL) != DF_OK || !df_json_is_object(input)))
        return df_fail(err, DF_ERR_INVALID, "input must be the text of a JSON object");
    *ret = (struct df_schedule){.project_id = request->params[0],
                                .name = request->params[1],
                                .cron = df_str_trim(body.cron),
                                .jitter_s = body.jitter_s,
                                .workflow = body.workflow,
                                .input = body.input};
    return DF_OK;
}

enum df_code df_handle_schedule_set(void *app, const struct df_request *request, struct df_reply *reply,
                                    struct df_error *err)
{
    const struct df_api *api = app;
    struct df_schedule given, s;
    DF_TRY(read_schedule(request, &given, err));
    DF_TRY(df_schedules_set(df_api_noting(api, request, "schedule.set"), &given, request->arena, &s, err));
    api->schedule_news(api->news_arg);
    struct df_json_writer w = df_api_json(reply);
    put_schedule(&w, &s, request->arena);
    return DF_OK;
}

enum df_code df_handle_schedule_list(void *app, const struct df_request *request, struct df_reply *reply,
                                     struct df_error *err)
{
    const struct df_api *api = app;
    const struct df_store_ops *ops = api->d->store->ops;
    struct df_project project;
    struct df_schedule *list;
    size_t n;
    DF_TRY(ops->project_find(api->d->store, request->params[0], request->arena, &project, err));
    DF_TRY(ops->schedule_list(api->d->store, project.id, request->arena, &list, &n, err));
    struct df_json_writer w = df_api_json(reply);
    df_json_open(&w, '{');
    df_json_kopen(&w, "schedules", '[');
    for (size_t i = 0; i < n; i++)
        put_schedule(&w, &list[i], request->arena);
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    return DF_OK;
}

enum df_code df_handle_schedule_remove(void *app, const struct df_request *request, struct df_reply *reply,
                                       struct df_error *err)
{
    struct df_store *store = df_api_noting(app, request, "schedule.remove")->store;
    DF_TRY(store->ops->schedule_delete(store, request->params[0], request->params[1], err));
    reply->status = 204;
    return DF_OK;
}
