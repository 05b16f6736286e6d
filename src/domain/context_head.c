#include "domain/context_parts.h"

static struct df_str either(struct df_str a, struct df_str b)
{
    return a.n ? a : b;
}

/* Only a link into the very Sentry that was asked, and only of characters that mean nothing to Markdown inside <>. */
static bool is_link(const struct df_context *c, struct df_str url)
{
    if (c->host.n == 0 || url.n > 500 || !df_str_starts(url, c->host) || url.n == c->host.n || url.p[c->host.n] != '/')
        return false;
    if (!df_str_starts(url, DF_S("https://")) && !df_str_starts(url, DF_S("http://")))
        return false;
    for (size_t i = 0; i < url.n; i++) {
        char ch = url.p[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
        if (!plain && (!ch || !strchr("-._~:/?=&%", ch)))
            return false;
    }
    return true;
}

static void begin_fact(struct df_context_view *v, size_t rank)
{
    df_cut_begin(&v->cut, DF_PART_FACT, rank);
}

static void end_fact(struct df_context_view *v)
{
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static void put_label(struct df_context_view *v, const char *before, enum df_words label)
{
    df_buf_printf(v->out, "%s**%s:** ", before, df_words(v->cut.lang, label));
}

static void put_issue_line(struct df_context_view *v)
{
    const struct df_issue *issue = v->c->issue;
    begin_fact(v, 0);
    put_label(v, "- ", DF_WORDS_ISSUE);
    df_md_put_span(v->out, issue->short_id.n ? issue->short_id : issue->id, DF_CONTEXT_SPAN);
    if (issue->short_id.n) {
        df_buf_put_c(v->out, ", id ");
        df_md_put_span(v->out, issue->id, DF_CONTEXT_SPAN);
    }
    if (issue->permalink.n && is_link(v->c, issue->permalink)) {
        df_buf_put_c(v->out, ", <");
        df_buf_put_str(v->out, issue->permalink);
        df_buf_put_char(v->out, '>');
    } else if (issue->permalink.n) {
        df_buf_put_c(v->out, ", ");
        df_context_span(v, "", issue->permalink, DF_CONTEXT_SPAN);
    }
    end_fact(v);
}

struct fact {
    enum df_words label;
    struct df_str text;
};

enum { FACTS = 4 };

static bool is_version(enum df_words label)
{
    return label == DF_WORDS_RELEASE || label == DF_WORDS_DIST || label == DF_WORDS_SDK_VERSION;
}

/* Those that are known, on one line of the list. */
static void put_facts(struct df_context_view *v, size_t rank, const struct fact facts[FACTS])
{
    bool any = false;
    begin_fact(v, rank);
    for (size_t i = 0; i < FACTS; i++) {
        if (facts[i].text.n == 0)
            continue;
        put_label(v, any ? " \u00B7 " : "- ", facts[i].label);
        df_context_span(v, is_version(facts[i].label) ? "version" : "", facts[i].text, DF_CONTEXT_SPAN);
        any = true;
    }
    if (any)
        df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

static void put_time(struct df_context_view *v, enum df_words words, int64_t ms)
{
    if (!ms)
        return;
    df_buf_put_c(v->out, ", ");
    df_words_put(v->out, v->cut.lang, words, (struct df_str[]){df_context_time(ms, v->arena)}, 1);
}

static void put_count(struct df_context_view *v, int64_t n, enum df_words one, enum df_words many)
{
    bool single = n == 1 || (n == 0 && v->cut.lang == DF_CONTEXT_FRENCH);
    df_words_put(v->out, v->cut.lang, single ? one : many,
                 (struct df_str[]){df_arena_printf(v->arena, "%lld", (long long)n)}, 1);
}

static void put_seen_line(struct df_context_view *v, size_t rank)
{
    const struct df_issue *issue = v->c->issue;
    begin_fact(v, rank);
    put_label(v, "- ", DF_WORDS_SEEN);
    put_count(v, issue->count, DF_WORDS_EVENT_ONE, DF_WORDS_EVENT_MANY);
    df_buf_put_c(v->out, ", ");
    put_count(v, issue->user_count, DF_WORDS_USER_ONE, DF_WORDS_USER_MANY);
    put_time(v, DF_WORDS_FIRST, issue->first_seen_ms);
    put_time(v, DF_WORDS_LAST, issue->last_seen_ms);
    end_fact(v);
}

static void put_event_line(struct df_context_view *v, size_t rank)
{
    const struct df_event *event = v->event;
    if (v->c->event && event->event_id.n == 0 && !event->created_ms)
        return;
    begin_fact(v, rank);
    put_label(v, "- ", DF_WORDS_EVENT);
    if (!v->c->event) {
        df_context_say(v, DF_WORDS_NO_EVENT);
    } else {
        df_md_put_span(v->out, event->event_id, DF_CONTEXT_SPAN);
        if (event->created_ms) {
            df_buf_put_char(v->out, ' ');
            df_words_put(v->out, v->cut.lang, DF_WORDS_AT,
                         (struct df_str[]){df_context_time(event->created_ms, v->arena)}, 1);
        }
    }
    end_fact(v);
}

/* The more a line says about this error and no other, the lower its rank. */
static void put_all_facts(struct df_context_view *v)
{
    const struct df_issue *issue = v->c->issue;
    const struct df_event *event = v->event;
    /* what Sentry calls a mere message says nothing */
    struct df_str type = df_str_is(issue->type, "default") ? DF_STR_NONE : issue->type;
    put_issue_line(v);
    put_facts(v, 4, (struct fact[FACTS]){{DF_WORDS_TYPE, type}, {DF_WORDS_VALUE, issue->value}});
    put_facts(v, 1,
              (struct fact[FACTS]){{DF_WORDS_CULPRIT, either(issue->culprit, event->culprit)},
                                   {DF_WORDS_TRANSACTION, event->transaction}});
    put_facts(v, 5,
              (struct fact[FACTS]){{DF_WORDS_LEVEL, either(issue->level, event->level)},
                                   {DF_WORDS_STATUS, issue->status},
                                   {DF_WORDS_SUBSTATUS, issue->substatus},
                                   {DF_WORDS_PRIORITY, issue->priority}});
    put_facts(v, 6,
              (struct fact[FACTS]){{DF_WORDS_ORGANIZATION, v->c->organization},
                                   {DF_WORDS_PROJECT, either(issue->project_slug, issue->project_name)},
                                   {DF_WORDS_PLATFORM, either(event->platform, issue->platform)}});
    put_facts(v, 3,
              (struct fact[FACTS]){{DF_WORDS_RELEASE, either(event->release, issue->last_release)},
                                   {DF_WORDS_DIST, event->dist},
                                   {DF_WORDS_ENVIRONMENT, event->environment},
                                   {DF_WORDS_SERVER, event->server_name}});
    put_facts(v, 12,
              (struct fact[FACTS]){{DF_WORDS_LOGGER, either(issue->logger, event->logger)},
                                   {DF_WORDS_SDK, event->sdk_name},
                                   {DF_WORDS_SDK_VERSION, event->sdk_version}});
    put_seen_line(v, 2);
    put_event_line(v, 7);
    for (size_t i = 0; i < v->c->n_notes; i++)
        put_facts(v, 2, (struct fact[FACTS]){{DF_WORDS_NOTE, v->c->notes[i]}});
}

static struct df_str number(struct df_context_view *v, int64_t n)
{
    return df_arena_printf(v->arena, "%lld", (long long)n);
}

/* The line of blocks is ours: a code span keeps its characters side by side. */
static void put_plot(struct df_context_view *v, enum df_words label, enum df_words words,
                     const struct df_points *points)
{
    int64_t most = df_points_most(points);
    if (points->n == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_PLOT, 0);
    put_label(v, "- ", label);
    df_buf_put_char(v->out, '`');
    df_plot_line(v->out, points, true);
    df_buf_put_c(v->out, "` ");
    struct df_str hourly = df_arena_printf(v->arena, "%.1f", (double)most / 24);
    df_words_put(v->out, v->cut.lang, words,
                 (struct df_str[]){number(v, df_points_sum(points)), number(v, most), hourly}, 3);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}

/* A character that is shown by its name takes nine: what is said whatever the budget must not outgrow it. */
static void put_narrow_title(struct df_context_view *v, struct df_str title)
{
    enum { MOST = 150, LEAST = 8 };
    struct df_str clean = df_scrub_text(&v->scrub, title);
    struct df_buf span;
    size_t max = DF_CONTEXT_TITLE / 3;
    do {
        df_buf_init(&span, v->arena, 16 * (size_t)DF_CONTEXT_TITLE);
        df_md_put_span(&span, clean, max);
        max /= 2;
    } while (max >= LEAST && df_cut_chars(df_buf_str(&span)) > MOST);
    df_buf_put_str(v->out, df_buf_str(&span));
}

void df_context_head(struct df_context_view *v)
{
    const struct df_issue *issue = v->c->issue;
    bool narrow = v->cut.budget_chars && v->cut.budget_chars < 2000;
    struct df_str title = either(issue->title, either(v->event->title, issue->id));
    df_cut_begin(&v->cut, DF_PART_MUST, 0);
    df_buf_put_c(v->out, "# ");
    if (narrow)
        put_narrow_title(v, title);
    else
        df_context_span(v, "", title, DF_CONTEXT_TITLE);
    df_buf_put_c(v->out, "\n\n> ");
    df_context_say(v, DF_WORDS_WARNING);
    df_buf_put_c(v->out, "\n\n");
    df_cut_end(&v->cut);
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    put_all_facts(v);
    put_plot(v, DF_WORDS_LAST_24H, DF_WORDS_PEAK_HOUR, &issue->hours);
    put_plot(v, DF_WORDS_LAST_14D, DF_WORDS_PEAK_DAY, &issue->days);
    df_buf_put_char(v->out, '\n');
    df_cut_end(&v->cut);
}
