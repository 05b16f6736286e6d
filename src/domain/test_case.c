#include "domain/test_case.h"

enum { ISSUE_BYTES = 200, CRUMBS = 100 };

struct candidate {
    size_t exception, frame;
};

struct candidates {
    const struct df_event *event;
    struct candidate items[DF_TEST_CANDIDATES];
    size_t n;
    bool marked;
};

static struct df_str place_of(const struct df_frame *f)
{
    return f->abs_path.n ? f->abs_path : f->filename;
}

/* An SDK started in another folder than the program's marks no frame as its own, and Sentry then calls all of them foreign. */
static bool marks_its_own(const struct df_event *event)
{
    for (size_t e = 0; e < event->n_exceptions; e++)
        for (size_t i = 0; i < event->exceptions[e].stack.n; i++)
            if (event->exceptions[e].stack.frames[i].in_app == DF_YES)
                return true;
    return false;
}

/* What no mark tells, the place does: libraries lie where libraries lie. */
static bool of_the_program(const struct df_frame *f, bool marked)
{
    static const char *const foreign[] = {"site-packages", "dist-packages", "/lib/python",
                                          "node_modules",  "node:",         "<frozen "};
    if (f->in_app == DF_YES || (f->in_app == DF_NO && marked))
        return f->in_app == DF_YES;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (df_str_find(place_of(f), df_str_c(foreign[i])) >= 0)
            return false;
    return true;
}

/* Of a function that calls itself only the outermost call counts: what it was given changed least. */
static bool known_already(const struct candidates *c, const struct df_frame *f, size_t exception)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct df_frame *other = &c->event->exceptions[c->items[i].exception].stack.frames[c->items[i].frame];
        if (c->items[i].exception == exception && df_str_eq(other->function, f->function) &&
            df_str_eq(place_of(other), place_of(f)))
            return true;
    }
    return false;
}

/* What was raised last, and within it the outermost frame first: a fix may stand in any function from there on. */
static void choose(struct candidates *c)
{
    for (size_t e = c->event->n_exceptions; e-- > 0;) {
        const struct df_stacktrace *stack = &c->event->exceptions[e].stack;
        for (size_t i = 0; i < stack->n && c->n < DF_TEST_CANDIDATES; i++)
            if (stack->frames[i].function.n && of_the_program(&stack->frames[i], c->marked) &&
                !known_already(c, &stack->frames[i], e))
                c->items[c->n++] = (struct candidate){e, i};
    }
}

static struct df_str suspect_line(const struct df_frame *f)
{
    for (size_t i = 0; i < f->n_context; i++)
        if (f->context[i].number == f->lineno)
            return f->context[i].text;
    return DF_STR_NONE;
}

/* Of a path, only a home folder's name is personal. */
static struct df_str clean_path(struct df_scrub *scrub, struct df_str path)
{
    scrub->code = true;
    struct df_str clean = df_scrub_text(scrub, path);
    scrub->code = false;
    return clean;
}

static struct df_str clean_line(struct df_scrub *scrub, struct df_str line)
{
    df_scrub_begin_source(scrub);
    struct df_str clean = df_scrub_source_line(scrub, line);
    df_scrub_end_source(scrub);
    return clean;
}

static void put_clean(struct df_json_writer *w, const char *key, struct df_scrub *scrub, const struct df_json *v)
{
    df_json_key(w, df_str_c(key));
    if (v)
        df_scrub_put_json(scrub, w, DF_STR_NONE, v);
    else
        df_json_put_null(w);
}

static void put_text(struct df_json_writer *w, const char *key, struct df_scrub *scrub, struct df_str text)
{
    df_json_kstr(w, key, df_scrub_text(scrub, text));
}

static void put_frame(struct df_json_writer *w, struct df_scrub *scrub, const struct df_frame *f, size_t number,
                      bool marked)
{
    df_json_open(w, '{');
    df_json_kint(w, "number", (int64_t)number);
    df_json_kstr(w, "function", f->function);
    df_json_kstr(w, "file", clean_path(scrub, f->filename));
    df_json_kstr(w, "path", clean_path(scrub, f->abs_path));
    df_json_kstr(w, "module", f->module);
    df_json_kint(w, "line", f->lineno);
    df_json_kint(w, "column", f->colno);
    df_json_kbool(w, "app", of_the_program(f, marked));
    df_json_kstr(w, "text", clean_line(scrub, suspect_line(f)));
    put_clean(w, "vars", scrub, f->vars);
    df_json_close(w, '}');
}

static bool is_sent(const struct df_stacktrace *stack, size_t i)
{
    return i < DF_TEST_FRAMES / 2 || stack->n - i <= DF_TEST_FRAMES / 2;
}

static void put_exception(struct df_json_writer *w, struct df_scrub *scrub, const struct df_exception *e, bool marked)
{
    df_json_open(w, '{');
    df_json_kstr(w, "type", e->type);
    put_text(w, "value", scrub, e->value);
    df_json_kstr(w, "module", e->module);
    df_json_kstr(w, "source", e->source);
    df_json_kbool(w, "group", e->is_group);
    df_json_kint(w, "omitted", e->stack.omitted_to - e->stack.omitted_from);
    df_json_kopen(w, "frames", '[');
    for (size_t i = 0; i < e->stack.n; i++)
        if (is_sent(&e->stack, i))
            put_frame(w, scrub, &e->stack.frames[i], i, marked);
    df_json_close(w, ']');
    df_json_close(w, '}');
}

static void put_pairs(struct df_json_writer *w, const char *key, struct df_scrub *scrub, const struct df_pairs *pairs)
{
    df_json_kopen(w, key, '[');
    for (size_t i = 0; i < pairs->n; i++) {
        df_json_open(w, '[');
        df_json_put_str(w, pairs->items[i].key);
        if (pairs->items[i].value)
            df_scrub_put_json(scrub, w, pairs->items[i].key, pairs->items[i].value);
        else
            df_json_put_null(w);
        df_json_close(w, ']');
    }
    df_json_close(w, ']');
}

static void put_request(struct df_json_writer *w, struct df_scrub *scrub, const struct df_event_request *r)
{
    if (!r->given)
        return;
    df_json_kopen(w, "request", '{');
    df_json_kstr(w, "method", r->method);
    put_text(w, "url", scrub, r->url);
    put_text(w, "query_text", scrub, r->query_text);
    df_json_kstr(w, "cookie_text", df_scrub_whole(scrub, DF_SCRUB_COOKIE, r->cookie_text));
    put_pairs(w, "query", scrub, &r->query);
    put_pairs(w, "headers", scrub, &r->headers);
    put_pairs(w, "cookies", scrub, &r->cookies);
    put_clean(w, "data", scrub, r->data);
    df_json_close(w, '}');
}

static void put_breadcrumbs(struct df_json_writer *w, struct df_scrub *scrub, const struct df_event *event)
{
    df_json_kopen(w, "breadcrumbs", '[');
    size_t from = event->n_breadcrumbs > CRUMBS ? event->n_breadcrumbs - CRUMBS : 0;
    for (size_t i = from; i < event->n_breadcrumbs; i++) {
        const struct df_breadcrumb *crumb = &event->breadcrumbs[i];
        df_json_open(w, '{');
        df_json_kint(w, "time_ms", crumb->time_ms);
        df_json_kstr(w, "type", crumb->type);
        df_json_kstr(w, "level", crumb->level);
        df_json_kstr(w, "category", crumb->category);
        put_text(w, "message", scrub, crumb->message);
        put_clean(w, "data", scrub, crumb->data);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_head(struct df_json_writer *w, struct df_scrub *scrub, const struct df_event *event,
                     const struct df_test_subject *subject)
{
    df_json_kstr(w, "issue", df_str_head(subject->issue.n ? subject->issue : event->event_id, ISSUE_BYTES));
    df_json_kstr(w, "url", subject->url);
    df_json_kstr(w, "event_id", event->event_id);
    df_json_kstr(w, "platform", event->platform);
    df_json_kstr(w, "release", event->release);
    df_json_kstr(w, "environment", event->environment);
    put_text(w, "transaction", scrub, event->transaction);
    put_text(w, "server_name", scrub, event->server_name);
    df_json_kint(w, "created_ms", event->created_ms);
    put_clean(w, "contexts", scrub, event->contexts);
    put_clean(w, "extra", scrub, event->extra);
    put_pairs(w, "tags", scrub, &event->tags);
}

/* What the variables show to be secret or personal by the keys it stands under, before messages are written that repeat it. */
static void learn(const struct df_event *event, struct df_scrub *scrub)
{
    struct df_buf unused;
    struct df_json_writer w;
    df_buf_init(&unused, scrub->arena, DF_TEST_CASE_BYTES);
    df_json_writer_init(&w, &unused, 0);
    df_json_open(&w, '[');
    for (size_t e = 0; e < event->n_exceptions; e++) {
        const struct df_stacktrace *stack = &event->exceptions[e].stack;
        for (size_t i = 0; i < stack->n; i++)
            if (is_sent(stack, i) && stack->frames[i].vars)
                df_scrub_put_json(scrub, &w, DF_STR_NONE, stack->frames[i].vars);
    }
    if (event->request.data)
        df_scrub_put_json(scrub, &w, DF_STR_NONE, event->request.data);
    df_json_close(&w, ']');
}

bool df_test_case_write(const struct df_event *event, const struct df_test_subject *subject, struct df_scrub *scrub,
                        struct df_json_writer *w)
{
    struct candidates *c = DF_NEW(scrub->arena, struct candidates);
    c->event = event;
    c->marked = marks_its_own(event);
    scrub->stand_ins = DF_NEW(scrub->arena, struct df_stand_ins);
    scrub->stand_ins->arena = scrub->arena;
    learn(event, scrub);
    choose(c);
    df_json_open(w, '{');
    put_head(w, scrub, event, subject);
    df_json_kopen(w, "exceptions", '[');
    for (size_t i = 0; i < event->n_exceptions; i++)
        put_exception(w, scrub, &event->exceptions[i], c->marked);
    df_json_close(w, ']');
    df_json_kopen(w, "candidates", '[');
    for (size_t i = 0; i < c->n; i++) {
        df_json_open(w, '[');
        df_json_put_int(w, (int64_t)c->items[i].exception);
        df_json_put_int(w, (int64_t)c->items[i].frame);
        df_json_close(w, ']');
    }
    df_json_close(w, ']');
    put_request(w, scrub, &event->request);
    put_breadcrumbs(w, scrub, event);
    df_json_kopen(w, "replaced", '[');
    for (size_t i = 0; i < scrub->stand_ins->n; i++)
        df_json_put_str(w, scrub->stand_ins->items[i].stand_in);
    df_json_close(w, ']');
    df_json_close(w, '}');
    return c->n > 0;
}

bool df_test_name_valid(struct df_str name)
{
    size_t dots = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool dot = c == '.' && i > 0 && name.p[i - 1] != '.';
        dots += dot;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || dot))
            return false;
    }
    return name.n > 2 && name.n <= DF_TEST_NAME_BYTES && dots > 0 && name.p[name.n - 1] != '.';
}
