#include "unit.h"

#include "base/buf.h"
#include "domain/audit.h"

#include "unit_arena.h"

static struct df_error err;

static struct df_audit_entry entry_of(int64_t seq)
{
    return (struct df_audit_entry){.seq = seq,
                                   .at_ms = 1000 * seq,
                                   .actor = DF_S("key:0a1b2c3d4e5f"),
                                   .action = DF_S("app.register"),
                                   .project_id = DF_S("shop"),
                                   .target = DF_S("SENTRY"),
                                   .result = DF_S("ok"),
                                   .request_id = DF_S("r-1"),
                                   .count = 1};
}

enum { ROWS = 5 };

static struct df_audit_entry *chain(void)
{
    struct df_audit_entry *rows = DF_NEW_ARRAY(arena, struct df_audit_entry, ROWS);
    unsigned char *hash = df_arena_alloc(arena, DF_SHA256_BYTES);
    memset(hash, 0, DF_SHA256_BYTES);
    for (int i = 0; i < ROWS; i++) {
        rows[i] = entry_of(i + 1);
        df_audit_hash(hash, &rows[i], hash);
        rows[i].hash = df_arena_dup(arena, df_str_n((char *)hash, DF_SHA256_BYTES));
    }
    return rows;
}

static enum df_code check(struct df_audit_check *c, const struct df_audit_entry *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        DF_TRY(df_audit_check_row(c, &rows[i], &err));
    return df_audit_check_end(c, &err);
}

static void the_format_is_what_is_documented(void **state)
{
    (void)state;
    unsigned char got[DF_SHA256_BYTES], want[DF_SHA256_BYTES], zero[DF_SHA256_BYTES] = {0};
    struct df_audit_entry e = entry_of(1);
    struct df_buf text;
    df_buf_init(&text, arena, 1000);
    df_buf_put(&text, zero, sizeof zero);
    df_buf_put_c(&text, "1:1,4:1000,16:key:0a1b2c3d4e5f,12:app.register,4:shop,6:SENTRY,2:ok,3:r-1,1:1,");
    df_sha256(df_buf_str(&text), want);
    df_audit_hash(zero, &e, got);
    assert_memory_equal(got, want, sizeof got);
}

static void a_whole_chain_holds(void **state)
{
    (void)state;
    struct df_audit_check c = {.seq = 0};
    assert_int_equal(check(&c, chain(), ROWS), DF_OK);
    assert_int_equal(c.seq, ROWS);
    c = (struct df_audit_check){.seq = 0};
    assert_int_equal(check(&c, NULL, 0), DF_OK);
}

static void each_changed_field_shows(void **state)
{
    (void)state;
    for (int field = 0; field < 8; field++) {
        struct df_audit_entry *rows = chain();
        struct df_audit_check c = {.seq = 0};
        struct df_str *texts[] = {&rows[2].actor,  &rows[2].action, &rows[2].project_id,
                                  &rows[2].target, &rows[2].result, &rows[2].request_id};
        if (field < 6)
            *texts[field] = DF_S("other");
        else
            *(field == 6 ? &rows[2].at_ms : &rows[2].count) += 1;
        assert_int_equal(check(&c, rows, ROWS), DF_ERR_FAILED);
        assert_non_null(strstr(err.message, "row 3"));
    }
    /* What moves from one field to the next is a change too. */
    struct df_audit_entry *rows = chain();
    struct df_audit_check c = {.seq = 0};
    rows[2].project_id = DF_S("shopS");
    rows[2].target = DF_S("ENTRY");
    assert_int_equal(check(&c, rows, ROWS), DF_ERR_FAILED);
}

static void removed_and_moved_rows_show(void **state)
{
    (void)state;
    struct df_audit_entry *rows = chain();
    struct df_audit_check c = {.seq = 0};
    assert_int_equal(check(&c, rows + 1, ROWS - 1), DF_ERR_FAILED); /* the first */
    assert_non_null(strstr(err.message, "rows 1 to 1 were removed"));
    c = (struct df_audit_check){.seq = 0};
    rows[1] = rows[0];
    assert_int_equal(check(&c, rows, ROWS), DF_ERR_FAILED);
    rows = chain();
    c = (struct df_audit_check){.seq = 0};
    struct df_audit_entry third = rows[2];
    rows[2] = rows[3];
    rows[3] = third;
    rows[2].seq = 3; /* two that changed places, numbers put right */
    rows[3].seq = 4;
    assert_int_equal(check(&c, rows, ROWS), DF_ERR_FAILED);
}

static void a_known_head_shows_a_cut_and_a_log_written_anew(void **state)
{
    (void)state;
    struct df_audit_entry *rows = chain();
    struct df_str head = df_arena_printf(arena, "5:%s", df_hex(rows[4].hash.p, rows[4].hash.n, arena).p);
    struct df_audit_check c = {.seq = 0};
    assert_true(df_audit_anchor_parse(head, &c));
    assert_int_equal(check(&c, rows, ROWS), DF_OK);
    c.seq = 0;
    memset(c.hash, 0, sizeof c.hash);
    assert_int_equal(check(&c, rows, ROWS - 1), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "ends at row 4"));
    rows[4].count = 7;
    unsigned char hash[DF_SHA256_BYTES];
    df_audit_hash((const unsigned char *)rows[3].hash.p, &rows[4], hash);
    rows[4].hash = df_str_n((char *)hash, sizeof hash);
    c.seq = 0;
    memset(c.hash, 0, sizeof c.hash);
    assert_int_equal(check(&c, rows, ROWS), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "written anew"));
    const char *bad[] = {"", "5", "5:", "0:00", "5:zz", "x:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(df_audit_anchor_parse(df_str_c(bad[i]), &c));
}

static void a_pruned_chain_begins_where_a_row_says(void **state)
{
    (void)state;
    struct df_audit_entry *rows = chain(), prune = entry_of(ROWS + 1);
    struct df_audit_check c = {.seq = 0};
    prune.target = df_audit_anchor_text(2, (const unsigned char *)rows[1].hash.p, arena);
    assert_false(df_audit_pruned(&prune, 3, &c)); /* no such action */
    prune.action = DF_S(DF_AUDIT_PRUNE);
    assert_false(df_audit_pruned(&prune, 4, &c)); /* of other rows */
    assert_true(df_audit_pruned(&prune, 3, &c));
    assert_int_equal(check(&c, rows + 2, ROWS - 2), DF_OK);
    assert_true(c.seq == ROWS && c.first_seq == 2);
    c = (struct df_audit_check){.anchor_seq = 1};
    assert_true(df_audit_pruned(&prune, 3, &c));
    assert_int_equal(check(&c, rows + 2, ROWS - 2), DF_ERR_FAILED);
    assert_non_null(strstr(err.message, "row 1 is no longer in the audit log"));
    prune.target = df_audit_anchor_text(2, (const unsigned char *)rows[2].hash.p, arena);
    assert_true(df_audit_pruned(&prune, 3, &c));
    assert_int_equal(check(&c, rows + 2, ROWS - 2), DF_ERR_FAILED);
}

static void texts_are_printable_and_short(void **state)
{
    (void)state;
    struct df_audit_entry e = entry_of(1);
    e.actor = DF_S("a\n\xC3\xA4\x7F");
    e.target = df_arena_printf(arena, "%0200d", 7);
    e = df_audit_tidy(&e, arena);
    assert_true(df_str_is(e.actor, "a????") && e.target.n == DF_AUDIT_TARGET_ROOM - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_format_is_what_is_documented),
        cmocka_unit_test(a_whole_chain_holds),
        cmocka_unit_test(each_changed_field_shows),
        cmocka_unit_test(removed_and_moved_rows_show),
        cmocka_unit_test(a_known_head_shows_a_cut_and_a_log_written_anew),
        cmocka_unit_test(a_pruned_chain_begins_where_a_row_says),
        cmocka_unit_test(texts_are_printable_and_short),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
