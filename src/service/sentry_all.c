#include "service/sentry_all.h"

enum { PAGE = 100, TIME_MS = 30 * 1000 };

/* A walk over pages. Cursors are opaque: that one leads back is seen by comparing each with one kept from before, which moves on
 * at every power of two (Brent's way to find a cycle). */
struct walk {
    const struct df_devflow *d;
    struct df_arena *arena;
    struct df_str cursor, kept;
    int64_t until_ms;
    size_t pages, next_kept, n;
    struct df_sentry_rest rest;
};

static struct walk begin(const struct df_devflow *d, struct df_str cursor, struct df_arena *arena)
{
    return (struct walk){.d = d,
                         .arena = arena,
                         .cursor = cursor,
                         .kept = cursor,
                         .until_ms = df_now_ms(d->clock) + TIME_MS,
                         .next_kept = 1};
}

static bool stop(struct walk *w, const char *why, struct df_str next)
{
    w->rest = (struct df_sentry_rest){
        .missing = df_arena_printf(w->arena, "These are the first %zu, there are more: %s", w->n, why),
        .next_cursor = next};
    return false;
}

/* How many of a page are taken: a server may send more than it was asked for. */
static size_t room(const struct walk *w, size_t n)
{
    size_t left = DF_SENTRY_ALL_LIMIT + PAGE - w->n;
    return n < left ? n : left;
}

/* Whether to ask for the next page. */
static bool go_on(struct walk *w, struct df_str next)
{
    w->pages++;
    if (next.n == 0) {
        w->rest = (struct df_sentry_rest){.complete = true};
        return false;
    }
    if (df_str_eq(next, w->cursor) || df_str_eq(next, w->kept))
        return stop(w, "Sentry names the same page again and again.", DF_STR_NONE);
    if (w->n >= DF_SENTRY_ALL_LIMIT)
        return stop(w, "more than are given at once.", next);
    if (df_now_ms(w->d->clock) >= w->until_ms)
        return stop(w, "they take longer than is waited for at once.", next);
    if (w->pages == w->next_kept) {
        w->next_kept *= 2;
        w->kept = next;
    }
    w->cursor = next;
    return true;
}

/* A later page that fails ends the walk; the first page's failure is the whole one's. */
static bool failed(struct walk *w, const struct df_error *why)
{
    stop(w, why->message, w->cursor);
    return w->pages > 0;
}

enum df_code df_sentry_all_issues(const struct df_devflow *d, struct df_str project_id,
                                  const struct df_issue_query *query, struct df_arena *arena, struct df_issue **ret,
                                  size_t *ret_n, struct df_sentry_rest *ret_rest, struct df_error *err)
{
    struct walk w = begin(d, query->cursor, arena);
    struct df_issue *all = DF_NEW_ARRAY(arena, struct df_issue, DF_SENTRY_ALL_LIMIT + PAGE);
    struct df_page page = {0};
    do {
        struct df_issue_query one = *query;
        struct df_issue *issues;
        struct df_error why;
        size_t n;
        one.cursor = w.cursor;
        one.limit = query->limit ? query->limit : PAGE;
        enum df_code code = df_sentry_list_issues(d, project_id, &one, arena, &issues, &n, &page, &why);
        if (code != DF_OK && !failed(&w, &why)) {
            if (err)
                *err = why;
            return code;
        }
        if (code != DF_OK)
            break;
        n = room(&w, n);
        memcpy(all + w.n, issues, n * sizeof *issues);
        w.n += n;
    } while (go_on(&w, page.next_cursor));
    *ret = all;
    *ret_n = w.n;
    *ret_rest = w.rest;
    return DF_OK;
}

enum df_code df_sentry_all_events(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                  struct df_str cursor, struct df_arena *arena, const struct df_json ***ret,
                                  size_t *ret_n, struct df_sentry_rest *ret_rest, struct df_error *err)
{
    struct walk w = begin(d, cursor, arena);
    const struct df_json **all = DF_NEW_ARRAY(arena, const struct df_json *, DF_SENTRY_ALL_LIMIT + PAGE);
    struct df_page page = {0};
    do {
        const struct df_json *events;
        struct df_error why;
        enum df_code code = df_sentry_get_issue_events(d, project_id, issue, w.cursor, PAGE, arena, &events, &page,
                                                       &why);
        if (code != DF_OK && !failed(&w, &why)) {
            if (err)
                *err = why;
            return code;
        }
        if (code != DF_OK)
            break;
        size_t left = room(&w, df_json_count(events));
        for (struct df_json_iter it = df_json_iter(events); left && df_json_next(&it); left--)
            all[w.n++] = it.value;
    } while (go_on(&w, page.next_cursor));
    *ret = all;
    *ret_n = w.n;
    *ret_rest = w.rest;
    return DF_OK;
}
