#include "domain/priorities.h"

#include "base/time.h"

#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    const struct df_judged *x = a, *y = b;
    if (x->p.score != y->p.score)
        return x->p.score > y->p.score ? -1 : 1;
    return (x->issue > y->issue) - (x->issue < y->issue);
}

static int by_recommended(const void *a, const void *b)
{
    const struct df_judged *x = *(struct df_judged *const *)a, *y = *(struct df_judged *const *)b;
    if (x->recommended != y->recommended)
        return x->recommended > y->recommended ? -1 : 1;
    return (x->issue > y->issue) - (x->issue < y->issue);
}

static void place(struct df_priorities *list, struct df_arena *arena)
{
    struct df_judged **order = DF_NEW_ARRAY(arena, struct df_judged *, list->n);
    for (size_t i = 0; i < list->n; i++)
        order[i] = &list->items[i];
    qsort(order, list->n, sizeof *order, by_recommended);
    for (size_t i = 0; i < list->n; i++)
        order[i]->place = i + 1;
}

void df_priorities_judge(const struct df_issue *issues, size_t n, const struct df_urgency_project *project,
                         const enum df_urgency *before, struct df_arena *arena, struct df_priorities *ret)
{
    *ret = (struct df_priorities){.items = DF_NEW_ARRAY(arena, struct df_judged, n + 1), .n = n, .project = *project};
    for (size_t i = 0; i < n; i++) {
        struct df_judged *one = &ret->items[i];
        one->issue = &issues[i];
        df_prioritize(&issues[i], project, before ? before[i] : DF_URGENCY_NONE, &one->p);
        one->n_reasons = df_urgency_reasons(&issues[i], project, &one->p, arena, one->reasons);
        one->recommended = df_urgency_recommended(&issues[i], project->now_ms);
    }
    if (n == 0)
        return;
    qsort(ret->items, n, sizeof *ret->items, by_score);
    place(ret, arena);
}

static void put_number(struct df_json_writer *w, struct df_str key, double n)
{
    df_json_key(w, key);
    df_json_put_double(w, (double)(int64_t)(n * 100 + 0.5) / 100);
}

static void put_judgement(struct df_json_writer *w, const struct df_judged *one)
{
    df_json_kstr(w, "id", one->issue->id);
    df_json_kstr_or_null(w, "shortId", one->issue->short_id);
    put_number(w, DF_S("score"), one->p.score);
    df_json_kstr(w, "priority", df_str_c(df_urgency_name(one->p.priority)));
    df_json_kstrs(w, "reasons", one->reasons, one->n_reasons);
    df_json_kopen(w, "shares", '{');
    for (size_t k = 0; k < DF_URGENCY_PARTS; k++)
        put_number(w, df_str_c(df_urgency_part_name((enum df_urgency_part)k)), one->p.shares[k]);
    df_json_close(w, '}');
}

static void put_facts(struct df_json_writer *w, const struct df_issue *issue)
{
    df_json_kstr_or_null(w, "title", issue->title);
    df_json_kstr_or_null(w, "level", issue->level);
    df_json_kstr_or_null(w, "status", issue->status);
    df_json_kstr_or_null(w, "permalink", issue->permalink);
    df_json_kint(w, "count", issue->count);
    df_json_kint(w, "userCount", issue->user_count);
    df_json_kstr_or_null(w, "lastSeen",
                         issue->last_seen_ms ? df_time_format_ms(issue->last_seen_ms, w->buf->arena) : DF_STR_NONE);
    df_json_kopen(w, "stats", '{');
    df_points_put_json(w, "24h", &issue->hours);
    df_points_put_json(w, "14d", &issue->days);
    df_json_close(w, '}');
}

static void put_forecast(struct df_json_writer *w, const struct df_issue *issue)
{
    struct df_forecast forecast = df_urgency_forecast(&issue->fortnight);
    if (!forecast.known) {
        df_json_knull(w, "forecast");
        return;
    }
    df_json_kopen(w, "forecast", '{');
    df_json_kint(w, "limit", forecast.limit);
    df_json_kint(w, "hour", forecast.hour);
    df_json_kbool(w, "escalating", forecast.escalating);
    df_json_close(w, '}');
}

void df_priorities_json(const struct df_priorities *list, struct df_json_writer *w)
{
    df_json_open(w, '{');
    df_json_kopen(w, "issues", '[');
    for (size_t i = 0; i < list->n; i++) {
        df_json_open(w, '{');
        put_judgement(w, &list->items[i]);
        put_facts(w, list->items[i].issue);
        df_json_kopen(w, "sentry", '{');
        df_json_kstr_or_null(w, "priority", list->items[i].issue->priority);
        put_number(w, DF_S("recommended"), list->items[i].recommended);
        df_json_kint(w, "place", (int64_t)list->items[i].place);
        put_forecast(w, list->items[i].issue);
        df_json_close(w, '}');
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
    df_json_kbool(w, "complete", list->missing.n == 0);
    df_json_kstr_or_null(w, "missing", list->missing);
    df_json_close(w, '}');
}
