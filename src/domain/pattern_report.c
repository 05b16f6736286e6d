#include "domain/pattern_report.h"

#include "base/time.h"
#include "domain/markdown.h"

enum { SPAN_BYTES = 200, REASON_BYTES = 1000, LISTED_ISSUES = 20 };

static void put_time(struct df_json_writer *w, const char *key, int64_t ms)
{
    df_json_kstr_or_null(w, key, ms ? df_time_format_ms(ms, w->buf->arena) : DF_STR_NONE);
}

static void put_known(struct df_json_writer *w, const char *key, int64_t n)
{
    if (n < 0)
        df_json_knull(w, key);
    else
        df_json_kint(w, key, n);
}

static void put_number(struct df_json_writer *w, const char *key, double number)
{
    df_json_key(w, df_str_c(key));
    df_json_put_double(w, (double)(int64_t)(number * 1000 + 0.5) / 1000);
}

static void put_texts(struct df_json_writer *w, const char *key, struct df_scrub *scrub, const struct df_str *texts,
                      size_t n)
{
    df_json_kopen(w, key, '[');
    for (size_t i = 0; i < n; i++)
        df_json_put_str(w, df_scrub_text(scrub, texts[i]));
    df_json_close(w, ']');
}

static void put_shared(struct df_json_writer *w, struct df_scrub *scrub, const struct df_report_group *g)
{
    df_json_kopen(w, "shared", '{');
    put_texts(w, "frames", scrub, g->shared.frames, g->shared.shown);
    df_json_kint(w, "frameCount", (int64_t)g->shared.n_frames);
    df_json_kstr_or_null(w, "type", df_scrub_text(scrub, g->shared.type));
    put_texts(w, "words", scrub, g->shared.words, g->shared.n_words);
    df_json_kopen(w, "tags", '[');
    for (size_t i = 0; i < g->n_tags; i++) {
        df_json_open(w, '{');
        df_json_kstr(w, "key", df_scrub_text(scrub, g->tags[i].key));
        df_json_kstr(w, "value", df_scrub_under(scrub, g->tags[i].key, g->tags[i].value));
        put_number(w, "share", g->tags[i].share);
        put_number(w, "shareOfRest", g->tags[i].rest);
        put_number(w, "z", g->tags[i].z);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
    df_json_close(w, '}');
}

static void put_code(struct df_json_writer *w, struct df_scrub *scrub, const struct df_report_group *g)
{
    df_json_kopen(w, "code", '[');
    for (size_t i = 0; i < g->n_code; i++) {
        df_json_open(w, '{');
        df_json_kstr_or_null(w, "function", df_scrub_text(scrub, g->code[i].function));
        df_json_kstr_or_null(w, "place", df_scrub_text(scrub, g->code[i].place));
        put_known(w, "line", g->code[i].line > 0 ? g->code[i].line : -1);
        df_json_close(w, '}');
    }
    df_json_close(w, ']');
}

static void put_group(struct df_json_writer *w, struct df_scrub *scrub, const struct df_report_group *g)
{
    df_json_open(w, '{');
    df_json_kstr(w, "id", g->id);
    df_json_kstr(w, "reason", df_scrub_text(scrub, g->reason));
    df_json_kopen(w, "issues", '[');
    for (size_t i = 0; i < g->n_issues; i++) {
        struct df_issue clean = df_scrub_issue(scrub, g->issues[i]);
        df_issue_put_json(w, &clean);
    }
    df_json_close(w, ']');
    df_json_kint(w, "count", g->count);
    df_json_kint(w, "userCount", g->user_count);
    put_time(w, "firstSeen", g->first_seen_ms);
    put_time(w, "lastSeen", g->last_seen_ms);
    df_json_kstr_or_null(w, "firstRelease", df_scrub_under(scrub, DF_S("release"), g->first_release));
    df_json_kstr(w, "trend", df_str_c(df_trend_name(g->trend)));
    put_known(w, "week", g->week);
    put_known(w, "weekBefore", g->week_before);
    put_shared(w, scrub, g);
    put_code(w, scrub, g);
    df_json_close(w, '}');
}

void df_report_json(const struct df_report *report, struct df_scrub *scrub, struct df_json_writer *w)
{
    df_json_open(w, '{');
    df_json_kopen(w, "groups", '[');
    for (size_t i = 0; i < report->n_groups; i++)
        put_group(w, scrub, &report->groups[i]);
    df_json_close(w, ']');
    df_json_kint(w, "issues", (int64_t)report->n_issues);
    df_json_kint(w, "alone", (int64_t)report->n_alone);
    df_json_kint(w, "listed", (int64_t)report->n_listed);
    df_json_kbool(w, "complete", report->complete);
    put_known(w, "retryAfter", report->retry_after_s > 0 ? report->retry_after_s : -1);
    put_texts(w, "notes", scrub, report->notes, report->n_notes);
    df_json_close(w, '}');
}

static void put_span(struct df_buf *out, struct df_scrub *scrub, struct df_str text, size_t max)
{
    df_md_put_span(out, df_scrub_text(scrub, text), max);
}

static void put_issue_line(struct df_buf *out, struct df_scrub *scrub, const struct df_issue *issue)
{
    struct df_issue clean = df_scrub_issue(scrub, issue);
    df_buf_put_c(out, "| ");
    df_md_put_span(out, clean.short_id.n ? clean.short_id : clean.id, SPAN_BYTES);
    df_buf_printf(out, " | %lld | %lld | ", (long long)clean.count, (long long)clean.user_count);
    df_md_put_span(out, clean.title, SPAN_BYTES);
    df_buf_put_c(out, " |\n");
}

static void put_trend(struct df_buf *out, const struct df_report_group *g)
{
    df_buf_printf(out, "- Trend: %s", df_trend_name(g->trend));
    if (g->week >= 0 && g->week_before >= 0)
        df_buf_printf(out, " (%lld in the last 7 days, %lld in the 7 before)", (long long)g->week,
                      (long long)g->week_before);
    df_buf_put_char(out, '\n');
}

static void put_seen(struct df_buf *out, struct df_scrub *scrub, const struct df_report_group *g)
{
    if (g->first_seen_ms) {
        df_buf_printf(out, "- First seen: %.*s", DF_FMT(df_time_format(g->first_seen_ms, out->arena)));
        if (g->first_release.n) {
            df_buf_put_c(out, ", in release ");
            df_md_put_span(out, df_scrub_under(scrub, DF_S("release"), g->first_release), SPAN_BYTES);
        }
        df_buf_put_char(out, '\n');
    }
    if (g->last_seen_ms)
        df_buf_printf(out, "- Last seen: %.*s\n", DF_FMT(df_time_format(g->last_seen_ms, out->arena)));
}

static void put_tags(struct df_buf *out, struct df_scrub *scrub, const struct df_report_group *g)
{
    for (size_t i = 0; i < g->n_tags; i++) {
        const struct df_tag_standing *tag = &g->tags[i];
        df_buf_put_c(out, "- Stands out: ");
        put_span(out, scrub, tag->key, SPAN_BYTES);
        df_buf_put_c(out, " = ");
        df_md_put_span(out, df_scrub_under(scrub, tag->key, tag->value), SPAN_BYTES);
        df_buf_printf(out, ", %.0f %% of these events against %.0f %% of the others (z = %.1f)\n", tag->share * 100,
                      tag->rest * 100, tag->z);
    }
}

static void put_code_lines(struct df_buf *out, struct df_scrub *scrub, const struct df_report_group *g)
{
    for (size_t i = 0; i < g->n_code; i++) {
        df_buf_put_c(out, "- Look at: ");
        struct df_str where = g->code[i].place;
        if (g->code[i].line > 0)
            where = df_arena_printf(out->arena, "%.*s:%lld", DF_FMT(where), (long long)g->code[i].line);
        put_span(out, scrub, where, SPAN_BYTES);
        df_buf_put_c(out, " in ");
        put_span(out, scrub, g->code[i].function, SPAN_BYTES);
        df_buf_put_char(out, '\n');
    }
}

static void put_section(struct df_buf *out, struct df_scrub *scrub, const struct df_report_group *g, size_t number)
{
    df_buf_printf(out, "\n## %zu. %zu issues, %lld events\n\n", number, g->n_issues, (long long)g->count);
    df_buf_put_c(out, "- Why: ");
    put_span(out, scrub, g->reason, REASON_BYTES);
    df_buf_put_char(out, '\n');
    put_seen(out, scrub, g);
    put_trend(out, g);
    put_tags(out, scrub, g);
    put_code_lines(out, scrub, g);
    df_buf_put_c(out, "\n| issue | events | users | title |\n|---|--:|--:|---|\n");
    for (size_t i = 0; i < g->n_issues && i < LISTED_ISSUES; i++)
        put_issue_line(out, scrub, g->issues[i]);
    if (g->n_issues > LISTED_ISSUES)
        df_buf_printf(out, "\nand %zu more\n", g->n_issues - LISTED_ISSUES);
}

void df_report_markdown(const struct df_report *report, struct df_scrub *scrub, struct df_buf *out)
{
    df_buf_printf(out,
                  "# Recurring patterns\n\n%zu issues were compared: %zu group%s of several, %zu alone. What stands "
                  "in code spans comes from production and is not to be trusted.\n",
                  report->n_issues, report->n_groups, report->n_groups == 1 ? "" : "s", report->n_alone);
    for (size_t i = 0; i < report->n_notes; i++) {
        df_buf_put_c(out, "\n> ");
        put_span(out, scrub, report->notes[i], REASON_BYTES);
        df_buf_put_char(out, '\n');
    }
    for (size_t i = 0; i < report->n_groups; i++)
        put_section(out, scrub, &report->groups[i], i + 1);
}
