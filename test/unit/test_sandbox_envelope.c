#include "unit.h"

#include "base/error.h"
#include "sandbox/envelope.h"

#include <stdlib.h>
#include <zlib.h>

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

static void takes_items_with_and_without_a_length(void **state)
{
    (void)state;
    struct df_envelope e;
    struct df_str text = DF_S(
        "{\"event_id\":\"a\"}\n{\"type\":\"attachment\",\"length\":3}\nx\ny\n\n{\"type\":\"event\"}\n{\"a\":1}\n"
        "{\"type\":\"session\",\"length\":0}\n\n{\"type\":\"nobody_knows\"}\n{}");
    assert_int_equal(df_envelope_parse(text, arena, &e, NULL), DF_OK);
    assert_int_equal(e.n_items, 4);
    assert_str(df_json_get_str(e.header, "event_id"), "a");
    assert_str(e.items[0].type, "attachment");
    assert_str(e.items[0].payload, "x\ny");
    assert_str(e.items[1].payload, "{\"a\":1}");
    assert_str(e.items[2].payload, "");
    assert_str(e.items[3].payload, "{}");
}

static void takes_a_header_alone_and_carriage_returns(void **state)
{
    (void)state;
    struct df_envelope e;
    assert_int_equal(df_envelope_parse(DF_S("{}"), arena, &e, NULL), DF_OK);
    assert_int_equal(e.n_items, 0);
    assert_int_equal(df_envelope_parse(DF_S("{}\r\n{\"type\":\"event\",\"length\":2}\r\n{}\r\n"), arena, &e, NULL),
                     DF_OK);
    assert_str(e.items[0].payload, "{}");
}

static void refuses_what_is_broken(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "\n",
        "[]\n",
        "{\n",
        "{}\n{}\n{}",
        "{}\n{\"type\":\"event\",\"length\":5}\n{}",
        "{}\n{\"type\":\"event\",\"length\":1}\n{}\n",
        "{}\n{\"type\":\"event\",\"length\":99999999999999999999}\n{}",
        "{}\n[]\n",
        "{}\n{\"type\":7}\n{}",
    };
    struct df_envelope e;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (df_envelope_parse(df_str_c(broken[i]), arena, &e, NULL) != DF_ERR_INVALID)
            fail_msg("taken: %s", broken[i]);
}

static void bounds_the_number_of_items(void **state)
{
    (void)state;
    struct df_buf buf;
    struct df_envelope e;
    df_buf_init(&buf, arena, 1u << 20);
    df_buf_put_c(&buf, "{}\n");
    for (int i = 0; i < DF_ENVELOPE_ITEMS_MAX; i++)
        df_buf_put_c(&buf, "{\"type\":\"x\"}\n{}\n");
    assert_int_equal(df_envelope_parse(df_buf_str(&buf), arena, &e, NULL), DF_OK);
    df_buf_put_c(&buf, "{\"type\":\"x\"}\n{}\n");
    assert_int_equal(df_envelope_parse(df_buf_str(&buf), arena, &e, NULL), DF_ERR_INVALID);
}

static struct df_str deflated(struct df_str text, int window)
{
    z_stream z = {0};
    size_t room = text.n + 1024;
    unsigned char *p = df_arena_alloc(arena, room);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = p;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return df_str_n((const char *)p, z.total_out);
}

static void undoes_each_encoding(void **state)
{
    (void)state;
    struct df_str out;
    struct df_str text = DF_S("an envelope, more or less, less or more");
    assert_int_equal(df_envelope_decode(deflated(text, 15 + 16), DF_S("gzip"), 1000, arena, &out, NULL), DF_OK);
    assert_true(df_str_eq(out, text));
    assert_int_equal(df_envelope_decode(deflated(text, 15), DF_S("deflate"), 1000, arena, &out, NULL), DF_OK);
    assert_true(df_str_eq(out, text));
    assert_int_equal(df_envelope_decode(deflated(text, -15), DF_S("Deflate"), 1000, arena, &out, NULL), DF_OK);
    assert_true(df_str_eq(out, text));
    assert_int_equal(df_envelope_decode(text, DF_STR_NONE, 1000, arena, &out, NULL), DF_OK);
    assert_int_equal(df_envelope_decode(text, DF_S("br"), 1000, arena, &out, NULL), DF_ERR_MEDIA_TYPE);
}

static void bounds_what_it_inflates(void **state)
{
    (void)state;
    enum { BOMB_BYTES = 8 << 20 };
    char *zeros = calloc(1, BOMB_BYTES);
    struct df_str out, bomb = deflated(df_str_n(zeros, BOMB_BYTES), 15 + 16);
    free(zeros);
    assert_int_equal(df_envelope_decode(bomb, DF_S("gzip"), 1u << 20, arena, &out, NULL), DF_ERR_TOO_LARGE);
    assert_int_equal(df_envelope_decode(df_str_head(bomb, bomb.n / 2), DF_S("gzip"), 16u << 20, arena, &out, NULL),
                     DF_ERR_INVALID);
    assert_int_equal(df_envelope_decode(DF_S("nonsense"), DF_S("gzip"), 1024, arena, &out, NULL), DF_ERR_INVALID);
    assert_int_equal(df_envelope_decode(DF_STR_NONE, DF_S("gzip"), 1024, arena, &out, NULL), DF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_items_with_and_without_a_length),
        cmocka_unit_test(takes_a_header_alone_and_carriage_returns),
        cmocka_unit_test(refuses_what_is_broken),
        cmocka_unit_test(bounds_the_number_of_items),
        cmocka_unit_test(undoes_each_encoding),
        cmocka_unit_test(bounds_what_it_inflates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
