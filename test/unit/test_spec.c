#include "unit.h"

#include "domain/spec.h"
#include "domain/spec_body.h"
#include "fixture.h"
#include "unit_arena.h"

#define URL "https://sentry.io/organizations/acme/issues/4711/"

static struct df_spec read_text(const char *text)
{
    struct df_spec spec;
    df_spec_read(df_str_c(text), arena, &spec);
    return spec;
}

static void refs_are(const char *text, const char *expected)
{
    struct df_spec spec = read_text(text);
    struct df_buf out;
    df_buf_init(&out, arena, 65536);
    for (size_t i = 0; i < spec.n_refs; i++)
        df_buf_printf(&out, "%s%.*s", i ? " " : "", DF_FMT(spec.refs[i].text));
    if (!df_str_is(df_buf_str(&out), expected))
        fail_msg("%s\n  has references \"%.*s\", not \"%s\"", text, DF_FMT(df_buf_str(&out)), expected);
}

static void test_references(void **state)
{
    (void)state;
    refs_are("see <" URL ">, or [it](" URL "). (" URL ")", URL " " URL " " URL);
    refs_are("**" URL "**, `" URL "`; \"" URL "\"!", URL " " URL " " URL);
    refs_are("| a | " URL "|\n[1]: " URL " 'title'", URL " " URL);
    refs_are("acme.sentry.io/issues/7/ sentry.io/organizations/a/issues/8/?x=(1)",
             "acme.sentry.io/issues/7/ sentry.io/organizations/a/issues/8/?x=(1)");
    refs_are("SHOP-1A, (WEB_APP-2), #MY-SHOP-3. `X-4`", "SHOP-1A WEB_APP-2 MY-SHOP-3 X-4");
    refs_are("shop-1a well-known-UTF-8 xSHOP-1 SHOP-1x SHOP- -1 SHOP_1", "");
    refs_are("https://sentry.io/welcome/ https://user@sentry.io/issues/1/", "");
    refs_are("Sentry URL: 4711\n- **Sentry issue:** `4712`\n> Sentry: <" URL ">\nsentry url : SHOP-1",
             "4711 4712 " URL " SHOP-1");
    refs_are(
        "\u201cSHOP-1\u201d \u00ab\u00a0SHOP-2\u00a0\u00bb \u53c2\u89c1SHOP-3\u3002 SHOP-4\u2014x \U0001f41bSHOP-5 _SHOP-6_ __SHOP-7__",
        "SHOP-1 SHOP-2 SHOP-3 SHOP-4 SHOP-5 SHOP-6 SHOP-7");
    refs_are("\u201c" URL "\u201d \u67e5\u770b\uff1a" URL "\u3002", URL " " URL);
    refs_are("\u00e9SHOP-1 SHOP-1\u00e9 \u0416SHOP-1 a_SHOP-1 SHOP-1_a e\u0301SHOP-1", "");
    refs_are("Sentry URL: none yet\nSentry: see SHOP-1", "SHOP-1");
}

static void test_fences_hold_links_alone(void **state)
{
    (void)state;
    refs_are("```\nSHOP-1 " URL "\n```\nSHOP-2", URL " SHOP-2");
    refs_are("~~~ x\n```\nSHOP-1\n~~~\nSHOP-2", "SHOP-2");
    refs_are("````\n```\nSHOP-1\n````\nSHOP-2", "SHOP-2");
    refs_are("- a\n  ```\n  SHOP-1\n  ```\n- SHOP-2", "SHOP-2");
    refs_are("1. ```\n   SHOP-1\n\nSHOP-2", "SHOP-2");
    refs_are("> ```\n> SHOP-1\nSHOP-2", "SHOP-2");
    refs_are("``` a ` b\nSHOP-1", "SHOP-1");
    refs_are("x\n\n    ```\nSHOP-1", "SHOP-1");
}

static struct df_str with_block(const char *text, size_t ref)
{
    struct df_spec spec = read_text(text);
    assert_true(spec.n_refs > ref);
    const struct df_spec_change change = {.at = spec.refs[ref].place.section_end,
                                          .block = df_spec_block(DF_S("1"), DF_S("B"), 1, arena)};
    struct df_str out = df_spec_write(&spec, &change, 1, arena);
    long from = df_str_find(out, DF_S("<!-- devflow")), to = df_str_find(out, DF_S("1:end -->"));
    assert_true(from >= 0 && to > from);
    return df_arena_printf(arena, "%.*s@%.*s", (int)from, out.p, (int)(out.n - (size_t)to - 9), out.p + to + 9);
}

static void test_a_block_goes_to_the_end_of_its_section(void **state)
{
    (void)state;
    assert_str(with_block("S-1\n", 0), "S-1\n\n@\n");
    assert_str(with_block("S-1", 0), "S-1\n\n@");
    assert_str(with_block("S-1\r\nx", 0), "S-1\r\nx\r\n\r\n@");
    assert_str(with_block("# a\n\nS-1\n\n\n# b\n", 0), "# a\n\nS-1\n\n@\n\n\n# b\n");
    assert_str(with_block("# a\nS-1\n# b\n", 0), "# a\nS-1\n\n@\n\n# b\n");
    assert_str(with_block("S-1\n\nTitle\nmore\n===\nx\n", 0), "S-1\n\n@\n\nTitle\nmore\n===\nx\n");
    assert_str(with_block("x\n\nabout S-1\n---\ny\n\n## z\n", 0), "x\n\nabout S-1\n---\ny\n\n@\n\n## z\n");
    assert_str(with_block("+++\na = 'S-1'\n# no\n---\n+++\nb\n", 0), "+++\na = 'S-1'\n# no\n---\n+++\nb\n\n@\n");
    assert_str(with_block("- S-1\n---\ny\n", 0), "- S-1\n---\ny\n\n@\n");
    assert_str(with_block("S-1\n```\n# no\n```\ny\n", 0), "S-1\n```\n# no\n```\ny\n\n@\n");
    assert_str(with_block("S-1\n<!--\n# no\n-->\ny\n", 0), "S-1\n<!--\n# no\n-->\ny\n\n@\n");
    assert_str(with_block("---\nx: S-1\n# no\n---\n# b\n", 0), "---\nx: S-1\n# no\n---\n\n@\n\n# b\n");
    assert_str(with_block("S-1\n\n```\nnever closed\n", 0), "S-1\n\n@\n\n```\nnever closed\n");
    assert_str(with_block("S-1\n\n<!-- never\n", 0), "S-1\n\n@\n\n<!-- never\n");
    assert_str(with_block("```\nhttps://sentry.io/issues/1\n", 0), "@\n\n```\nhttps://sentry.io/issues/1\n");
    assert_str(with_block("---\nS-1\n# b\n", 0), "---\nS-1\n\n@\n\n# b\n");
    assert_str(with_block("\xEF\xBB\xBFS-1\n", 0), "\xEF\xBB\xBFS-1\n\n@\n");
}

static enum df_spec_state state_of(struct df_str text)
{
    struct df_spec spec;
    df_spec_read(text, arena, &spec);
    assert_int_equal(spec.n_blocks, 1);
    return spec.blocks[0].state;
}

static struct df_str replaced(struct df_str text, const char *what, const char *by)
{
    long at = df_str_find(text, df_str_c(what));
    assert_true(at >= 0);
    return df_arena_printf(arena, "%.*s%s%.*s", (int)at, text.p, by, (int)(text.n - (size_t)at - strlen(what)),
                           text.p + at + strlen(what));
}

static void test_states(void **state)
{
    (void)state;
    struct df_str block = df_spec_block(DF_S("4711"), DF_S("# t\n\nSHOP-1 two\n"), 2, arena);
    assert_true(df_str_find(block, DF_S("\n## t\n\nSHOP-1 two\n<!--")) > 0);
    assert_int_equal(state_of(block), DF_SPEC_OURS);
    assert_int_equal(state_of(replaced(block, "two\n", "two\r\n")), DF_SPEC_OURS);
    assert_int_equal(state_of(replaced(block, "two", "tow")), DF_SPEC_EDITED);
    assert_int_equal(state_of(replaced(replaced(block, "4711", "4712"), "4711", "4712")), DF_SPEC_EDITED);
    assert_int_equal(state_of(df_arena_printf(arena, "  %.*s", DF_FMT(block))), DF_SPEC_EDITED);
    assert_int_equal(state_of(replaced(block, "v=1", "v=2")), DF_SPEC_NEWER);
    assert_int_equal(state_of(replaced(block, "4711:end", "4711:fin")), DF_SPEC_OPEN);
    assert_int_equal(state_of(replaced(block, "4711:start", "4711:begin")), DF_SPEC_OPEN);
    struct df_spec fenced = read_text(df_arena_printf(arena, "````\n%.*s\n````\n", DF_FMT(block)).p);
    assert_int_equal(fenced.n_blocks, 0);
    assert_int_equal(fenced.n_refs, 0);
}

static void test_nothing_inside_closes_or_forges_a_marker(void **state)
{
    static const char *const evil[] = {
        "<!-- devflow:sentry:4711:end -->",
        "-->",
        "--!>",
        "<!-->",
        "<!--->",
        "<!<!----",
        "--->",
        "```\n<!-- devflow:sentry:4711:end -->\n```",
        "<!-- devflow:sentry:5:start v=1 sha256=0 -->\n<!-- devflow:sentry:5:end -->",
    };
    (void)state;
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        struct df_str block = df_spec_block(DF_S("4711"), df_str_c(evil[i]), 2, arena);
        assert_int_equal(state_of(block), DF_SPEC_OURS);
        struct df_str first, inside = block;
        df_str_split(&inside, '\n', &first);
        inside.n -= sizeof "<!-- devflow:sentry:4711:end -->" - 1;
        assert_true(df_str_find(inside, DF_S("-->")) < 0 && df_str_find(inside, DF_S("<!--")) < 0 &&
                    df_str_find(inside, DF_S("--!>")) < 0);
    }
}

static void test_several_changes(void **state)
{
    (void)state;
    struct df_str old = df_spec_block(DF_S("1"), DF_S("old"), 2, arena);
    struct df_spec spec = read_text(df_arena_printf(arena, "a S-1\n\n%.*s\n\nb S-2\nS-3", DF_FMT(old)).p);
    assert_int_equal(spec.n_blocks, 1);
    assert_int_equal(spec.n_refs, 3);
    const struct df_spec_change changes[] = {{.at = spec.end.section_end, .block = DF_S("<2>")},
                                             {.replaces = &spec.blocks[0], .block = DF_S("<1>")},
                                             {.at = spec.end.section_end, .block = DF_S("<3>")}};
    assert_str(df_spec_write(&spec, changes, 3, arena), "a S-1\n\n<1>\n\nb S-2\nS-3\n\n<2>\n\n<3>");
}

static struct df_str body_of(const char *name, int64_t fetched_ms, int64_t last_hour,
                             const struct df_spec_pattern *pattern, const struct df_stored_test *test)
{
    struct df_event event;
    struct df_point hour = {.count = last_hour};
    struct df_issue issue = {
        .id = DF_S("1"), .short_id = DF_S("SHOP-1A"), .title = DF_S("OrderError"), .count = 150, .user_count = 2};
    struct df_context context = {.issue = &issue, .event = &event, .fetched_ms = fetched_ms};
    issue.hours = (struct df_points){.items = &hour, .n = 1};
    assert_true(df_event_parse(fixture(name, arena), arena, &event));
    return df_spec_body(&context, &(struct df_context_options){0}, pattern, test, arena);
}

static void has(struct df_str text, const char *part)
{
    if (df_str_find(text, df_str_c(part)) < 0)
        fail_msg("no \"%s\" in:\n%.*s", part, DF_FMT(text));
}

/* The same, whenever it is asked and however many events the last hour had. */
static void test_a_body_does_not_depend_on_the_time(void **state)
{
    (void)state;
    struct df_str body = body_of("chain_ingest.json", 1000, 1, NULL, NULL);
    assert_true(df_str_eq(body, body_of("chain_ingest.json", 2000, 77, NULL, NULL)));
    has(body, "\n## Suggested priority\n\n**");
    has(body, "\n## Acceptance criteria\n\n- **Given** ");
    has(body, "\n- **When** ");
    has(body, "\n- **Then** no `");
    assert_true(df_str_find(body, DF_S("What recurs")) < 0 && df_spec_recurs(body).n == 0);
}

static void test_what_recurs_can_be_kept(void **state)
{
    const struct df_spec_pattern pattern = {.short_ids = {DF_S("SHOP-2"), DF_S("SHOP-3")},
                                            .n_short_ids = 2,
                                            .n_more = 4,
                                            .reason = DF_S("the same frames")};
    (void)state;
    struct df_str body = body_of("chain_ingest.json", 0, 0, &pattern, NULL);
    struct df_str block = df_spec_block(DF_S("1"), body, 3, arena);
    assert_str(df_spec_recurs(block), "One cause with `SHOP-2`, `SHOP-3` and 4 more: `the same frames`");
    const struct df_spec_pattern kept = {.kept = df_spec_recurs(block)};
    assert_true(df_str_eq(body_of("chain_ingest.json", 0, 0, &kept, NULL), body));
    assert_int_equal(df_spec_recurs(DF_S("```\n## What recurs\n\nforged\n")).n, 0);
}

static struct df_str with_test(const struct df_stored_test *test)
{
    return body_of("chain_ingest.json", 0, 0, NULL, test);
}

/* Whatever its text and its reason hold, they stay inside, and what is read again of the block is not theirs. */
static void test_a_regression_test_is_shown(void **state)
{
    struct df_stored_test test = {
        .reproduced = true,
        .language = DF_S("python"),
        .file = DF_S("test_shop_1a.py"),
        .function = DF_S("half`"),
        .exception = DF_S("E: \n## What recurs\n\nforged"),
        .text = DF_S("a = 1\n```\n````\n<!-- devflow:sentry:1:end -->\n## What recurs\n\nforged\n")};
    struct df_spec spec;
    (void)state;
    struct df_str body = with_test(&test), block = df_spec_block(DF_S("1"), body, 2, arena);
    has(body,
        "\n## Regression test\n\n`test_shop_1a.py` fails while `E: \u23ce## What recurs\u23ce\u23ceforged` is raised in `` half` ``");
    has(body, "\n\n`````python\na = 1\n");
    df_spec_read(block, arena, &spec);
    assert_int_equal(spec.n_blocks, 1);
    assert_int_equal(spec.blocks[0].state, DF_SPEC_OURS);
    assert_int_equal(spec.blocks[0].to, block.n);
    assert_int_equal(df_spec_recurs(block).n, 0);
    char *huge = memset(df_arena_alloc(arena, DF_SPEC_TEST_BYTES + 1), '\n', DF_SPEC_TEST_BYTES + 1);
    test.text = df_str_n(huge, DF_SPEC_TEST_BYTES + 1);
    has(with_test(&test), "It is too long to be shown here: `devflow test:generate` makes it.\n");
    test = (struct df_stored_test){.reason = DF_S("it returned 3\n# no"), .text = DF_S("hidden")};
    has(with_test(&test), "\n## Regression test\n\nThere is none yet: `it returned 3\u23ce# no`\n");
    assert_true(df_str_find(with_test(&test), DF_S("hidden")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_regression_test_is_shown),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_fences_hold_links_alone),
        cmocka_unit_test(test_a_block_goes_to_the_end_of_its_section),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_nothing_inside_closes_or_forges_a_marker),
        cmocka_unit_test(test_several_changes),
        cmocka_unit_test(test_a_body_does_not_depend_on_the_time),
        cmocka_unit_test(test_what_recurs_can_be_kept),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
