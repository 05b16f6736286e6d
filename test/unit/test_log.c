#include "unit_arena.h"

#include "base/json.h"
#include "base/log.h"
#include "base/trace.h"

#include <unistd.h>

static struct df_str line(const struct df_log_field *fields, size_t n)
{
    char *to = df_arena_alloc(arena, DF_LOG_LINE_BYTES);
    struct df_str s = df_str_n(to, df_log_line(DF_LOG_WARN, "it happened", fields, n, to));
    assert_true(s.n <= DF_LOG_LINE_BYTES && s.p[s.n - 1] == '\n');
    s.n--;
    assert_true(df_str_find_char(s, '\n') < 0);
    return s;
}

static const struct df_json *object(const struct df_log_field *fields, size_t n)
{
    const struct df_json *v = NULL;
    df_log_set_format(DF_LOG_JSON);
    struct df_str s = line(fields, n);
    df_log_set_format(DF_LOG_HUMAN);
    struct df_error err = {0};
    if (df_json_parse(arena, s, 0, &v, &err) != DF_OK)
        fail_msg("%s: %.*s", err.message, DF_FMT(s));
    assert_true(df_json_is_object(v));
    return v;
}

static void says_it_for_people(void **state)
{
    (void)state;
    const struct df_log_field fields[] = {{"a", DF_S("1")}, {NULL, DF_S("left out")}, {"b", DF_S("two \"words\"\n")}};
    struct df_str s = line(fields, 3);
    long at = df_str_find(s, DF_S("Z warn  it happened"));
    assert_true(at > 0);
    assert_str(df_str_from(s, (size_t)at), "Z warn  it happened a=1 b=\"two \\\"words\\\"\\x0a\"");
}

static void says_it_as_json(void **state)
{
    (void)state;
    const struct df_log_field fields[] = {
        {"message", DF_S("a \"b\" \\ \n\t\x01 \x7F é \xff\xC3 end")},
        {"status", DF_S("200"), .number = true},
        {"ms", DF_S("0.1"), .number = true},
        {"empty", DF_STR_NONE, .number = true},
        {NULL, DF_S("left out")},
    };
    const struct df_json *v = object(fields, 5);
    assert_str(df_json_get_str(v, "level"), "warn");
    assert_str(df_json_get_str(v, "msg"), "it happened");
    assert_str(df_json_get_str(v, "message"), "a \"b\" \\ \n\t\x01 \x7F é \xEF\xBF\xBD\xEF\xBF\xBD end");
    assert_int_equal(df_json_int(df_json_get(v, "status"), -1), 200);
    assert_str(df_json_get_str(v, "empty"), "");
    assert_int_equal(df_json_get_str(v, "time").n, strlen("2026-11-28T09:00:00.000Z"));
}

/* Whatever is cut, and wherever, it stays an object. */
static void cuts_what_is_too_long(void **state)
{
    (void)state;
    static const char *const fillers[] = {"x", "\"", "\x01", "é", "\xff", "\xF0\x9F\x98\x80"};
    for (size_t f = 0; f < sizeof fillers / sizeof *fillers; f++)
        for (size_t more = 0; more < 40; more++) {
            size_t step = strlen(fillers[f]), n = DF_LOG_LINE_BYTES - 200 + more;
            char *p = df_arena_alloc(arena, n + step);
            for (size_t i = 0; i < n; i += step)
                memcpy(p + i, fillers[f], step);
            const struct df_log_field fields[] = {
                {"long", df_str_n(p, n / step * step)}, {"status", DF_S("200"), .number = true}, {"last", DF_S("z")}};
            const struct df_json *v = object(fields, 3);
            assert_true(df_json_get_str(v, "long").n > 1000);
            line(fields, 3);
        }
}

/* What is written to standard error, with the ids of the request the thread works for, each once. */
static void adds_the_ids_of_the_request(void **state)
{
    (void)state;
    char got[2 * DF_LOG_LINE_BYTES];
    int ends[2], before = dup(STDERR_FILENO);
    const struct df_trace trace = df_trace_read(
        DF_S("r-1"), DF_S("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), DF_STR_NONE);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    df_trace_set(&trace);
    df_log(DF_LOG_INFO, "one", {"a", DF_S("1")});
    df_log(DF_LOG_INFO, "two", {"requestId", DF_S("own")});
    df_trace_set(NULL);
    df_log(DF_LOG_INFO, "three", {"a", DF_S("1")});
    df_log(DF_LOG_DEBUG, "four", {"a", DF_S("1")});
    dup2(before, STDERR_FILENO);
    ssize_t n = read(ends[0], got, sizeof got);
    struct df_str rest = df_str_n(got, n > 0 ? (size_t)n : 0), said;
    static const char *const ends_with[] = {"one a=1 requestId=r-1 traceId=0af7651916cd43dd8448eb211c80319c",
                                            "two requestId=own traceId=0af7651916cd43dd8448eb211c80319c", "three a=1",
                                            ""};
    for (size_t i = 0; i < sizeof ends_with / sizeof *ends_with; i++) {
        assert_true(df_str_split(&rest, '\n', &said));
        assert_true(df_str_ends(said, df_str_c(ends_with[i])));
    }
    close(ends[0]);
    close(ends[1]);
    close(before);
}

static void knows_its_words(void **state)
{
    (void)state;
    enum df_log_format format;
    enum df_log_level level;
    assert_true(df_log_format_parse(DF_S("JSON"), &format) && format == DF_LOG_JSON);
    assert_true(df_log_format_parse(DF_S("human"), &format) && format == DF_LOG_HUMAN);
    assert_false(df_log_format_parse(DF_S("xml"), &format));
    assert_true(df_log_level_parse(DF_S("debug"), &level) && level == DF_LOG_DEBUG);
    assert_string_equal(df_log_level_name(DF_LOG_ERROR), "error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_it_for_people),    cmocka_unit_test(says_it_as_json),
        cmocka_unit_test(cuts_what_is_too_long), cmocka_unit_test(adds_the_ids_of_the_request),
        cmocka_unit_test(knows_its_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
