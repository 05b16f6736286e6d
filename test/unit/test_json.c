#include "unit.h"

#include "base/json.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static const struct df_json *parsed(const char *text)
{
    const struct df_json *v = NULL;
    struct df_error err;
    if (df_json_parse(arena, df_str_c(text), 0, &v, &err) != DF_OK)
        fail_msg("%s: %s", text, err.message);
    return v;
}

static void reads_by_path_and_tolerates_wrong_types(void **state)
{
    (void)state;
    const struct df_json *v = parsed("{\"a\":{\"b\":[1,\"2\",null,2.5,true]},\"s\":\"x\"}");
    assert_str(df_json_get_str(v, "s"), "x");
    assert_int_equal(df_json_count(df_json_path(v, "a", "b", NULL)), 5);
    assert_int_equal(df_json_int(df_json_at(df_json_path(v, "a", "b", NULL), 1), -1), 2);
    assert_int_equal(df_json_int(df_json_at(df_json_path(v, "a", "b", NULL), 2), -1), -1);
    assert_str(df_json_text(df_json_at(df_json_path(v, "a", "b", NULL), 3), arena), "2.5");
    assert_true(df_json_is_null(df_json_path(v, "s", "b", "c", NULL)));
    assert_int_equal(df_json_get_str(v, "a").n, 0);
}

static void mends_what_servers_send(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
        bool mended;
    } cases[] = {
        {"{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xF0\x9F\x98\x80\"}", false},
        {"[\"\\ud83d\"]", "[\"\xEF\xBF\xBD\"]", true},
        {"[\"\\ude00\\ud83d\\ud83d\\ude00\"]", "[\"\xEF\xBF\xBD\xEF\xBF\xBD\xF0\x9F\x98\x80\"]", true},
        {"[\"\\\\ud83d\",NaN]", "[\"\\\\ud83d\",null]", true},
        {"[-Infinity,{\"a\":Infinity}]", "[null,{\"a\":null}]", true},
        {"{\"NaN\":-NaN,\"b\":[inf,nan]}", "{\"NaN\":null,\"b\":[null,null]}", true},
        {"[\"a\xFF\x80z\"]", "[\"a??z\"]", true},
        {"[\"a\tb\nc\"]", "[\"a b c\"]", true},
        {"\xEF\xBB\xBF[1]", "[1]", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct df_json *v = NULL;
        struct df_buf out;
        struct df_json_writer w;
        bool mended;
        if (df_json_parse_mended(arena, df_str_c(cases[i].text), 0, &v, &mended, NULL) != DF_OK)
            fail_msg("%s", cases[i].text);
        df_buf_init(&out, arena, 1000);
        df_json_writer_init(&w, &out, 0);
        df_json_put_value(&w, v);
        assert_str(df_buf_str(&out), cases[i].json);
        assert_int_equal(mended, cases[i].mended);
    }
    static const char *const broken[] = {"",     "{",      "[\"\\ud83d]", "[\"a\\", "[\"\\u12\"]",
                                         "[nan", "[NaNa]", "<html>",      "[1,,2]", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const struct df_json *v;
        bool mended;
        assert_int_equal(df_json_parse_mended(arena, df_str_c(broken[i]), 0, &v, &mended, NULL), DF_ERR_JSON);
        assert_false(mended);
    }
    const struct df_json *v;
    bool mended;
    assert_int_equal(df_json_parse_mended(arena, DF_S("[NaN]"), 0, &v, &mended, NULL), DF_OK);
    assert_true(df_json_is_null(df_json_at(v, 0)));
}

static void names_the_place_of_a_fault(void **state)
{
    (void)state;
    const struct df_json *v;
    struct df_error err;
    assert_int_equal(df_json_parse(arena, DF_S("{\n \"a\": tru }"), 0, &v, &err), DF_ERR_JSON);
    assert_non_null(strstr(err.message, "line 2"));
    char deep[300];
    memset(deep, '[', sizeof deep);
    assert_int_equal(df_json_parse(arena, df_str_n(deep, sizeof deep), 0, &v, &err), DF_ERR_JSON);
    assert_non_null(strstr(err.message, "deeper than 64"));
    assert_int_equal(df_json_parse(arena, DF_STR_NONE, 0, &v, &err), DF_ERR_JSON);
}

struct body {
    struct df_str id;
    struct df_str_list scopes;
    int64_t n;
};

static const struct df_json_field body_fields[] = {
    {"id", DF_JSON_STRING, true, offsetof(struct body, id), 0},
    {"scopes", DF_JSON_STRINGS, false, offsetof(struct body, scopes), 0},
    {"n", DF_JSON_INT, false, offsetof(struct body, n), 0},
};

static enum df_code bind(const char *text, struct body *body, struct df_error *err)
{
    return df_json_bind(parsed(text), body_fields, 3, body, arena, err);
}

static void binds_or_names_every_fault(void **state)
{
    (void)state;
    struct body body = {.n = 7};
    struct df_error err = {0};
    assert_int_equal(bind("{\"id\":\"p\",\"scopes\":[\"a\",\"b\"],\"n\":null}", &body, &err), DF_OK);
    assert_str(body.id, "p");
    assert_int_equal(body.scopes.n, 2);
    assert_int_equal(body.n, 7);
    assert_int_equal(bind("{\"scopes\":\"a\",\"n\":\"1\",\"x\":1}", &body, &err), DF_ERR_INVALID);
    assert_string_equal(
        err.message,
        "scopes must be a list of at most 256 strings; n must be a whole number; x is not a known field; id is required");
    static const char *const not_whole[] = {"0.5", "1e-42", "9223372036854775808", "1e300", "-1.0000000001"};
    for (size_t i = 0; i < sizeof not_whole / sizeof *not_whole; i++) {
        struct df_str text = df_arena_printf(arena, "{\"id\":\"p\",\"n\":%s}", not_whole[i]);
        assert_int_equal(bind(text.p, &body, &err), DF_ERR_INVALID);
    }
    assert_int_equal(bind("{\"id\":\"p\",\"n\":2.0}", &body, &err), DF_OK);
    assert_int_equal(body.n, 2);
    assert_int_equal(bind("{\"id\":\"\"}", &body, &err), DF_ERR_INVALID);
    assert_string_equal(err.message, "id must not be empty");
    assert_int_equal(bind("[]", &body, &err), DF_ERR_INVALID);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    const char *text =
        "{\"a\":[1,-2,2.5,1588438460.487733,\"\\u0001\\n\\\"é\"],\"o\":{},\"e\":[],\"t\":true,\"z\":null}";
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 1000);
    df_json_writer_init(&w, &out, 0);
    df_json_put_value(&w, parsed(text));
    assert_str(df_buf_str(&out), text);

    df_buf_init(&out, arena, 1000);
    df_json_writer_init(&w, &out, 2);
    df_json_open(&w, '{');
    df_json_kstr(&w, "k", df_str_n("a\xFF", 2));
    df_json_kstrs(&w, "l", NULL, 0);
    df_json_close(&w, '}');
    assert_str(df_buf_str(&out), "{\n  \"k\": \"a\xEF\xBF\xBD\",\n  \"l\": []\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_by_path_and_tolerates_wrong_types),
        cmocka_unit_test(mends_what_servers_send),
        cmocka_unit_test(names_the_place_of_a_fault),
        cmocka_unit_test(binds_or_names_every_fault),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
