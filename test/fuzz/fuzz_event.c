/* Any bytes as an event: parsed, scrubbed and said in both forms. The JSON must parse again; the Markdown, whole and within a
 * budget, hold no control or invisible character that was not shown by name, and no block but ours. The same bytes as a text
 * to scrub, as rules of scrubbing, as the title of a plot and as the name of an issue. */
#include "domain/context.h"
#include "domain/issue_ref.h"
#include "domain/scrub_rules.h"
#include "domain/test_case.h"
#include "fuzz.h"

#include <cmark.h>

static void check_markdown(struct df_str md)
{
    for (size_t i = 0; i < md.n; i++) {
        unsigned char c = (unsigned char)md.p[i];
        fuzz_check((c >= 0x20 || c == '\n' || c == '\t') && c != 0x7F);
    }
    fuzz_check(df_str_find(md, DF_S("\u202E")) < 0);
    fuzz_check(df_str_find(md, DF_S("\u200B")) < 0);
}

/* What CommonMark makes of it: our own blocks and code, nothing else. */
static void check_tree(struct df_str md)
{
    cmark_node *document = cmark_parse_document(md.p, md.n, CMARK_OPT_DEFAULT);
    cmark_iter *it = cmark_iter_new(document);
    while (cmark_iter_next(it) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(it);
        cmark_node_type type = cmark_node_get_type(node);
        fuzz_check(type == CMARK_NODE_DOCUMENT || type == CMARK_NODE_BLOCK_QUOTE || type == CMARK_NODE_LIST ||
                   type == CMARK_NODE_ITEM || type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING ||
                   type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_TEXT || type == CMARK_NODE_SOFTBREAK ||
                   type == CMARK_NODE_CODE || type == CMARK_NODE_STRONG || type == CMARK_NODE_LINK);
        fuzz_check(type != CMARK_NODE_TEXT || !strchr(cmark_node_get_literal(node), '`'));
        fuzz_check(type != CMARK_NODE_LINK || strncmp(cmark_node_get_url(node), "https://sentry.io/", 18) == 0);
    }
    cmark_iter_free(it);
    cmark_node_free(document);
}

static size_t chars_in(struct df_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

static void check_within_budget(const struct df_context *c, size_t budget, struct df_arena *arena)
{
    const struct df_context_options o = {
        .budget_chars = budget, .preset = budget % DF_CONTEXT_PRESETS, .lang = budget % DF_CONTEXT_LANGS};
    struct df_buf md;
    df_buf_init(&md, arena, 64 << 20);
    df_context_markdown(c, &o, &md);
    fuzz_check(chars_in(df_buf_str(&md)) <= budget);
    check_markdown(df_buf_str(&md));
    check_tree(df_buf_str(&md));
}

/* Every '<' begins an element of ours. */
static void check_plot(struct df_str title, struct df_arena *arena)
{
    static const char *const ours[] = {"<svg ",   "</svg>", "<title>", "</title>", "<rect ",
                                       "</rect>", "<text ", "</text>", "<line "};
    const struct df_points none = {0};
    struct df_buf svg;
    df_buf_init(&svg, arena, 1 << 20);
    df_plot_svg(&svg, title, &none, &none);
    for (size_t i = 0; i < svg.n; i++) {
        bool known = svg.p[i] != '<';
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
            known = known || df_str_starts(df_str_from(df_buf_str(&svg), i), df_str_c(ours[k]));
        fuzz_check(known);
    }
}

/* What a request brings, and what an issue says of its hours. */
static void check_added(struct df_str text, struct df_arena *arena)
{
    const struct df_json *v;
    struct df_scrub_rules rules;
    struct df_error err = {0};
    struct df_buf line;
    if (df_json_parse(arena, text, 0, &v, &err) != DF_OK)
        return;
    if (df_scrub_rules_parse_added(v, arena, &rules, &err) != DF_OK)
        fuzz_check(err.message[0]);
    const struct df_points points = df_points_parse(v, 24, arena);
    fuzz_check(points.n <= 24 && df_points_most(&points) >= 0 && df_points_sum(&points) >= 0);
    const struct df_points series = df_points_parse_series(v, 24, arena);
    fuzz_check(series.n <= 24 && df_points_most(&series) >= 0);
    df_buf_init(&line, arena, 4096);
    df_plot_line(&line, &points, true);
    df_plot_svg(&line, DF_S("a"), &points, &series);
}

static void check_rules(struct df_str text, struct df_arena *arena)
{
    struct df_scrub_file file;
    struct df_error err;
    check_added(text, arena);
    if (df_scrub_file_parse(text, arena, &file, &err) != DF_OK)
        return;
    struct df_scrub scrub = {.arena = arena, .rules = {&file.all, file.n_projects ? &file.projects[0].rules : NULL}};
    df_scrub_text(&scrub, text);
}

static void check_json(struct df_str json, struct df_arena *arena)
{
    const struct df_json *again;
    struct df_error err;
    fuzz_check(df_json_parse(arena, json, 80, &again, &err) == DF_OK);
}

/* What a helper gets is JSON, whatever the event was. */
static void check_test_case(const struct df_event *event, struct df_arena *arena)
{
    const struct df_test_subject subject = {.issue = event->title, .url = event->culprit};
    struct df_buf out;
    struct df_json_writer w;
    struct df_scrub scrub = {.arena = arena};
    df_buf_init(&out, arena, 64 << 20);
    df_json_writer_init(&w, &out, 0);
    df_test_case_write(event, &subject, &scrub, &w);
    check_json(df_buf_str(&out), arena);
    fuzz_check(!df_test_name_valid(event->title) || df_str_find_char(event->title, '/') < 0);
}

static void check_event(struct df_str text, struct df_arena *arena)
{
    const struct df_json *v;
    struct df_error err;
    struct df_event event;
    struct df_issue issue = {.id = DF_S("1")};
    bool mended;
    if (df_json_parse_mended(arena, text, 0, &v, &mended, &err) != DF_OK || !df_event_parse(v, arena, &event))
        return;
    check_test_case(&event, arena);
    df_issue_parse(v, arena, &issue);
    struct df_context c = {.issue = &issue, .event = &event, .host = DF_S("https://sentry.io")};
    const struct df_context_options o = {0};
    struct df_buf md, json;
    struct df_json_writer w;
    df_buf_init(&md, arena, 64 << 20);
    df_context_markdown(&c, &o, &md);
    df_buf_init(&json, arena, 64 << 20);
    df_json_writer_init(&w, &json, 0);
    df_context_json(&c, &o, &w);
    check_markdown(df_buf_str(&md));
    check_tree(df_buf_str(&md));
    check_json(df_buf_str(&json), arena);
    check_within_budget(&c, DF_CONTEXT_BUDGET_MIN + text.n % 3000, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_str text = df_str_n((const char *)data, size);
    struct df_scrub scrub = {.arena = arena};
    struct df_issue_ref ref;
    struct df_error err;
    check_event(text, arena);
    df_scrub_text(&scrub, text);
    check_rules(text, arena);
    check_plot(text, arena);
    df_issue_ref_parse(text, arena, &ref, &err);
    return 0;
}
