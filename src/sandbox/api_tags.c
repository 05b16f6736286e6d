#include "sandbox/call.h"

#include "base/time.h"

#include <stdlib.h>

enum { TOP_VALUES = 10, COUNTS_MAX = 1000 };

/* One tag key, or one value of a key, over an issue's events. */
struct count {
    struct df_str text;
    int64_t n, first_ms, last_ms;
};

struct counts {
    struct count *rows;
    size_t n;
    int64_t total;
};

static void add(struct counts *counts, struct df_str text, int64_t ms)
{
    size_t i = 0;
    while (i < counts->n && !df_str_eq(counts->rows[i].text, text))
        i++;
    if (i == COUNTS_MAX)
        return;
    if (i == counts->n)
        counts->rows[counts->n++] = (struct count){text, 0, ms, ms};
    struct count *row = &counts->rows[i];
    row->n++;
    row->first_ms = ms < row->first_ms ? ms : row->first_ms;
    row->last_ms = ms > row->last_ms ? ms : row->last_ms;
    counts->total++;
}

static int by_count(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : (x->last_ms < y->last_ms) - (x->last_ms > y->last_ms);
}

/* Of one key its values, most frequent first; without a key the keys in the order first seen. */
static struct counts count(const struct sandbox_issue *issue, struct df_str key, struct df_arena *arena)
{
    struct counts counts = {DF_NEW_ARRAY(arena, struct count, COUNTS_MAX), 0, 0};
    for (size_t i = 0; i < issue->n_events; i++) {
        const struct df_sandbox_event *event = &issue->events[i]->data;
        for (size_t j = 0; j < event->n_tags; j++)
            if (key.n == 0)
                add(&counts, event->tags[j].key, event->created_ms);
            else if (df_str_eq(event->tags[j].key, key))
                add(&counts, event->tags[j].value, event->created_ms);
    }
    if (key.n && counts.n)
        qsort(counts.rows, counts.n, sizeof *counts.rows, by_count);
    return counts;
}

/* "server_name" is shown as "Server Name". */
static struct df_str display(struct df_str key, struct df_arena *arena)
{
    char *p = df_arena_cstr(arena, key);
    bool start = true;
    for (size_t i = 0; i < key.n; i++) {
        if (p[i] == '_')
            p[i] = ' ';
        if (start && p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
        start = p[i] == ' ';
    }
    return df_str_n(p, key.n);
}

static void put_value(struct sandbox_call *call, struct df_str key, const struct count *row)
{
    struct df_json_writer *w = &call->w;
    df_json_open(w, '{');
    df_json_kstr(w, "key", key);
    df_json_kstr(w, "name", row->text);
    df_json_kstr(w, "value", row->text);
    df_json_kint(w, "count", row->n);
    df_json_kstr(w, "firstSeen", df_time_format_ms(row->first_ms, call->arena));
    df_json_kstr(w, "lastSeen", df_time_format_ms(row->last_ms, call->arena));
    if (df_str_is(key, "user"))
        df_json_kstr(w, "query", df_arena_printf(call->arena, "user.%.*s", DF_FMT(row->text)));
    df_json_close(w, '}');
}

static void put_tag(struct sandbox_call *call, const struct sandbox_issue *issue, struct df_str key)
{
    struct df_json_writer *w = &call->w;
    struct counts values = count(issue, key, call->arena);
    df_json_open(w, '{');
    df_json_kstr(w, "key", key);
    df_json_kstr(w, "name", display(key, call->arena));
    df_json_kint(w, "uniqueValues", (int64_t)values.n);
    df_json_kint(w, "totalValues", values.total);
    df_json_kopen(w, "topValues", '[');
    for (size_t i = 0; i < values.n && i < TOP_VALUES; i++)
        put_value(call, key, &values.rows[i]);
    df_json_close(w, ']');
    df_json_close(w, '}');
}

void sandbox_put_issue_tags(struct sandbox_call *call, const struct sandbox_issue *issue)
{
    struct counts keys = count(issue, DF_STR_NONE, call->arena);
    df_json_kopen(&call->w, "tags", '[');
    for (size_t i = 0; i < keys.n; i++) {
        df_json_open(&call->w, '{');
        df_json_kstr(&call->w, "key", keys.rows[i].text);
        df_json_kstr(&call->w, "name", display(keys.rows[i].text, call->arena));
        df_json_kint(&call->w, "totalValues", keys.rows[i].n);
        df_json_close(&call->w, '}');
    }
    df_json_close(&call->w, ']');
}

void sandbox_api_tags(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    if (!issue)
        return;
    struct counts keys = count(issue, DF_STR_NONE, call->arena);
    df_json_open(&call->w, '[');
    for (size_t i = 0; i < keys.n; i++)
        put_tag(call, issue, keys.rows[i].text);
    df_json_close(&call->w, ']');
}

/* The issue whose tag is asked for; 404 when none of its events has that key. */
static const struct sandbox_issue *tagged(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = sandbox_organization(call, 0) ? sandbox_issue_of(call, 1, true) : NULL;
    if (!issue || count(issue, call->request->params[2], call->arena).n)
        return issue;
    sandbox_not_found(call);
    return NULL;
}

void sandbox_api_tag(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = tagged(call);
    if (issue)
        put_tag(call, issue, call->request->params[2]);
}

void sandbox_api_tag_values(struct sandbox_call *call)
{
    const struct sandbox_issue *issue = tagged(call);
    struct sandbox_slice slice;
    if (!issue)
        return;
    struct counts values = count(issue, call->request->params[2], call->arena);
    if (!sandbox_paginate(call, values.n, 100, &slice))
        return;
    df_json_open(&call->w, '[');
    for (size_t i = slice.from; i < slice.to; i++)
        put_value(call, call->request->params[2], &values.rows[i]);
    df_json_close(&call->w, ']');
}
