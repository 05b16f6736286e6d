#include "unit.h"

#include "commonmark.h"
#include "domain/context.h"
#include "fixture.h"
#include "payloads.h"

#include <dirent.h>

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

#define LINK "https://sentry.example/organizations/acme/issues/1/"

#define TEXT(literal) {literal, sizeof literal - 1}
static const struct df_issue plain_issue = {
    .id = TEXT("1"),
    .short_id = TEXT("SHOP-1A"),
    .title = TEXT("OrderError: order 77 failed"),
    .status = TEXT("unresolved"),
    .permalink = TEXT(LINK),
    .count = 150,
    .user_count = 1,
    .first_seen_ms = 1767323045678,
};

static struct df_str markdown_of(const struct df_issue *issue, const struct df_json *event_json,
                                 struct df_context_options o)
{
    struct df_event event;
    struct df_context c = {.issue = issue, .organization = DF_S("acme"), .host = DF_S("https://sentry.example")};
    struct df_buf out;
    if (event_json && df_event_parse(event_json, arena, &event))
        c.event = &event;
    df_buf_init(&out, arena, 32 << 20);
    df_context_markdown(&c, &o, &out);
    assert_false(out.overflow);
    return df_buf_str(&out);
}

static struct df_str json_of(const struct df_issue *issue, const struct df_json *event_json,
                             struct df_context_options o)
{
    struct df_event event;
    struct df_context c = {.issue = issue, .organization = DF_S("acme"), .host = DF_S("https://sentry.example")};
    struct df_buf out;
    struct df_json_writer w;
    if (event_json && df_event_parse(event_json, arena, &event))
        c.event = &event;
    df_buf_init(&out, arena, 32 << 20);
    df_json_writer_init(&w, &out, 0);
    df_context_json(&c, &o, &w);
    assert_false(out.overflow);
    fixture_parse(df_buf_str(&out), arena);
    return df_buf_str(&out);
}

static void has(struct df_str text, const char *part)
{
    if (df_str_find(text, df_str_c(part)) < 0)
        fail_msg("no \"%s\" in:\n%.*s", part, DF_FMT(text));
}

static void has_not(struct df_str text, const char *part)
{
    if (df_str_find(text, df_str_c(part)) >= 0)
        fail_msg("\"%s\" in:\n%.*s", part, DF_FMT(text));
}

static void in_order(struct df_str text, const char *a, const char *b)
{
    has(text, a);
    has(text, b);
    if (df_str_find(text, df_str_c(a)) > df_str_find(text, df_str_c(b)))
        fail_msg("\"%s\" after \"%s\" in:\n%.*s", a, b, DF_FMT(text));
}

static void says_the_whole_context(void **state)
{
    (void)state;
    struct df_str md = markdown_of(&plain_issue, fixture("chain_ingest.json", arena), (struct df_context_options){0});
    static const char *const parts[] = {
        "# `OrderError: order 77 failed`\n",
        "Untrusted data from production.",
        "`SHOP-1A`, id `1`, <" LINK ">",
        "150 events, 1 user affected",
        "first 2026-01-02 03:04:05.678 UTC",
        "**Release:** `shop@1.2.3` \u00B7 **Environment:** `production`",
        "Unhandled, caught by `flask`.",
        "File \"orders.py\", line 40, in create",
        "  ->    40 |     raise OrderError",
        "dropped frames 1 to 8",
        "* File \"orders.py\", line 40, in create\n  File \"flask/app.py\", line 1511, in wsgi_app",
        "## Caused by\n\n`KeyError`: `'sku'`",
        "        11 |     # first wins\n  ->    12 |     return items['sku']",
        "    items = {\"id\":\"7\"}",
        "    password = [scrubbed:password]",
        "| \u22121.178 s | `info` | `auth` | `login` `{\"token\":\"[scrubbed:token]\"}` |",
        "`POST` `https://shop.example/orders`",
        "Query: `token=[scrubbed:token]&page=2`",
        "X-Api-Key: [scrubbed:api-key]",
        "User-Agent: curl/8",
        "\"card\": \"[scrubbed:card number]\"",
        "- **Id:** `42`\n- **E-mail:** `[scrubbed:email]`\n- **IP address:** `[scrubbed:ip]`",
        "| `tenant` | `acme` |",
        "attempt = 3",
        "Scrubbed: ",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        has(md, parts[i]);
    in_order(md, "## Exception", "## Caused by");
    in_order(md, "`login`", "`SELECT 2`");
}

static void secrets_are_in_neither_form(void **state)
{
    (void)state;
    static const char *const secrets[] = {"hunter2", "abcdef123456", "token=abc",  "4111111111111111",
                                          "s3cr3t",  "zoe@",         "203.0.113.9"};
    const struct df_json *event = fixture("chain_ingest.json", arena);
    struct df_str md = markdown_of(&plain_issue, event, (struct df_context_options){0});
    struct df_str json = json_of(&plain_issue, event, (struct df_context_options){0});
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        has_not(md, secrets[i]);
        has_not(json, secrets[i]);
        has(json_of(&plain_issue, event, (struct df_context_options){.keep_secrets = true}), secrets[i]);
    }
    struct df_str personal = json_of(&plain_issue, event, (struct df_context_options){.keep_personal = true});
    has(personal, "zoe@example.org");
    has(personal, "203.0.113.9");
    has_not(personal, "hunter2");
}

static void versions_in_frames_are_no_addresses(void **state)
{
    (void)state;
    const struct df_json *event = fixture_parse(
        DF_S(
            "{\"platform\":\"ruby\",\"stacktrace\":{\"frames\":[{\"function\":\"call\",\"filename\":\"actionpack (6.1.3.1) lib/a.rb\"}]}}"),
        arena);
    has(markdown_of(&plain_issue, event, (struct df_context_options){0}), "actionpack (6.1.3.1) lib/a.rb:in 'call'");
    has(json_of(&plain_issue, event, (struct df_context_options){0}), "actionpack (6.1.3.1) lib/a.rb");
}

/* Each line of a source is a text of its own. */
static void a_key_spread_over_source_lines_goes_whole(void **state)
{
    (void)state;
    const struct df_json *event = fixture_parse(
        DF_S(
            "{\"stacktrace\":{\"frames\":[{\"lineno\":3,\"pre_context\":[\"KEY = `-----BEGIN PRIVATE KEY-----\",\"MIIEsecret1\"],"
            "\"context_line\":\"MIIEsecret2\",\"post_context\":[\"-----END PRIVATE KEY-----`\",\"after()\"]}]}}"),
        arena);
    struct df_str said_as[2];
    said_as[0] = markdown_of(&plain_issue, event, (struct df_context_options){0});
    said_as[1] = json_of(&plain_issue, event, (struct df_context_options){0});
    for (size_t i = 0; i < 2; i++) {
        has_not(said_as[i], "MIIE");
        has(said_as[i], "after()");
    }
}

static void an_issue_without_event_is_said_too(void **state)
{
    (void)state;
    has(markdown_of(&plain_issue, NULL, (struct df_context_options){0}), "**Event:** none could be fetched");
    has(json_of(&plain_issue, NULL, (struct df_context_options){0}), "\"event\":null");
    markdown_of(&plain_issue, fixture("nulls.json", arena), (struct df_context_options){0});
    json_of(&plain_issue, fixture("nulls.json", arena), (struct df_context_options){0});
}

static void only_the_hosts_own_permalink_is_a_link(void **state)
{
    (void)state;
    static const char *const others[] = {
        "https://evil.example/issues/1/", "https://sentry.example.evil.net/1/", "javascript:alert(1)",
        "https://sentry.example/a>b",     "https://sentry.example/ a",          "https://sentry.example"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct df_issue issue = plain_issue;
        issue.permalink = df_str_c(others[i]);
        has_not(markdown_of(&issue, NULL, (struct df_context_options){0}), "<http");
    }
}

/* A stack of `n` frames, every tenth the application's. */
static const struct df_json *deep_event(size_t n)
{
    struct df_buf text;
    df_buf_init(&text, arena, 1 << 20);
    df_buf_put_c(&text,
                 "{\"platform\":\"python\",\"exception\":{\"values\":[{\"type\":\"E\",\"stacktrace\":{\"frames\":[");
    for (size_t i = 0; i < n; i++)
        df_buf_printf(&text, "%s{\"function\":\"f%zu\",\"filename\":\"a.py\",\"lineno\":%zu,\"in_app\":%s}",
                      i ? "," : "", i, i + 1, i % 10 ? "false" : "true");
    df_buf_put_c(&text, "]}}]}}");
    return fixture_parse(df_buf_str(&text), arena);
}

static void long_stacks_lose_library_frames_first_and_say_so(void **state)
{
    (void)state;
    struct df_str md = markdown_of(&plain_issue, deep_event(100), (struct df_context_options){0});
    has(md, "100 frames");
    has(md, "library frames left out");
    for (size_t i = 0; i < 100; i += 10)
        has(md, df_arena_printf(arena, "* File \"a.py\", line %zu, in f%zu\n", i + 1, i).p);
    in_order(md, "in f99", "in f0");
    has_not(md, "line 46, in f45");
}

static struct df_str said(const char *event, struct df_context_options o)
{
    return markdown_of(&plain_issue, fixture_parse(df_str_c(event), arena), o);
}

static void recursion_is_folded(void **state)
{
    (void)state;
    struct df_buf text;
    df_buf_init(&text, arena, 1 << 20);
    df_buf_put_c(&text, "{\"platform\":\"python\",\"stacktrace\":{\"frames\":[{\"function\":\"main\"}");
    for (size_t i = 0; i < 50; i++)
        df_buf_printf(
            &text,
            ",{\"function\":\"even\",\"lineno\":2,\"in_app\":true},{\"function\":\"odd\",\"lineno\":3,\"in_app\":true}");
    df_buf_put_c(&text, ",{\"function\":\"raise_it\"}");
    for (size_t i = 0; i < 5; i++)
        df_buf_put_c(&text, ",{\"function\":\"spin\",\"lineno\":9}");
    df_buf_put_c(&text, "]}}");
    struct df_str md = said(text.p, (struct df_context_options){0});
    has(md, "in spin\n  \u2026 the frame above 4 times more (recursion)\n");
    has(md, "line 2, in even\n  \u2026 the 2 frames above 49 times more (recursion)\n  File \"?\", in main");
    has_not(md, "left out");
}

/* A group of two, each with a cause, as Sentry sends them: the outermost last; and the same in another order. */
static void causes_follow_what_they_caused(void **state)
{
    (void)state;
    static const char *const orders[] = {"5 4 3 2 1 0", "3 1 5 2 4 0"};
    static const struct {
        const char *type, *source;
        int parent;
    } all[] = {{"Group", "", -1},
               {"First", "exceptions[0]", 0},
               {"CauseOfFirst", "__cause__", 1},
               {"Second", "exceptions[1]", 0},
               {"HandledBySecond", "__context__", 3},
               {"Stray", "", 77}};
    for (size_t o = 0; o < 2; o++) {
        struct df_buf text;
        df_buf_init(&text, arena, 1 << 16);
        df_buf_put_c(&text, "{\"exception\":{\"values\":[");
        for (const char *p = orders[o]; *p; p++)
            if (*p != ' ')
                df_buf_printf(
                    &text,
                    "%s{\"type\":\"%s\",\"mechanism\":{\"type\":\"chained\",\"source\":\"%s\",\"exception_id\":%d,\"parent_id\":%d}}",
                    p > orders[o] ? "," : "", all[*p - '0'].type, all[*p - '0'].source, *p - '0', all[*p - '0'].parent);
        df_buf_put_c(&text, "],\"exc_omitted\":[1,3]}}");
        struct df_str md = said(text.p, (struct df_context_options){0});
        in_order(md, "`Group`", "## Caused by\n\n`CauseOfFirst`");
        in_order(md, "\n\n`First`", "`CauseOfFirst`");
        in_order(md, "\n\n`Second`", "## While handling\n\n`HandledBySecond`");
        in_order(md, "`Group`", "`Stray`");
        has(md, " of `Group`\n\n`");
        has(md, "dropped exceptions 1 to 2 of the chain");
    }
}

static void frames_are_in_their_languages_notation(void **state)
{
    (void)state;
    static const char *const said_as[][2] = {
        {"python", "File \"a/b.x\", line 7, in fn"},
        {"java", "at mod.fn(a/b.x:7)"},
        {"node", "at fn (a/b.x:7:3)"},
        {"csharp", "at mod.fn in a/b.x:line 7"},
        {"go", "mod.fn(...)\n        a/b.x:7"},
        {"ruby", "a/b.x:7:in 'mod.fn'"},
        {"php", "#0 a/b.x(7): fn()"},
        {"elixir", "a/b.x:7: mod.fn"},
        {"rust", "mod.fn\n        at a/b.x:7"},
        {"native", "#0 lib.so fn (a/b.x:7:3)"},
        {"klingon", "mod.fn (a/b.x:7:3)"},
    };
    for (size_t i = 0; i < sizeof said_as / sizeof *said_as; i++)
        for (int own = 0; own < 2; own++) {
            struct df_str event = df_arena_printf(
                arena,
                "{\"platform\":\"%s\",\"stacktrace\":{\"frames\":[{\"platform\":\"%s\",\"function\":\"fn\",\"module\":\"mod\","
                "\"package\":\"/usr/lib/lib.so\",\"filename\":\"a/b.x\",\"lineno\":7,\"colno\":3}]}}",
                own ? "other" : said_as[i][0], own ? said_as[i][0] : "");
            has(said(event.p, (struct df_context_options){0}), said_as[i][1]);
        }
}

static void breadcrumbs_are_told_by_the_time_before_the_error(void **state)
{
    (void)state;
    static const char *const said_as[][2] = {{"09:59:59.900", "\u22120.100 s"},
                                             {"09:59:30", "\u221230.0 s"},
                                             {"09:55:55", "\u22124 min 05 s"},
                                             {"07:30:00", "\u22122 h 30 min"},
                                             {"10:00:01.5", "+1.500 s"}};
    for (size_t i = 0; i < sizeof said_as / sizeof *said_as; i++) {
        struct df_str event = df_arena_printf(
            arena,
            "{\"dateCreated\":\"2026-01-02T10:00:00Z\",\"breadcrumbs\":[{\"message\":\"m\",\"timestamp\":\"2026-01-02T%sZ\"}]}",
            said_as[i][0]);
        has(said(event.p, (struct df_context_options){0}), df_arena_printf(arena, "| %s |", said_as[i][1]).p);
    }
    has(said("{\"breadcrumbs\":[{\"message\":\"m\",\"timestamp\":\"2026-01-02T10:00:00Z\"}]}",
             (struct df_context_options){0}),
        "| Time | Level | Category | Message |\n|---|---|---|---|\n| 2026-01-02 10:00:00.000 UTC |");
}

static size_t chars_in(struct df_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

static void check_tables(struct df_str md);

/* Whatever the budget: it holds, the document is sound, and what is missing is said. */
static void check_budgets(const struct df_issue *issue, const struct df_json *event, enum df_context_lang lang)
{
    const char *words = lang == DF_CONTEXT_FRENCH ? "Omis pour tenir en" : "Left out to fit";
    struct df_str whole = markdown_of(issue, event, (struct df_context_options){.lang = lang});
    for (size_t budget = DF_CONTEXT_BUDGET_MIN; budget < chars_in(whole) + 2000; budget += budget / 3) {
        struct df_str md = markdown_of(issue, event, (struct df_context_options){.lang = lang, .budget_chars = budget});
        if (chars_in(md) > budget)
            fail_msg("%zu characters, not %zu:\n%.*s", chars_in(md), budget, DF_FMT(md));
        check_tables(md);
        commonmark_check(md, NULL, LINK);
        if ((df_str_find(md, df_str_c(words)) >= 0) == df_str_eq(md, whole))
            fail_msg("%zu characters, and it does not say what is left out:\n%.*s", budget, DF_FMT(md));
    }
}

static void a_budget_cuts_by_value(void **state)
{
    (void)state;
    const struct df_json *event = fixture("chain_ingest.json", arena);
    check_budgets(&plain_issue, event, DF_CONTEXT_ENGLISH);
    check_budgets(&plain_issue, event, DF_CONTEXT_FRENCH);
    check_budgets(&plain_issue, deep_event(100), DF_CONTEXT_ENGLISH);
    struct df_str md = markdown_of(&plain_issue, event, (struct df_context_options){.budget_chars = 1500});
    has(md, "`OrderError`: `order 77 failed`");
    has(md, "  ->    40 |");
    has_not(md, "User-Agent");
    has(md, "Left out to fit 1500 characters (preset full): ");
    md = markdown_of(&plain_issue, deep_event(100), (struct df_context_options){.budget_chars = 3000});
    has(md, "in f90\n");
    has(md, " library frames");
}

static void presets_are_for_their_readers(void **state)
{
    (void)state;
    const struct df_json *event = fixture("chain_ingest.json", arena);
    struct df_str brief = markdown_of(&plain_issue, event, (struct df_context_options){.preset = DF_CONTEXT_BRIEF});
    struct df_str llm = markdown_of(&plain_issue, event, (struct df_context_options){.preset = DF_CONTEXT_LLM});
    has(brief, "## User");
    has_not(brief, "## Headers");
    has(brief, "(preset brief): ");
    has_not(llm, "## User");
    has(llm, "User-Agent");
    has(llm, "(preset llm): 3 facts about the user.");
    enum df_context_preset preset;
    enum df_context_lang lang;
    assert_true(df_context_preset_parse(DF_S("llm"), &preset) && preset == DF_CONTEXT_LLM);
    assert_true(df_context_lang_parse(DF_S("fr"), &lang) && lang == DF_CONTEXT_FRENCH);
    assert_false(df_context_preset_parse(DF_S("LLM"), &preset) || df_context_lang_parse(DF_STR_NONE, &lang));
}

static void events_over_time_are_drawn(void **state)
{
    (void)state;
    struct df_issue issue;
    const struct df_json *v = fixture_parse(
        DF_S("{\"id\":\"1\",\"title\":\"E\",\"stats\":{\"24h\":[[1,0],[2,3],[3,6]],\"30d\":[[1,9],[2,48]]}}"), arena);
    assert_true(df_issue_parse(v, arena, &issue));
    struct df_str md = markdown_of(&issue, NULL, (struct df_context_options){0});
    has(md, "- **Last 24 hours:** `\u2581\u2585\u2588` 9 in all, at most 6 in an hour\n");
    has(md, "- **Last 14 days:** `\u2583\u2588` 57 in all, at most 48 in a day (2.0 an hour)\n");
    commonmark_check(md, NULL, NULL);
}

static void headings_may_be_french(void **state)
{
    (void)state;
    struct df_str md = markdown_of(&plain_issue, fixture("chain_ingest.json", arena),
                                   (struct df_context_options){.lang = DF_CONTEXT_FRENCH});
    static const char *const parts[] = {"Donn\u00E9es de production, non fiables.", "## Caus\u00E9e par",
                                        "## Requ\u00EAte", "150 \u00E9v\u00E9nements, 1 utilisateur touch\u00E9",
                                        "Non trait\u00E9e, captur\u00E9e par"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        has(md, parts[i]);
    has_not(md, "Caused by");
    has_not(md, "{}");
}

static void minified_lines_are_shown_around_the_column(void **state)
{
    (void)state;
    struct df_buf text;
    df_buf_init(&text, arena, 1 << 20);
    df_buf_put_c(&text,
                 "{\"platform\":\"javascript\",\"exception\":{\"values\":[{\"type\":\"E\",\"stacktrace\":{\"frames\":["
                 "{\"filename\":\"a.min.js\",\"lineno\":1,\"colno\":5000,\"in_app\":true,\"context_line\":\"");
    df_buf_put_repeat(&text, 'x', 4990);
    df_buf_put_c(&text, "theFault()");
    df_buf_put_repeat(&text, 'y', 5000);
    df_buf_put_c(&text, "\"}]}}]}}");
    struct df_str md = markdown_of(&plain_issue, fixture_parse(df_buf_str(&text), arena),
                                   (struct df_context_options){0});
    has(md, "theFault()");
    has(md, "bytes more)");
    assert_true(md.n < 2000);
}

/* The fixture with every "@@", in keys too, replaced. */
static void put_replaced(struct df_json_writer *w, const struct df_json *v, struct df_str payload)
{
    if (df_json_is_object(v) || df_json_is_array(v)) {
        bool object = df_json_is_object(v);
        df_json_open(w, object ? '{' : '[');
        for (struct df_json_iter it = df_json_iter(v); df_json_next(&it);) {
            if (object)
                df_json_key(w, df_str_is(it.key, "@@") ? payload : it.key);
            put_replaced(w, it.value, payload);
        }
        df_json_close(w, object ? '}' : ']');
    } else if (df_str_is(df_json_str(v), "@@")) {
        df_json_put_str(w, payload);
    } else {
        df_json_put_value(w, v);
    }
}

static const struct df_json *with_payload(const struct df_json *v, const char *payload)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 4 << 20);
    df_json_writer_init(&w, &out, 0);
    put_replaced(&w, v, df_str_c(payload));
    return fixture_parse(df_buf_str(&out), arena);
}

/* GFM splits rows at every bar it sees: each row of ours must have as many as its head. */
static void check_tables(struct df_str md)
{
    size_t bars_of_table = 0;
    for (struct df_str rest = md, line; df_str_split(&rest, '\n', &line);) {
        size_t bars = 0;
        for (size_t i = 0; i < line.n; i++)
            bars += line.p[i] == '|';
        if (!df_str_starts(line, DF_S("| ")) && !df_str_starts(line, DF_S("|-")))
            bars_of_table = 0;
        else if (bars_of_table == 0)
            bars_of_table = bars;
        else if (bars != bars_of_table)
            fail_msg("%zu bars, not %zu: %.*s", bars, bars_of_table, DF_FMT(line));
    }
}

static void check_unseen(struct df_str md)
{
    static const char *const bad[] = {"\x1b",   "\x07",   "\x7f",   "\r",       "\u202E",    "\u200B",
                                      "\uFEFF", "\u2028", "\u2066", "\xc2\x85", "\U000E0041"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        has_not(md, bad[i]);
}

static void no_payload_leaves_its_place(void **state)
{
    (void)state;
    const struct df_json *template = fixture("every_string.json", arena);
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        const struct df_json *v = with_payload(template, payloads[i]);
        struct df_issue issue;
        assert_true(df_issue_parse(df_json_get(v, "issue"), arena, &issue));
        for (int keep = 0; keep < 2; keep++) {
            struct df_str md = markdown_of(&issue, df_json_get(v, "event"),
                                           (struct df_context_options){.keep_secrets = keep});
            check_unseen(md);
            check_tables(md);
            struct df_str narrow = markdown_of(
                &issue, df_json_get(v, "event"),
                (struct df_context_options){.keep_secrets = keep, .budget_chars = 600 + 97 * i, .lang = i % 2});
            check_tables(narrow);
            commonmark_check(narrow, "PWN", NULL);
            unsigned seen = commonmark_check(md, "PWN", NULL);
            if (keep && strstr(payloads[i], "PWN") && seen < 20) /* scrubbing takes some of them out */
                fail_msg("only %u of %s", seen, payloads[i]);
        }
    }
}

/* Every event in the shared folders comes out as a sound document. */
static void check_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t seen = 0;
    if (!dir)
        fail_msg("cannot open %s", folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!df_str_ends(df_str_c(entry->d_name), DF_S(".json")))
            continue;
        struct df_str text = fixture_read(df_arena_printf(arena, "%s/%s", folder, entry->d_name).p, arena);
        struct df_str md = markdown_of(&plain_issue, fixture_parse(text, arena), (struct df_context_options){0});
        has(md, "**Seen:**");
        check_tables(md);
        commonmark_check(md, NULL, LINK);
        json_of(&plain_issue, fixture_parse(text, arena), (struct df_context_options){0});
        check_budgets(&plain_issue, fixture_parse(text, arena), DF_CONTEXT_ENGLISH);
        seen++;
    }
    closedir(dir);
    assert_true(seen > 0);
}

static void real_events_come_out_sound(void **state)
{
    (void)state;
    const char *data = getenv("DEVFLOW_TEST_DATA");
    static const char *const folders[] = {"sentry/golden/api", "sentry/golden/ingest", "sentry/samples-ingest",
                                          "sentry/sdk"};
    for (size_t i = 0; data && i < sizeof folders / sizeof *folders; i++)
        check_folder(df_arena_printf(arena, "%s/%s", data, folders[i]).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_the_whole_context),
        cmocka_unit_test(secrets_are_in_neither_form),
        cmocka_unit_test(versions_in_frames_are_no_addresses),
        cmocka_unit_test(a_key_spread_over_source_lines_goes_whole),
        cmocka_unit_test(an_issue_without_event_is_said_too),
        cmocka_unit_test(only_the_hosts_own_permalink_is_a_link),
        cmocka_unit_test(long_stacks_lose_library_frames_first_and_say_so),
        cmocka_unit_test(recursion_is_folded),
        cmocka_unit_test(causes_follow_what_they_caused),
        cmocka_unit_test(frames_are_in_their_languages_notation),
        cmocka_unit_test(breadcrumbs_are_told_by_the_time_before_the_error),
        cmocka_unit_test(a_budget_cuts_by_value),
        cmocka_unit_test(presets_are_for_their_readers),
        cmocka_unit_test(events_over_time_are_drawn),
        cmocka_unit_test(headings_may_be_french),
        cmocka_unit_test(minified_lines_are_shown_around_the_column),
        cmocka_unit_test(no_payload_leaves_its_place),
        cmocka_unit_test(real_events_come_out_sound),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
