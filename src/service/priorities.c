#include "service/priorities.h"

#include "domain/link_header.h"
#include "service/scrubbing.h"
#include "service/sentry_api.h"

enum { PAGE = 100, TIME_MS = 20 * 1000 };

struct work {
    const struct df_devflow *d;
    struct df_sentry_api api;
    struct df_arena *arena;
    struct df_issue *issues;
    size_t n, limit;
    struct df_str missing;
};

static enum df_code work_open(const struct df_devflow *d, struct df_str project_id, size_t limit,
                              struct df_arena *arena, struct work *ret, struct df_error *err)
{
    *ret = (struct work){.d = d, .arena = arena, .limit = limit};
    ret->issues = DF_NEW_ARRAY(arena, struct df_issue, limit);
    return df_sentry_api_open(d, project_id, arena, &ret->api, err);
}

static void miss(struct work *w, const char *why)
{
    w->missing = df_arena_printf(w->arena, "These are the first %zu issues, there are more: %s", w->n, why);
}

static void take(struct work *w, const struct df_json *page)
{
    for (struct df_json_iter it = df_json_iter(page); w->n < w->limit && df_json_next(&it);)
        w->n += df_issue_parse(it.value, w->arena, &w->issues[w->n]);
}

/* Whether there is a page after this one that is to be asked for. */
static bool next_page(struct work *w, struct df_str link, struct df_issue_query *query, int64_t until_ms)
{
    struct df_str next = df_link_cursor(link, "next", w->arena);
    if (!next.n || df_str_eq(next, query->cursor))
        return false;
    query->cursor = next;
    if (w->n >= w->limit)
        miss(w, w->limit < DF_PRIORITIES_ISSUES_MAX ? "a higher limit looks at more of them."
                                                    : "no more are looked at at once.");
    else if (df_now_ms(w->d->clock) >= until_ms)
        miss(w, "they take longer than is waited for at once.");
    return w->missing.n == 0;
}

static enum df_code list(struct work *w, struct df_issue_query query, struct df_error *err)
{
    const int64_t until_ms = df_now_ms(w->d->clock) + TIME_MS;
    struct df_sentry_ask ask;
    do {
        struct df_error why;
        int left = w->limit - w->n < PAGE ? (int)(w->limit - w->n) : PAGE;
        enum df_code code = df_sentry_ask_issues(&w->api, &query, left, "&groupStatsPeriod=14d", &ask, &why);
        if (code != DF_OK && w->n == 0) {
            if (err)
                *err = why;
            return code;
        }
        if (code != DF_OK) {
            miss(w, why.message);
            return DF_OK;
        }
        take(w, ask.json);
    } while (next_page(w, ask.link, &query, until_ms));
    return DF_OK;
}

static struct df_urgency_project measure(const struct work *w)
{
    struct df_urgency_project project = df_urgency_project_of(w->issues, w->n);
    project.now_ms = df_now_ms(w->d->clock);
    return project;
}

enum df_code df_project_priorities(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, struct df_arena *arena,
                                   struct df_priorities *ret, struct df_error *err)
{
    struct work w;
    int limit = query->limit ? query->limit : DF_PRIORITIES_ISSUES;
    if (limit < 1 || limit > DF_PRIORITIES_ISSUES_MAX)
        return df_fail(err, DF_ERR_INVALID, "limit must be 1 to %d", DF_PRIORITIES_ISSUES_MAX);
    DF_TRY(work_open(d, project_id, (size_t)limit, arena, &w, err));
    DF_TRY(list(&w, *query, err));
    struct df_urgency_project project = measure(&w);
    struct df_scrub scrub = df_scrubbing(d, project_id, arena);
    for (size_t i = 0; i < w.n; i++)
        w.issues[i] = df_scrub_issue(&scrub, &w.issues[i]);
    df_priorities_judge(w.issues, w.n, &project, NULL, arena, ret);
    ret->missing = w.missing;
    return DF_OK;
}

void df_issue_priority(const struct df_devflow *d, struct df_str project_id, const struct df_issue *issue,
                       struct df_arena *arena, struct df_judged *ret)
{
    struct work w;
    struct df_priorities list_of_one;
    struct df_urgency_project project = df_urgency_project_of(issue, 1);
    project.now_ms = df_now_ms(d->clock);
    if (work_open(d, project_id, DF_PRIORITIES_ISSUES, arena, &w, NULL) == DF_OK &&
        list(&w, (struct df_issue_query){.sort = DF_S("freq")}, NULL) == DF_OK && w.n)
        project = measure(&w);
    df_priorities_judge(issue, 1, &project, NULL, arena, &list_of_one);
    *ret = list_of_one.items[0];
}
