#include "unit.h"

#include "domain/event.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static void reads_the_ingest_form(void **state)
{
    (void)state;
    struct df_event e;
    assert_true(df_event_parse(fixture("chain_ingest.json", arena), arena, &e));
    assert_str(e.event_id, "0123456789abcdef0123456789abcdef");
    assert_str(e.environment, "production");
    assert_int_equal(e.created_ms, 1767323045678);
    assert_int_equal(e.n_exceptions, 2);
    const struct df_exception *cause = &e.exceptions[0], *outer = &e.exceptions[1];
    assert_str(cause->type, "KeyError");
    assert_str(cause->source, "__cause__");
    assert_int_equal(cause->parent_id, 0);
    assert_int_equal(cause->stack.frames[0].n_context, 5);
    assert_int_equal(cause->stack.frames[0].context[0].number, 10);
    assert_int_equal(cause->stack.frames[0].context[2].number, 12);
    assert_str(cause->stack.frames[0].context[2].text, "    return items['sku']");
    assert_int_equal(cause->stack.frames[0].context[4].number, 14);
    assert_int_equal(outer->handled, DF_NO);
    assert_int_equal(outer->stack.n, 2);
    assert_int_equal(outer->stack.omitted_to, 9);
    assert_int_equal(outer->stack.frames[0].in_app, DF_NO);
    assert_int_equal(e.n_breadcrumbs, 2);
    assert_str(e.breadcrumbs[0].message, "login"); /* sorted by time */
    assert_int_equal(e.breadcrumbs[0].time_ms, 1767323044500);
    assert_str(e.request.query_text, "token=abc&page=2");
    assert_int_equal(e.request.headers.n, 2);
    assert_str(df_event_tag(&e, "tenant"), "acme");
}

static const char api_form[] =
    "{\"eventID\":\"aa\",\"id\":\"bb\",\"platform\":\"node\",\"release\":{\"version\":\"r1\"},"
    "\"tags\":[{\"key\":\"environment\",\"value\":\"prod\"},{\"key\":\"level\",\"value\":\"fatal\"},{\"key\":null,\"value\":1}],"
    "\"entries\":[{\"type\":\"exception\",\"data\":{\"values\":[{\"type\":\"E\",\"value\":\"v\",\"threadId\":7,\"mechanism\":{\"type\":\"m\",\"handled\":true},"
    "\"stacktrace\":{\"frames\":[{\"function\":\"f\",\"filename\":\"a.js\",\"lineNo\":3,\"colNo\":9,\"inApp\":true,\"context\":[[2,\"x\"],[3,\"y\"]],"
    "\"vars\":{\"a\":1}}],\"framesOmitted\":[2,5]}}]}},"
    "{\"type\":\"request\",\"data\":{\"method\":\"GET\",\"query\":[[\"a\",\"b\"]],\"headers\":[[\"Host\",\"h\"],[\"Host\",\"i\"]]}},"
    "{\"type\":\"csp\",\"data\":{\"blocked_uri\":\"x\"}},{\"type\":\"debugmeta\",\"data\":{\"images\":[1]}}]}";

static void reads_the_api_form(void **state)
{
    (void)state;
    struct df_event e;
    assert_true(df_event_parse(fixture_parse(df_str_n(api_form, sizeof api_form - 1), arena), arena, &e));
    assert_str(e.event_id, "aa");
    assert_str(e.release, "r1");
    assert_str(e.environment, "prod");
    assert_str(e.level, "fatal");
    assert_int_equal(e.tags.n, 2);
    const struct df_exception *x = &e.exceptions[0];
    assert_str(x->thread_id, "7");
    assert_int_equal(x->stack.omitted_from, 2);
    const struct df_frame *f = &x->stack.frames[0];
    assert_int_equal(f->lineno, 3);
    assert_int_equal(f->colno, 9);
    assert_int_equal(f->in_app, DF_YES);
    assert_int_equal(f->n_context, 2);
    assert_int_equal(df_json_count(f->vars), 1);
    assert_int_equal(e.request.headers.n, 2);
    assert_int_equal(e.n_others, 1);
    assert_str(e.others[0].type, "csp");
}

static void tolerates_nulls_and_wrong_types(void **state)
{
    (void)state;
    struct df_event e = {.created_ms = 5};
    assert_false(df_event_parse(NULL, arena, &e));
    assert_false(df_event_parse(fixture_parse(DF_S("[1]"), arena), arena, &e));
    assert_int_equal(e.created_ms, 5);
    assert_true(df_event_parse(fixture("nulls.json", arena), arena, &e));
    assert_int_equal(e.created_ms, 0);
    assert_str(e.platform, "7");
    assert_str(e.message, "plain");
    assert_int_equal(e.n_exceptions, 2);
    assert_int_equal(e.exceptions[1].stack.n, 3);
    assert_int_equal(e.exceptions[1].stack.frames[1].lineno, 12);
    assert_int_equal(e.tags.n, 2); /* the null ones are gone */
    assert_int_equal(e.n_breadcrumbs, 2);
    assert_int_equal(e.breadcrumbs[1].time_ms, 1588438460500);
    assert_int_equal(e.n_others, 1);
    assert_str(e.others[0].type, "novelty");
}

/* Each is passed over, and said with its place; what people wrote is kept as JSON. */
static void notes_what_is_of_another_type(void **state)
{
    (void)state;
    static const struct {
        const char *json, *odd;
    } cases[] = {
        {"{\"entries\":[{\"type\":\"exception\",\"data\":{\"values\":[{},{\"type\":\"E\",\"value\":[1,\"a\"]}]}}]}",
         "exception 2: value is a list, not a text"},
        {"{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[{},{\"lineno\":\"x\"}]}}]}}",
         "exception 1, frame 2: lineno is a text, not a number"},
        {"{\"exception\":{\"values\":[7]}}", "exception 1: it is a number, not an object"},
        {"{\"exception\":{\"values\":{}}}", "exception: values is an object, not a list"},
        {"{\"exception\":[{\"stacktrace\":\"at f\"}]}", "exception 1: stacktrace is a text, not an object"},
        {"{\"threads\":{\"values\":[{\"stacktrace\":{\"frames\":\"f\"}}]}}", "thread 1: frames is a text, not a list"},
        {"{\"threads\":[{\"stacktrace\":{\"frames\":[{\"in_app\":\"yes\"}]}}]}",
         "thread 1, frame 1: in_app is a text, not true or false"},
        {"{\"breadcrumbs\":[{\"timestamp\":\"noon\"}]}", "breadcrumb 1: timestamp is a text, not a time"},
        {"{\"request\":{\"url\":{\"a\":1}}}", "request: url is an object, not a text"},
        {"{\"request\":5}", "request is a number, not an object"},
        {"{\"user\":[1]}", "user is a list, not an object"},
        {"{\"user\":{\"id\":[1]}}", "id is a list, not a text"},
        {"{\"contexts\":\"x\"}", "contexts is a text, not an object"},
        {"{\"platform\":{}}", "platform is an object, not a text"},
        {"{\"entries\":{\"a\":1}}", "entries is an object, not a list"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct df_event e;
        assert_true(df_event_parse(fixture_parse(df_str_c(cases[i].json), arena), arena, &e));
        if (e.n_odd != 1 || !df_str_is(e.odd[0], cases[i].odd))
            fail_msg("%s: %zu, %.*s", cases[i].json, e.n_odd, DF_FMT(e.n_odd ? e.odd[0] : DF_STR_NONE));
    }
    struct df_event e;
    assert_true(df_event_parse(fixture_parse(df_str_c(cases[0].json), arena), arena, &e));
    assert_str(e.exceptions[1].value, "[1,\"a\"]");
}

static void bounds_its_notes(void **state)
{
    (void)state;
    struct df_buf json;
    struct df_event e;
    df_buf_init(&json, arena, 100000);
    df_buf_put_c(&json, "{\"breadcrumbs\":[0");
    for (int i = 1; i < 1000; i++)
        df_buf_put_c(&json, ",0");
    df_buf_put_c(&json, "]}");
    assert_true(df_event_parse(fixture_parse(df_buf_str(&json), arena), arena, &e));
    assert_int_equal(e.n_odd, DF_EVENT_ODD);
    assert_int_equal(e.n_odd + e.n_more_odd, 1000);
}

static void takes_lists_in_every_wrapping(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{\"exception\":[{\"type\":\"E\"}]}",
        "{\"exception\":{\"values\":[{\"type\":\"E\"}]}}",
        "{\"exception\":{\"type\":\"E\",\"value\":\"v\"}}",
        "{\"sentry.interfaces.Exception\":{\"values\":[{\"type\":\"E\"}]}}",
        "{\"entries\":[{\"type\":\"exception\",\"data\":{\"value\":{\"type\":\"E\"}}}]}",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct df_event e;
        assert_true(df_event_parse(fixture_parse(df_str_c(forms[i]), arena), arena, &e));
        if (e.n_exceptions != 1)
            fail_msg("%s", forms[i]);
        assert_str(e.exceptions[0].type, "E");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_ingest_form),
        cmocka_unit_test(reads_the_api_form),
        cmocka_unit_test(tolerates_nulls_and_wrong_types),
        cmocka_unit_test(notes_what_is_of_another_type),
        cmocka_unit_test(bounds_its_notes),
        cmocka_unit_test(takes_lists_in_every_wrapping),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
