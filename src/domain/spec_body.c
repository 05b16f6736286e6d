#include "domain/spec_body.h"
#include "domain/context_parts.h"

enum { BODY_BYTES = 256 * 1024, SPAN = 160, VARIABLES = 4, VARIABLE = 120 };

struct body {
    const struct df_context *c;
    const struct df_event *event;
    struct df_scrub scrub;
    struct df_arena *arena;
    struct df_buf *out;
};

static void span(struct body *b, const char *key, struct df_str text)
{
    df_md_put_span(b->out, df_scrub_under(&b->scrub, df_str_c(key), text), SPAN);
}

/* "- **Given** " */
static void begin(struct body *b, const char *word)
{
    df_buf_printf(b->out, "- **%s** ", word);
}

static void end(struct body *b)
{
    df_buf_put_char(b->out, '\n');
}

/* Words and numbers alone mean nothing to Markdown. */
static bool is_plain(struct df_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == ','))
            return false;
    }
    return s.n > 0;
}

static void put_priority(struct body *b)
{
    struct df_prioritized p;
    struct df_str reasons[DF_URGENCY_REASONS];
    struct df_issue still = *b->c->issue;
    still.hours = still.days = still.fortnight = (struct df_points){0};
    struct df_urgency_project alone = df_urgency_project_of(&still, 1);
    df_prioritize(&still, &alone, DF_URGENCY_NONE, &p);
    p.shares[DF_URGENCY_RECENCY] = 0; /* it would be the age of now */
    size_t n = df_urgency_reasons(&still, &alone, &p, b->arena, reasons);
    df_buf_printf(b->out, "## Suggested priority\n\n**%s**", df_urgency_name(p.priority));
    for (size_t i = 0; i < n; i++) {
        df_buf_put_c(b->out, i ? ", " : ": ");
        if (is_plain(reasons[i]))
            df_buf_put_str(b->out, reasons[i]);
        else
            df_md_put_span(b->out, df_scrub_text(&b->scrub, reasons[i]), SPAN);
    }
    df_buf_put_c(b->out, "\n\n");
}

static const struct df_frame *newest(const struct df_stacktrace *s, bool in_app)
{
    for (size_t i = s->n; i-- > 0;)
        if (!in_app || s->frames[i].in_app == DF_YES)
            return &s->frames[i];
    return NULL;
}

/* The frame to look at: the newest of the application's own in what was thrown last, or in what caused it; else the newest. */
static const struct df_frame *crash_frame(const struct df_event *event)
{
    const struct df_frame *frame = NULL;
    for (int in_app = 1; in_app >= 0 && !frame; in_app--) {
        for (size_t i = event->n_exceptions; i-- > 0 && !frame;)
            frame = newest(&event->exceptions[i].stack, in_app);
        frame = frame ? frame : newest(&event->stack, in_app);
    }
    return frame;
}

static void put_where(struct body *b)
{
    const struct df_event *e = b->event;
    bool any = false;
    begin(b, "Given");
    const struct {
        const char *before;
        struct df_str text;
    } facts[] = {{"release ", e->release.n ? e->release : b->c->issue->last_release},
                 {"environment ", e->environment},
                 {"platform ", e->platform.n ? e->platform : b->c->issue->platform}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        if (facts[i].text.n == 0)
            continue;
        df_buf_printf(b->out, "%s%s", any ? ", " : "", facts[i].before);
        span(b, "", facts[i].text);
        any = true;
    }
    if (!any)
        df_buf_put_c(b->out, "the application runs");
    end(b);
}

static struct df_str variable_text(struct body *b, struct df_str key, const struct df_json *value)
{
    struct df_buf text;
    struct df_json_writer w;
    if (df_json_is_string(value))
        return df_scrub_under(&b->scrub, key, df_json_str(value));
    df_buf_init(&text, b->arena, (size_t)VARIABLE * 8);
    df_json_writer_init(&w, &text, 0);
    df_scrub_put_json(&b->scrub, &w, key, value);
    return df_buf_str(&text);
}

static void put_variables(struct body *b, const struct df_frame *frame)
{
    size_t n = 0;
    if (!frame || !frame->vars)
        return;
    for (struct df_json_iter it = df_json_iter(frame->vars); n < VARIABLES && df_json_next(&it); n++) {
        begin(b, "And");
        span(b, "", it.key);
        df_buf_put_c(b->out, " is ");
        df_md_put_span(b->out, variable_text(b, it.key, it.value), VARIABLE);
        end(b);
    }
}

static void put_last_step(struct body *b)
{
    const struct df_event *e = b->event;
    for (size_t i = e->n_breadcrumbs; i-- > 0;) {
        const struct df_breadcrumb *crumb = &e->breadcrumbs[i];
        if (crumb->message.n == 0)
            continue;
        begin(b, "And");
        df_buf_put_c(b->out, "the last step before was ");
        if (crumb->category.n) {
            span(b, "", crumb->category);
            df_buf_put_char(b->out, ' ');
        }
        span(b, "", crumb->message);
        end(b);
        return;
    }
}

static void put_frame(struct body *b, const struct df_frame *frame)
{
    struct df_str file = frame->filename.n ? frame->filename : frame->module.n ? frame->module : frame->abs_path;
    span(b, "", frame->function.n ? frame->function : DF_S("?"));
    if (file.n) {
        df_buf_put_c(b->out, " in ");
        span(b, "", file);
    }
    if (frame->lineno > 0)
        df_buf_printf(b->out, ", line %lld,", (long long)frame->lineno);
}

static void put_when(struct body *b, const struct df_frame *frame)
{
    const struct df_event *e = b->event;
    begin(b, "When");
    if (e->request.given && e->request.url.n) {
        span(b, "", e->request.method.n ? e->request.method : DF_S("GET"));
        df_buf_put_char(b->out, ' ');
        span(b, "", e->request.url);
        df_buf_put_c(b->out, " is asked for");
    } else if (e->transaction.n) {
        span(b, "", e->transaction);
        df_buf_put_c(b->out, " runs");
    } else if (frame) {
        put_frame(b, frame);
        df_buf_put_c(b->out, " runs");
        end(b);
        return;
    } else {
        df_buf_put_c(b->out, "the same happens again");
    }
    end(b);
    if (!frame)
        return;
    begin(b, "And");
    put_frame(b, frame);
    df_buf_put_c(b->out, " runs");
    end(b);
}

static void put_then(struct body *b)
{
    const struct df_event *e = b->event;
    const struct df_issue *issue = b->c->issue;
    const struct df_exception *thrown = e->n_exceptions ? &e->exceptions[e->n_exceptions - 1] : NULL;
    struct df_str type = thrown ? thrown->type : issue->type, value = thrown ? thrown->value : issue->value;
    bool typed = type.n && !df_str_is(type, "default") && !df_str_is(type, "error");
    begin(b, "Then");
    if (typed) {
        df_buf_put_c(b->out, "no ");
        span(b, "", type);
        if (value.n) {
            df_buf_put_c(b->out, " (");
            span(b, "", value);
            df_buf_put_char(b->out, ')');
        }
        df_buf_put_c(b->out, " is raised");
    } else {
        span(b, "", issue->title.n ? issue->title : e->title);
        df_buf_put_c(b->out, " is not reported");
    }
    end(b);
}

static void put_criteria(struct body *b)
{
    const struct df_frame *frame = crash_frame(b->event);
    df_buf_put_c(b->out, "## Acceptance criteria\n\n");
    put_where(b);
    put_variables(b, frame);
    put_last_step(b);
    put_when(b, frame);
    put_then(b);
    df_buf_put_char(b->out, '\n');
}

#define RECURS "What recurs"

/* Before the first fence every line is ours; what an event holds stands in spans that have no second line. */
struct df_str df_spec_recurs(struct df_str block)
{
    bool here = false;
    for (struct df_str rest = block, line; df_str_split(&rest, '\n', &line);) {
        line = df_str_trim(line);
        if (df_str_starts(line, DF_S("```")))
            break;
        if (here && line.n)
            return line;
        here = here || (df_str_starts(line, DF_S("##")) && df_str_ends(line, DF_S("# " RECURS)));
    }
    return DF_STR_NONE;
}

static void put_pattern(struct body *b, const struct df_spec_pattern *pattern)
{
    if (!pattern || (pattern->n_short_ids == 0 && pattern->kept.n == 0))
        return;
    df_buf_put_c(b->out, "## " RECURS "\n\n");
    if (pattern->kept.n) {
        df_buf_put_str(b->out, pattern->kept);
        df_buf_put_c(b->out, "\n\n");
        return;
    }
    df_buf_put_c(b->out, "One cause with ");
    for (size_t i = 0; i < pattern->n_short_ids; i++) {
        df_buf_put_c(b->out, i ? ", " : "");
        span(b, "", pattern->short_ids[i]);
    }
    if (pattern->n_more)
        df_buf_printf(b->out, " and %zu more", pattern->n_more);
    if (pattern->reason.n) {
        df_buf_put_c(b->out, ": ");
        df_md_put_span(b->out, df_scrub_text(&b->scrub, pattern->reason), 2 * SPAN);
    }
    df_buf_put_c(b->out, "\n\n");
}

/* Without what depends on the time of asking. */
static struct df_str context_text(const struct df_context *context, const struct df_context_options *options,
                                  struct df_arena *arena)
{
    struct df_issue issue = *context->issue;
    struct df_context still = *context;
    struct df_context_options o = *options;
    struct df_buf out;
    issue.hours = issue.days = issue.fortnight = (struct df_points){0};
    still.issue = &issue;
    still.fetched_ms = 0;
    o.keep_secrets = o.keep_personal = false;
    o.preset = DF_CONTEXT_LLM;
    o.lang = DF_CONTEXT_ENGLISH;
    o.budget_chars = DF_SPEC_BODY_CHARS;
    df_buf_init(&out, arena, BODY_BYTES);
    df_context_markdown(&still, &o, &out);
    return df_buf_str(&out);
}

struct df_str df_spec_body(const struct df_context *context, const struct df_context_options *options,
                           const struct df_spec_pattern *pattern, const struct df_stored_test *test,
                           struct df_arena *arena)
{
    static const struct df_event nothing = {0};
    struct df_context_options safe = *options;
    struct df_buf out;
    safe.keep_secrets = safe.keep_personal = false;
    struct body b = {.c = context,
                     .event = context->event ? context->event : &nothing,
                     .scrub = df_context_scrub(&safe, arena),
                     .arena = arena,
                     .out = &out};
    struct df_str text = context_text(context, options, arena);
    long head = df_str_find(text, DF_S("\n## ")); /* the facts before it hold no line that is not ours */
    size_t cut = head < 0 ? text.n : (size_t)head + 1;
    df_buf_init(&out, arena, 2 * BODY_BYTES);
    df_buf_put(&out, text.p, cut);
    put_priority(&b);
    put_criteria(&b);
    put_pattern(&b, pattern);
    df_stored_test_put(test, &b.scrub, &out); /* after all that is read again before the first fence */
    df_buf_put_str(&out, df_str_from(text, cut));
    df_context_scrub_done(&b.scrub);
    return df_buf_str(&out);
}
