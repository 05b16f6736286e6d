#include "unit.h"

#include "http/raw_head.h"

#include <stdio.h>

#define BYTES(literal) literal, sizeof(literal) - 1
#define START "GET / HTTP/1.1\r\nHost: a\r\n"

static const struct row {
    const char *bytes;
    size_t n;
    const char *fault; /* a part of it; NULL: none */
    unsigned state;
} rows[] = {
    {BYTES(START "\r\n"), NULL, DF_RAW_BEFORE},
    {BYTES("\r\n\r\n" START "\r\n\r\n" START "\r\n"), NULL, DF_RAW_BEFORE},
    {BYTES(START "Content-Length:0\r\n\r\n" START "\r\n"), NULL, DF_RAW_BEFORE},
    {BYTES(START "cONTENT-lENGTH: \t5\r\n\r\n\0\r\n \n" START "\r\n"), NULL, DF_RAW_BEFORE},
    {BYTES(START "Content-Length: 5\r\n\r\n1234"), NULL, DF_RAW_BODY},
    {BYTES(START "Transfer-Encoding: Chunked\r\n\r\n\0 : \n"), NULL, DF_RAW_BLIND},
    {BYTES(START "Empty:\r\n"), NULL, DF_RAW_FIELDS},
    {BYTES(START "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), "more than one Content-Length", DF_RAW_BLIND},
    {BYTES(START "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), "both", DF_RAW_BLIND},
    {BYTES(START "Transfer-Encoding: gzip\r\n\r\n"), "chunked", DF_RAW_BLIND},
    {BYTES(START "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), "chunked", DF_RAW_BLIND},
    {BYTES(START "Content-Length: -1\r\n"), NULL, DF_RAW_SPOILED},
    {BYTES(START "Content-Length: 5 \r\n"), NULL, DF_RAW_SPOILED},
    {BYTES(START "Content-Length:\r\n"), NULL, DF_RAW_SPOILED},
    {BYTES(START ": x\r\n\r\n"), "no name", DF_RAW_BLIND},
    {BYTES(START "a b: x\r\n\r\n"), "what no name may", DF_RAW_BLIND},
    {BYTES(START "a: x\r\n b\r\n\r\n"), "folded", DF_RAW_BLIND},
    {BYTES(START "a: x\r\n\t\r\n\r\n"), "folded", DF_RAW_BLIND},
    {BYTES(START "a\r\n\r\n"), "no colon", DF_RAW_BLIND},
    {BYTES(START "a: \0\r\n\r\n"), "NUL", DF_RAW_BLIND},
    {BYTES(START "a: x\0\n\r\n"), "NUL", DF_RAW_BLIND},
    {BYTES(START "\0\n"), "NUL", DF_RAW_FIELDS},
    {BYTES(START "a: x\ry\r\n\r\n"), "CR that ends no line", DF_RAW_BLIND},
    {BYTES(START "a: x\r\r\n\r\n"), "CR that ends no line", DF_RAW_BLIND},
    {BYTES(START "\r\r\n"), "CR that ends no line", DF_RAW_FIELDS},
    {BYTES("GET / HTTP/1.1\nHost: a\r\n\r\n"), "without CR", DF_RAW_BLIND},
    {BYTES(START "\n"), "without CR", DF_RAW_BLIND},
};

static void feed(struct df_raw_head *raw, struct df_str bytes, size_t step)
{
    char piece[512];
    for (size_t at = 0; at < bytes.n; at += step) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        memcpy(piece, bytes.p + at, n);
        df_raw_head_feed(raw, piece, n);
    }
}

/* However the bytes come in pieces. */
static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step <= rows[i].n; step++) {
            struct df_raw_head raw = {0};
            feed(&raw, df_str_n(rows[i].bytes, rows[i].n), step);
            if ((unsigned)raw.state != rows[i].state || (raw.fault != NULL) != (rows[i].fault != NULL) ||
                (raw.fault && !strstr(raw.fault, rows[i].fault)))
                fail_msg("row %zu in pieces of %zu: state %d, fault %s", i, step, raw.state, raw.fault);
        }
}

static void test_long_lines(void **state)
{
    (void)state;
    struct df_raw_head raw = {0};
    char line[4096];
    int n = snprintf(line, sizeof line, START "%0500d: %0500d\r\nContent-Length: %0200d\r\n", 1, 2, 3);
    df_raw_head_feed(&raw, line, (size_t)n);
    assert_null(raw.fault);
    assert_int_equal(raw.state, DF_RAW_SPOILED); /* longer than any length is */
    char rest[] = "a: b\r\n\r\n";
    df_raw_head_feed(&raw, rest, strlen(rest));
    assert_string_equal(rest, "xxxxx\nx\n");
}

static void test_tokens(void **state)
{
    (void)state;
    assert_true(df_is_token(DF_S("X-A_1!#$%&'*+.^`|~")));
    assert_false(df_is_token(DF_S("")));
    assert_false(df_is_token(DF_S("a\0")));
    assert_false(df_is_token(DF_S("a b")));
    assert_false(df_is_token(DF_S("\xc3\xa9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
