/* Notes on specifications: of any number of callers all get one id. Included by store_contract.c, after store_fixture.h. */

static struct df_spec_note a_spec_note(const char *page, const char *id)
{
    return (struct df_spec_note){
        .project_id = DF_S("shop"), .page_id = df_str_c(page), .document = true, .id = df_str_c(id), .updated_ms = 7};
}

static void spec_notes_have_one_id(void **state)
{
    struct df_spec_note first = a_spec_note("p", "id-1"), second = a_spec_note("p", "id-2"),
                        found = a_spec_note("p", "");
    bool there = true;
    (void)state;
    OK(spec_note_find, &found, arena, &there);
    assert_false(there);
    OK(spec_note_claim, &first, arena);
    OK(spec_note_claim, &second, arena);
    assert_str(first.id, "id-1");
    assert_str(second.id, "id-1");
    second.sent = DF_S("s");
    second.kept = DF_S("k");
    OK(spec_note_set, &second, DF_S("another"));
    OK(spec_note_find, &found, arena, &there);
    assert_true(there);
    assert_str(found.kept, "");
    second.id = DF_S("id-3");
    OK(spec_note_set, &second, DF_S("id-1"));
    OK(spec_note_find, &found, arena, &there);
    assert_str(found.id, "id-3");
    assert_str(found.sent, "s");
    assert_str(found.kept, "k");
    struct df_spec_note *notes;
    size_t n;
    second.issues = DF_S(",4711,12,");
    OK(spec_note_set, &second, DF_S("id-3"));
    for (int i = 0; i < 3; i++) {
        const char *const numbers[] = {"4711", "12", "471"};
        OK(spec_note_list, DF_S("shop"), df_str_c(numbers[i]), 5, arena, &notes, &n);
        assert_int_equal(n, i < 2);
    }
    OK(spec_note_list, DF_S("other"), DF_S("12"), 5, arena, &notes, &n);
    assert_int_equal(n, 0);
    found.document = false;
    OK(spec_note_find, &found, arena, &there);
    assert_false(there);
    first.project_id = DF_S("none");
    REFUSED(DF_ERR_PROJECT, spec_note_claim, &first, arena);
}

static void a_test_that_fails_as_the_event_did_stays(void **state)
{
    struct df_stored_test test = {.project_id = DF_S("shop"),
                                  .sentry_id = DF_S("4711"),
                                  .language = DF_S("python"),
                                  .file = DF_S("test_a.py"),
                                  .reason = DF_S("why not"),
                                  .made_ms = 5},
                          found;
    bool there = true;
    (void)state;
    OK(test_find, DF_S("shop"), DF_S("4711"), arena, &found, &there);
    assert_false(there);
    OK(test_put, &test);
    OK(test_find, DF_S("shop"), DF_S("4711"), arena, &found, &there);
    assert_true(there && !found.reproduced);
    assert_str(found.reason, "why not");
    test.reproduced = true;
    test.reason = DF_STR_NONE;
    test.text = DF_S("a = 1\n");
    OK(test_put, &test);
    test.reproduced = false;
    test.text = DF_STR_NONE;
    OK(test_put, &test);
    OK(test_find, DF_S("shop"), DF_S("4711"), arena, &found, &there);
    assert_true(found.reproduced);
    assert_str(found.text, "a = 1\n");
    assert_str(found.file, "test_a.py");
    test.project_id = DF_S("none");
    OK(test_put, &test);
    OK(test_find, DF_S("none"), DF_S("4711"), arena, &found, &there);
    assert_false(there);
}
