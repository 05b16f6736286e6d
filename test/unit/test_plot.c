#include "unit.h"

#include "domain/plot.h"
#include "fixture.h"
#include "payloads.h"

#include <stdlib.h>
#include <string.h>

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static struct df_points points(const char *json, size_t limit)
{
    return df_points_parse(fixture_parse(df_str_c(json), arena), limit, arena);
}

static struct df_str line(const char *json, bool utf8)
{
    struct df_buf out;
    struct df_points p = points(json, 24);
    df_buf_init(&out, arena, 1000);
    df_plot_line(&out, &p, utf8);
    return df_buf_str(&out);
}

static struct df_str svg(struct df_str title, const char *hours, const char *days)
{
    struct df_buf out;
    struct df_points h = points(hours, 24), d = points(days, 14);
    df_buf_init(&out, arena, 1 << 20);
    df_plot_svg(&out, title, &h, &d);
    assert_false(out.overflow);
    return df_buf_str(&out);
}

static void dots_stay_within_the_picture(void **state)
{
    (void)state;
    static const char *const kinds[DF_PLOT_KINDS] = {"urgent", "high", "medium", "low"};
    const struct df_plot_dot dots[] = {{INT64_MAX, INT64_MAX, DF_S("A"), DF_S("<b>&"), 0},
                                       {INT64_MIN, -1, DF_S("B"), DF_S(""), 3},
                                       {0, 1, DF_S("C"), DF_S("x"), 2}};
    for (size_t n = 0; n <= 3; n++) {
        struct df_buf out;
        df_buf_init(&out, arena, 1 << 20);
        df_plot_scatter(&out, DF_S("t"), dots, n, kinds);
        assert_false(out.overflow);
        assert_null(strstr(out.p, "nan"));
        assert_null(strstr(out.p, "<b>"));
        for (const char *at = out.p; (at = strstr(at, "cx=\"")) != NULL; at += 4)
            assert_in_range((int)strtod(at + 4, NULL), 0, 720);
        for (const char *at = out.p; (at = strstr(at, "cy=\"")) != NULL; at += 4)
            assert_in_range((int)strtod(at + 4, NULL), 0, 480);
    }
}

static void points_are_read_tolerantly(void **state)
{
    (void)state;
    struct df_points p = points("[[1,5],[2,null],\"x\",[3,-4],[4],[5,6.0],[6,7]]", 24);
    assert_int_equal(p.n, 4);
    assert_int_equal(p.items[1].count, 0);
    assert_int_equal(df_points_sum(&p), 18);
    assert_int_equal(df_points_most(&p), 7);
    p = points("[[1,1],[2,2],[3,3]]", 2);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.items[0].time_s, 2);
    assert_int_equal(points("{\"a\":[1,2]}", 24).n, 0);
    p = points("[[1,9223372036854775807],[2,9223372036854775807]]", 24);
    assert_true(df_points_sum(&p) == INT64_MAX);
}

static void a_series_of_hours_is_read_as_tolerantly(void **state)
{
    (void)state;
    static const char text[] =
        "{\"timeSeries\":[{\"values\":[{\"timestamp\":3600000,\"value\":5},7,{\"timestamp\":\"x\",\"value\":1},"
        "{\"timestamp\":7200999,\"value\":-2.5},{\"value\":3}]},{\"values\":[]}]}";
    struct df_points p = df_points_parse_series(fixture_parse(df_str_c(text), arena), 336, arena);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.items[0].time_s, 3600);
    assert_int_equal(p.items[0].count, 5);
    assert_int_equal(p.items[1].time_s, 7200);
    assert_int_equal(p.items[1].count, 0);
    assert_int_equal(df_points_parse_series(fixture_parse(DF_S("{\"timeSeries\":7}"), arena), 336, arena).n, 0);
    assert_true(df_str_find(svg(DF_S("t"), "[]", "[[3600,5],[7200,1]]"), DF_S("Events an hour, last 14 days")) > 0);
    assert_true(df_str_find(svg(DF_S("t"), "[]", "[[86400,5],[172800,1]]"), DF_S("Events a day, last 14 days")) > 0);
}

static void a_line_is_as_high_as_its_share(void **state)
{
    (void)state;
    assert_str(line("[[1,0],[2,1],[3,50],[4,100]]", true), "\u2581\u2582\u2585\u2588");
    assert_str(line("[[1,0],[2,1],[3,50],[4,100]]", false), "_.=#");
    assert_str(line("[[1,0],[2,0]]", true), "\u2581\u2581");
    assert_str(line("[]", true), "");
}

static void the_picture_holds_counts_and_times(void **state)
{
    (void)state;
    struct df_str text = svg(DF_S("SHOP-1: <b>&"), "[[1767323045,3],[1767326645,0]]", "[[1767225600,12]]");
    static const char *const parts[] = {"SHOP-1: &lt;b&gt;&amp;</title>", "<title>03:04: 3</title>",
                                        "3 in all, at most 3 in an hour", "<title>01-01: 12</title>",
                                        "12 in all, at most 12 in a day"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (df_str_find(text, df_str_c(parts[i])) < 0)
            fail_msg("no \"%s\" in:\n%.*s", parts[i], DF_FMT(text));
    assert_true(df_str_find(svg(DF_S("x"), "null", "[[99999999999999,1]]"), DF_S("Sentry gave no counts.")) > 0);
}

/* Every '<' begins one of our elements, whatever the title. */
static void no_title_makes_an_element(void **state)
{
    (void)state;
    static const char *const ours[] = {"<svg ",   "</svg>", "<title>", "</title>", "<rect ",
                                       "</rect>", "<text ", "</text>", "<line "};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct df_str text = svg(df_str_c(payloads[i]), "[[1767323045,3]]", "null");
        for (size_t at = 0; at < text.n; at++) {
            bool known = text.p[at] != '<';
            for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
                known = known || df_str_starts(df_str_from(text, at), df_str_c(ours[k]));
            if (!known || (unsigned char)text.p[at] == 0x1B)
                fail_msg("at %zu in:\n%.*s", at, DF_FMT(text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_stay_within_the_picture),
        cmocka_unit_test(points_are_read_tolerantly),
        cmocka_unit_test(a_series_of_hours_is_read_as_tolerantly),
        cmocka_unit_test(a_line_is_as_high_as_its_share),
        cmocka_unit_test(the_picture_holds_counts_and_times),
        cmocka_unit_test(no_title_makes_an_element),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
