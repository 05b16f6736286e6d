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
    found.document = false;
    OK(spec_note_find, &found, arena, &there);
    assert_false(there);
    first.project_id = DF_S("none");
    REFUSED(DF_ERR_PROJECT, spec_note_claim, &first, arena);
}
