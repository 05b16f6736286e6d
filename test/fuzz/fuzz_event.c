/* Any bytes as an event: parsed, scrubbed and said in both forms. The JSON must parse again, the Markdown hold no control
 * or invisible character that was not shown by name. The same bytes as a text to scrub and as the name of an issue. */
#include "domain/context.h"
#include "domain/issue_ref.h"
#include "domain/scrub.h"
#include "fuzz.h"

static void check_markdown(struct df_str md)
{
    for (size_t i = 0; i < md.n; i++) {
        unsigned char c = (unsigned char)md.p[i];
        fuzz_check((c >= 0x20 || c == '\n' || c == '\t') && c != 0x7F);
    }
    fuzz_check(df_str_find(md, DF_S("\u202E")) < 0);
    fuzz_check(df_str_find(md, DF_S("\u200B")) < 0);
}

static void check_json(struct df_str json, struct df_arena *arena)
{
    const struct df_json *again;
    struct df_error err;
    fuzz_check(df_json_parse(arena, json, 80, &again, &err) == DF_OK);
}

static void check_event(struct df_str text, struct df_arena *arena)
{
    const struct df_json *v;
    struct df_error err;
    struct df_event event;
    struct df_issue issue = {.id = DF_S("1")};
    if (df_json_parse(arena, text, 0, &v, &err) != DF_OK || !df_event_parse(v, arena, &event))
        return;
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
    check_json(df_buf_str(&json), arena);
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
    df_issue_ref_parse(text, arena, &ref, &err);
    return 0;
}
