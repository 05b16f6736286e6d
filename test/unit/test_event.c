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
        cmocka_unit_test(takes_lists_in_every_wrapping),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
