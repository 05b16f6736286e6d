#include "adapter/test_outline.h"

enum { EVENT_DEPTH = 600, TEXT_BYTES = 4 << 20, ANSWER_BYTES = 8 << 20, STEPS = 8, CRUMBS = 5, SAID_BYTES = 300 };

static bool is_app(const struct df_json *frame)
{
    return df_json_bool(df_json_get(frame, "app"), false);
}

/* The innermost call of the program, and the innermost of them that has values. */
static void find_crash(struct df_outline *o)
{
    for (struct df_json_iter it = df_json_iter(df_json_get(o->exception, "frames")); df_json_next(&it);) {
        if (!is_app(it.value) && o->crash)
            continue;
        if (is_app(it.value) || !o->crash)
            o->crash = it.value;
        if (is_app(it.value) && df_json_count(df_json_get(it.value, "vars")))
            o->values = df_json_get(it.value, "vars");
    }
}

enum df_code df_outline_begin(const struct df_test_job *job, struct df_arena *arena, struct df_outline *ret,
                              struct df_buf *ret_text, struct df_error *err)
{
    const struct df_json *given, *exceptions;
    DF_TRY(df_json_parse(arena, job->input, EVENT_DEPTH, &given, err));
    struct df_outline o = {.job = job, .event = df_json_get(given, "event")};
    exceptions = df_json_get(o.event, "exceptions");
    for (struct df_json_iter it = df_json_iter(exceptions); df_json_next(&it);)
        if (df_json_count(df_json_get(it.value, "frames")))
            o.exception = it.value;
    find_crash(&o);
    if (!o.crash)
        return df_fail(err, DF_ERR_INVALID, "the event has no exception with a frame");
    o.issue = df_json_get_str(o.event, "issue");
    o.type = df_json_get_str(o.exception, "type");
    o.value = df_json_get_str(o.exception, "value");
    o.function = df_json_get_str(o.crash, "function");
    o.module = df_json_get_str(o.crash, "module");
    o.file = df_json_get_str(o.crash, "file").n ? df_json_get_str(o.crash, "file") : df_json_get_str(o.crash, "path");
    o.line = df_json_int(df_json_get(o.crash, "line"), 0);
    o.reason = df_arena_printf(arena, "programs in %s are not run here, so nothing has shown that this call fails",
                               job->language->name);
    *ret = o;
    df_buf_init(ret_text, arena, TEXT_BYTES);
    return DF_OK;
}

static bool is_id(struct df_str s)
{
    size_t hex = 0;
    for (size_t i = 0; i < s.n; i++)
        hex += (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
    return s.n == 0 || (s.n == 32 && hex == 32);
}

struct df_str df_outline_stem(const struct df_outline *o, enum df_outline_style style, struct df_arena *arena)
{
    enum { SHORT_ID = 8 };
    struct df_str text = o->issue;
    if (is_id(text))
        text = df_arena_printf(arena, "%.*s %.*s", DF_FMT(o->function), DF_FMT(df_str_head(text, SHORT_ID)));
    return df_outline_name(text, style, arena);
}

struct df_str df_outline_test_name(const struct df_outline *o, enum df_outline_style style, struct df_arena *arena)
{
    struct df_str function = df_outline_name(o->function, DF_OUTLINE_SNAKE, arena);
    struct df_str type = df_outline_name(o->type, DF_OUTLINE_SNAKE, arena);
    return df_outline_name(df_arena_printf(arena, "%.*s no longer raises %.*s", DF_FMT(df_str_head(function, 24)),
                                           DF_FMT(df_str_head(type, 20))),
                           style, arena);
}

struct page {
    struct df_buf *to;
    const struct df_outline_form *form;
    struct df_arena *arena;
};

static void put_line(const struct page *p, struct df_str text)
{
    df_outline_put_comment(p->to, p->form, "", text);
}

static void put_way(const struct page *p, const struct df_outline *o)
{
    struct df_buf way;
    size_t n = 0;
    df_buf_init(&way, p->arena, SAID_BYTES * 4);
    for (struct df_json_iter it = df_json_iter(df_json_get(o->exception, "frames")); n < STEPS && df_json_next(&it);)
        if (is_app(it.value))
            df_buf_printf(&way, "%s%.*s", n++ ? " > " : "", DF_FMT(df_json_get_str(it.value, "function")));
    put_line(p, df_arena_printf(p->arena, "Raised in %.*s (%.*s:%lld), called by way of %.*s.", DF_FMT(o->function),
                                DF_FMT(o->file), (long long)o->line, DF_FMT(df_buf_str(&way))));
}

static void put_seen(const struct page *p, const struct df_json *event)
{
    struct df_str release = df_json_get_str(event, "release"), environment = df_json_get_str(event, "environment");
    if (release.n)
        put_line(p, df_arena_printf(p->arena, "Release: %.*s", DF_FMT(release)));
    if (environment.n)
        put_line(p, df_arena_printf(p->arena, "Environment: %.*s", DF_FMT(environment)));
}

static void put_request(const struct page *p, const struct df_json *request)
{
    struct df_str url = df_json_get_str(request, "url"), path;
    if (!url.n)
        return;
    df_str_split(&url, '?', &path); /* what was asked may hold secrets; where is enough */
    put_line(p,
             df_arena_printf(p->arena, "Request: %.*s %.*s", DF_FMT(df_json_get_str(request, "method")), DF_FMT(path)));
}

static void put_flags(const struct page *p, const struct df_json *event)
{
    for (struct df_json_iter it = df_json_iter(df_json_path(event, "contexts", "flags", "values", NULL));
         df_json_next(&it);)
        put_line(p, df_arena_printf(p->arena, "Feature flag: %.*s=%.*s", DF_FMT(df_json_get_str(it.value, "flag")),
                                    DF_FMT(df_json_text(df_json_get(it.value, "result"), p->arena))));
}

static void put_crumb(const struct page *p, struct df_str category, struct df_str message)
{
    put_line(p, df_arena_printf(p->arena, "Just before: %.*s%s%.*s", DF_FMT(category), category.n ? ": " : "",
                                DF_FMT(message)));
}

static void put_crumbs(const struct page *p, const struct df_json *crumbs)
{
    size_t n = df_json_count(crumbs), at = 0;
    for (struct df_json_iter it = df_json_iter(crumbs); df_json_next(&it); at++)
        if (at + CRUMBS >= n && df_json_get_str(it.value, "message").n)
            put_crumb(p, df_json_get_str(it.value, "category"), df_json_get_str(it.value, "message"));
}

void df_outline_put_reason(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                           struct df_arena *arena)
{
    df_outline_put_string(to, form, df_arena_printf(arena, "Not verified: %.*s", DF_FMT(o->reason)));
}

void df_outline_put_conditions(struct df_buf *to, const struct df_outline_form *form, const struct df_outline *o,
                               struct df_arena *arena)
{
    const struct page p = {to, form, arena};
    put_line(&p, df_arena_printf(arena, "Sentry issue %.*s: %.*s: %.*s", DF_FMT(o->issue), DF_FMT(o->type),
                                 DF_FMT(df_str_head(o->value, SAID_BYTES))));
    put_line(&p, DF_S(""));
    put_line(&p, df_arena_printf(arena, "Not verified: %.*s.", DF_FMT(o->reason)));
    put_line(&p, DF_S("Write the call in place of the skip; it should fail before the fix and pass after it."));
    put_line(&p, DF_S(""));
    put_way(&p, o);
    put_seen(&p, o->event);
    put_request(&p, df_json_get(o->event, "request"));
    put_flags(&p, o->event);
    put_crumbs(&p, df_json_get(o->event, "breadcrumbs"));
    if (df_json_get_str(o->event, "url").n)
        put_line(&p, df_arena_printf(arena, "Issue: %.*s", DF_FMT(df_json_get_str(o->event, "url"))));
}

enum df_code df_outline_answer(const struct df_outline *o, struct df_str file, const struct df_buf *text,
                               struct df_arena *arena, struct df_str *ret, struct df_error *err)
{
    struct df_buf line;
    struct df_json_writer w;
    const struct df_str add = df_arena_printf(arena, "the call of %.*s, in place of the skip", DF_FMT(o->function));
    df_buf_init(&line, arena, ANSWER_BYTES);
    df_json_writer_init(&w, &line, 0);
    df_json_open(&w, '{');
    df_json_kopen(&w, "result", '{');
    df_json_kstr(&w, "status", DF_S("not_reproduced"));
    df_json_kstr(&w, "file", file);
    df_json_kstr(&w, "text", df_buf_str(text));
    df_json_kstr(&w, "function", o->function);
    df_json_kstr(&w, "exception",
                 df_arena_printf(arena, "%.*s: %.*s", DF_FMT(o->type), DF_FMT(df_str_head(o->value, SAID_BYTES))));
    df_json_kstr(&w, "reason", o->reason);
    df_json_kstrs(&w, "add", &add, 1);
    df_json_kint(&w, "attempts", 0);
    df_json_close(&w, '}');
    df_json_close(&w, '}');
    if (line.overflow || text->overflow)
        return df_fail(err, DF_ERR_TOO_LARGE, "the test would be larger than %d MiB", ANSWER_BYTES >> 20);
    *ret = df_buf_str(&line);
    return DF_OK;
}
