/* What a context of a large or odd event must still say: the application's frames before the libraries', the thread that crashed,
 * every exception, what a logger wrote, what Sentry itself took out; and no wrong number where something is cut. */
#include "unit.h"

#include "domain/context.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_str said(const char *json, bool as_json)
{
    static const struct df_issue issue = {.id = {"1", 1}, .title = {"Error", 5}};
    struct df_event event;
    struct df_context c = {.issue = &issue, .event = &event};
    struct df_context_options o = {.preset = DF_CONTEXT_FULL};
    struct df_buf out;
    struct df_json_writer w;
    assert_true(df_event_parse(fixture_parse(df_str_c(json), arena), arena, &event));
    df_buf_init(&out, arena, 32 << 20);
    df_json_writer_init(&w, &out, 0);
    if (as_json)
        df_context_json(&c, &o, &w);
    else
        df_context_markdown(&c, &o, &out);
    return df_buf_str(&out);
}

static bool holds(struct df_str text, const char *part)
{
    bool found = df_str_find(text, df_str_c(part)) >= 0;
    if (!found)
        print_error("no \"%s\" in:\n%.*s\n", part, DF_FMT(text));
    return found;
}

/* n times the pattern, its %d the number from `first` on. */
static struct df_str many(const char *pattern, int first, int n)
{
    struct df_buf out;
    df_buf_init(&out, arena, 1 << 20);
    for (int i = first; i < first + n; i++) {
        struct df_str rest = df_str_c(pattern);
        df_buf_put_c(&out, i > first ? "," : "");
        for (long at; (at = df_str_find(rest, DF_S("%d"))) >= 0; rest = df_str_from(rest, (size_t)at + 2)) {
            df_buf_put(&out, rest.p, (size_t)at);
            df_buf_printf(&out, "%d", i);
        }
        df_buf_put_str(&out, rest);
    }
    return df_buf_str(&out);
}

static void frames_of_libraries_go_first(void **state)
{
    (void)state;
    struct df_str lib = many("{\"function\":\"lib%d\",\"in_app\":false}", 0, 30);
    struct df_str app = many("{\"function\":\"app%d\",\"lineno\":%d,\"in_app\":true}", 0, 120);
    struct df_str out = said(
        df_arena_printf(
            arena,
            "{\"platform\":\"python\",\"exception\":[{\"type\":\"E\",\"stacktrace\":{\"frames\":[%.*s,%.*s,%.*s]}}]}",
            DF_FMT(lib), DF_FMT(app), DF_FMT(lib))
            .p,
        false);
    for (int i = 0; i < 120; i++)
        assert_true(holds(out, df_arena_printf(arena, "in app%d\n", i).p));
    assert_true(holds(out, "20 library frames left out"));
    assert_true(df_str_find(out, DF_S("of them in-app")) < 0);
}

static void full_frames_say_of_how_many(void **state)
{
    (void)state;
    struct df_str app = many("{\"function\":\"app%d\",\"lineno\":%d,\"in_app\":true,\"vars\":{\"a\":1}}", 0, 12);
    struct df_str event = df_arena_printf(
        arena, "{\"platform\":\"python\",\"exception\":[{\"type\":\"E\",\"stacktrace\":{\"frames\":[%.*s]}}]}",
        DF_FMT(app));
    assert_true(holds(said(event.p, false), "newest first, 8 of 12 ("));
}

static void every_exception_and_the_crashed_thread(void **state)
{
    (void)state;
    struct df_str errors = many("{\"type\":\"Error%d\",\"value\":\"v%d\"}", 0, 30);
    struct df_str threads = many("{\"id\":%d,\"name\":\"worker-%d\"}", 0, 45);
    struct df_str out = said(
        df_arena_printf(arena,
                        "{\"exception\":[%.*s],\"threads\":[%.*s,{\"id\":99,\"name\":\"guilty\",\"crashed\":true}]}",
                        DF_FMT(errors), DF_FMT(threads))
            .p,
        false);
    for (int i = 0; i < 30; i++)
        assert_true(holds(out, df_arena_printf(arena, "`Error%d`", i).p));
    assert_true(holds(out, "`guilty` |  | crashed |"));
    assert_true(holds(out, "26 more threads left out."));
}

static void what_a_logger_wrote(void **state)
{
    (void)state;
    static const char *const logged =
        "{\"logentry\":{\"formatted\":\"ValueError for tenant acme\"},\"exception\":[{\"type\":\"ValueError\",\"value\":\"x\"}]}";
    static const char *const untyped =
        "{\"logentry\":{\"formatted\":\"failed hard\"},\"exception\":[{\"type\":null,\"value\":\"x\"}]}";
    static const char *const index_text =
        "{\"message\":\"ValueError x shop.pay\",\"entries\":[{\"type\":\"exception\",\"data\":{\"values\":[{\"type\":\"ValueError\"}]}}]}";
    static const char *const with_params =
        "{\"logentry\":{\"message\":\"order %s of %s\",\"params\":[\"77\",\"tea\"]}}";
    assert_true(holds(said(logged, false), "ValueError for tenant acme"));
    assert_true(holds(said(untyped, false), "failed hard"));
    assert_true(df_str_find(said(index_text, false), DF_S("shop.pay")) < 0);
    assert_true(holds(said(with_params, false), "[\"77\",\"tea\"]"));
}

static void what_was_changed_before(void **state)
{
    (void)state;
    static const char *const event =
        "{\"message\":\"m\",\"_meta\":{\"request\":{\"headers\":{\"Authorization\":{\"\":{\"rem\":[[\"!config\",\"x\",0,9]]}}}},"
        "\"extra\":{\"big\":{\"\":{\"len\":50000,\"rem\":[[\"!limit\",\"s\",3,6]]}}},\"user\":{\"\":{\"err\":[[\"invalid_data\",{\"a\":1}]]}},"
        "\"odd\":{\"\":7},\"none\":{\"\":{}},\"list\":[1]},"
        "\"errors\":[{\"type\":\"js_no_source\",\"message\":\"Source code was not found\",\"data\":{\"url\":\"https://x.test/a.js\"}},7]}";
    struct df_str out = said(event, false), json = said(event, true);
    assert_true(holds(out, "- `request.headers.Authorization`: removed (`!config`)"));
    assert_true(holds(out, "- `extra.big`: shortened, before of length 50000 (`!limit`)"));
    assert_true(holds(out, "- `user`: invalid (`invalid_data`)"));
    assert_true(holds(out, "- `js_no_source`: `Source code was not found` `{\"url\":\"https://x.test/a.js\"}`"));
    assert_true(holds(
        json,
        "\"changes\":[{\"path\":\"request.headers.Authorization\",\"how\":\"removed\",\"rule\":\"!config\",\"length\":null},"
        "{\"path\":\"extra.big\",\"how\":\"shortened\",\"rule\":\"!limit\",\"length\":50000},"
        "{\"path\":\"user\",\"how\":\"invalid\",\"rule\":\"invalid_data\",\"length\":null}]"));
}

static void what_a_crash_and_a_hang_are_about(void **state)
{
    (void)state;
    static const char *const event =
        "{\"platform\":\"java\",\"exception\":[{\"type\":\"SIG\",\"mechanism\":{\"type\":\"mach\",\"data\":{\"address\":\"0x77\"},\"meta\":{\"signal\":"
        "{\"name\":\"SIGSEGV\"}}}}],\"threads\":[{\"id\":1,\"name\":\"main\",\"crashed\":true,\"held_locks\":{\"0x1\":{\"type\":8}},\"stacktrace\":"
        "{\"frames\":[{\"function\":\"await\",\"lock\":{\"class_name\":\"Latch\"}},{\"symbol\":\"_Zpark\"}]}}],"
        "\"request\":{\"url\":\"https://x.test/a\",\"fragment\":\"cart\"}}";
    struct df_str out = said(event, false), json = said(event, true);
    assert_true(holds(out, "Details: `{\"signal\":{\"name\":\"SIGSEGV\"}}`"));
    assert_true(holds(out, "Details: `{\"address\":\"0x77\"}`"));
    assert_true(holds(out, "heldLocks: `{\"0x1\":{\"type\":8}}`"));
    assert_true(holds(out, "lock = {\"class_name\":\"Latch\"}"));
    assert_true(holds(out, "_Zpark"));
    assert_true(holds(out, "`https://x.test/a` # `cart`"));
    assert_true(holds(json, "\"heldLocks\":{\"0x1\":{\"type\":8}}"));
    assert_true(holds(json, "\"meta\":{\"signal\":{\"name\":\"SIGSEGV\"}}"));
    assert_true(holds(json, "\"lock\":{\"class_name\":\"Latch\"}"));
}

/* Of what is too long to be written at all nobody knows how much more there is. */
static void no_wrong_number_where_it_is_cut(void **state)
{
    (void)state;
    struct df_str items = many("\"item number %d of a long list\"", 0, 5000);
    struct df_str out = said(
        df_arena_printf(
            arena,
            "{\"message\":\"m\",\"extra\":{\"l\":[%.*s]},\"tags\":[[\"t\",[%.*s]]],\"request\":{\"data\":{\"l\":[%.*s]}}}",
            DF_FMT(items), DF_FMT(items), DF_FMT(items))
            .p,
        false);
    assert_true(df_str_find(out, DF_S("bytes more")) < 0);
    assert_true(holds(out, "\u2026 (cut)"));
    assert_true(holds(said("{\"message\":\"m\",\"tags\":[[null,\"v\"],[\"a\",\"b\"]]}", false), "`b`"));
    assert_true(holds(said("{\"message\":\"m\",\"extra\":{\"l\":[1,2]}}", false), "l = [1,2]"));
}

/* Characters shown by name take nine each: the title still leaves room for the rest. */
static void the_smallest_budget_holds_for_any_title(void **state)
{
    (void)state;
    static const char *const odd[] = {"\u202E", "\u00AD", "\U000E0041", "\x01", "`", "a", "\u00E9"};
    for (size_t i = 0; i < 2 * (sizeof odd / sizeof *odd); i++) {
        struct df_buf title, out;
        struct df_event event = {.message = DF_S("m")};
        df_buf_init(&title, arena, 4096);
        for (size_t k = 0; k < 300; k++)
            df_buf_put_c(&title, odd[i / 2]);
        struct df_issue issue = {.id = DF_S("1"), .title = df_buf_str(&title)};
        struct df_context c = {.issue = &issue, .event = &event};
        struct df_context_options o = {.budget_chars = DF_CONTEXT_BUDGET_MIN, .lang = (enum df_context_lang)(i % 2)};
        size_t chars = 0;
        df_buf_init(&out, arena, 1 << 20);
        df_context_markdown(&c, &o, &out);
        for (size_t k = 0; k < out.n; k++)
            chars += ((unsigned char)out.p[k] & 0xC0) != 0x80;
        assert_in_range(chars, 1, DF_CONTEXT_BUDGET_MIN);
    }
}

static void a_value_without_a_key_is_noted(void **state)
{
    (void)state;
    struct df_event event;
    assert_true(df_event_parse(
        fixture_parse(DF_S("{\"tags\":[{\"key\":null,\"value\":\"v\"},{\"key\":null,\"value\":null}]}"), arena), arena,
        &event));
    assert_int_equal(event.n_odd, 1);
    assert_str(event.odd[0], "the key of a pair is null, not a text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_libraries_go_first),
        cmocka_unit_test(full_frames_say_of_how_many),
        cmocka_unit_test(every_exception_and_the_crashed_thread),
        cmocka_unit_test(what_a_logger_wrote),
        cmocka_unit_test(what_was_changed_before),
        cmocka_unit_test(what_a_crash_and_a_hang_are_about),
        cmocka_unit_test(no_wrong_number_where_it_is_cut),
        cmocka_unit_test(the_smallest_budget_holds_for_any_title),
        cmocka_unit_test(a_value_without_a_key_is_noted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
