/* The part of the store's contract that tickets and priorities need; a piece of store_contract.c, whose names it uses. */
#ifndef DF_TEST_STORE_TICKETS_H
#define DF_TEST_STORE_TICKETS_H

static struct df_ticket ticket_of(const char *sentry, const char *owner, int64_t now_ms)
{
    return (struct df_ticket){.tracker = DF_S("linear"),
                              .target = DF_S("https://api.linear.app#acme"),
                              .sentry = df_str_c(sentry),
                              .project_id = SHOP,
                              .sentry_id = DF_S("7"),
                              .short_id = DF_S("SHOP-7"),
                              .title = DF_S("KeyError"),
                              .id = df_random_uuid(arena),
                              .automatic = true,
                              .lease_owner = df_str_c(owner),
                              .lease_until_ms = now_ms + 20000,
                              .created_ms = now_ms};
}

static bool claims(const struct df_ticket *wish, int64_t now_ms, struct df_ticket *ret)
{
    bool claimed;
    OK(ticket_claim, wish, 10, now_ms, arena, ret, &claimed);
    return claimed;
}

static void a_ticket_s_row_is_one_and_its_lease_one_holders(void **state)
{
    (void)state;
    struct df_ticket first = ticket_of("https://s.example/7/", "a", 1000),
                     second = ticket_of("https://s.example/7/", "b", 2000), row;
    bool stored;
    assert_true(claims(&first, 1000, &row));
    assert_true(df_str_eq(row.id, first.id));
    assert_int_equal(row.state, DF_TICKET_INTENDED);
    assert_false(claims(&second, 20999, &row)); /* the first one's id, and its lease */
    assert_true(df_str_eq(row.id, first.id));
    assert_true(df_str_eq(row.lease_owner, DF_S("a")));
    row.state = DF_TICKET_LINKED;
    row.ref = DF_S("ref");
    row.key = DF_S("ENG-1");
    row.url = DF_S("https://linear.app/acme/issue/ENG-1");
    row.substatus = DF_S("escalating"), row.status = DF_S("resolved");
    row.events = 3, row.users = 2, row.comments = 1, row.noted_ms = 5, row.updated_ms = 7;
    OK(ticket_set, &row, DF_S("b"), &stored);
    assert_false(stored);
    OK(ticket_set, &row, DF_S("a"), &stored);
    assert_true(stored);
    struct df_ticket found = {.id = DF_STR_NONE};
    bool known;
    OK(ticket_find, &second, arena, &found, &known);
    assert_true(known && df_str_eq(found.id, first.id) && df_str_eq(found.key, DF_S("ENG-1")));
    const struct df_ticket others[] = {ticket_of("https://s.example/8/", "a", 1000),
                                       {.tracker = DF_S("github"), .target = first.target, .sentry = first.sentry},
                                       {.tracker = first.tracker, .target = DF_S("x"), .sentry = first.sentry}};
    for (size_t i = 0; i < 3; i++) {
        OK(ticket_find, &others[i], arena, &found, &known);
        assert_true(!known && df_str_eq(found.id, first.id));
    }
    second.lease_until_ms = 50000;
    assert_true(claims(&second, 21000, &row)); /* the lease is over */
    assert_true(df_str_eq(row.lease_owner, DF_S("b")));
    assert_true(df_str_eq(row.key, DF_S("ENG-1")) && df_str_eq(row.status, DF_S("resolved")));
    assert_int_equal(row.state, DF_TICKET_LINKED);
    assert_int_equal(row.events + row.users * 10 + row.comments * 100 + row.noted_ms * 1000, 5123);
    OK(ticket_set, &row, DF_S("a"), &stored); /* who lost it writes no more */
    assert_false(stored);
}

static void automatic_tickets_of_a_day_are_counted(void **state)
{
    (void)state;
    enum { DAY_MS = 24 * 3600 * 1000 };
    struct df_ticket row, by_hand = ticket_of("https://s.example/9/", "a", 3000);
    bool claimed;
    for (int i = 0; i < 2; i++) {
        struct df_ticket one = ticket_of(i ? "https://s.example/2/" : "https://s.example/1/", "a", 1000);
        OK(ticket_claim, &one, 2, 1000, arena, &row, &claimed);
        assert_true(claimed);
    }
    struct df_ticket third = ticket_of("https://s.example/3/", "a", 2000),
                     again = ticket_of("https://s.example/1/", "b", 90000);
    assert_int_equal(store->ops->ticket_claim(store, &third, 2, 2000, arena, &row, &claimed, &err), DF_ERR_TOO_MANY);
    OK(ticket_claim, &again, 2, 90000, arena, &row, &claimed); /* it is there: nothing is added */
    assert_true(claimed);
    by_hand.automatic = false;
    OK(ticket_claim, &by_hand, 2, 3000, arena, &row, &claimed);
    assert_true(claimed);
    third.created_ms = 1000 + DAY_MS;
    OK(ticket_claim, &third, 2, 1000 + DAY_MS, arena, &row, &claimed);
    assert_true(claimed);
    struct df_ticket *list;
    size_t n;
    OK(ticket_list, SHOP, 10, arena, &list, &n);
    assert_int_equal(n, 4);
    OK(ticket_list, SHOP, 2, arena, &list, &n);
    assert_int_equal(n, 2);
}

static void what_a_project_wants_of_tickets_is_kept(void **state)
{
    (void)state;
    struct df_ticket_settings s = df_ticket_settings_default(SHOP), got;
    assert_int_equal(store->ops->ticket_settings_get(store, DF_S("ghost"), arena, &got, &err), DF_ERR_PROJECT);
    s.project_id = DF_S("ghost");
    assert_int_equal(store->ops->ticket_settings_put(store, &s, &err), DF_ERR_PROJECT);
    s.project_id = SHOP;
    OK(ticket_settings_get, SHOP, arena, &got);
    assert_int_equal(got.threshold, DF_PRIORITY_HIGH);
    s.place = DF_S("ENG"), s.labels = DF_S("a,b"), s.threshold = DF_PRIORITY_URGENT, s.daily_cap = 3,
    s.automatic = true, s.on_resolved = DF_S("Done");
    OK(ticket_settings_put, &s);
    OK(ticket_settings_put, &s);
    OK(ticket_settings_get, SHOP, arena, &got);
    assert_true(df_str_eq(got.place, DF_S("ENG")));
    assert_int_equal(got.threshold, DF_PRIORITY_URGENT);
    assert_true(got.automatic && !got.note && got.daily_cap == 3 && df_str_eq(got.on_resolved, DF_S("Done")));
}

static void priorities_are_marked_and_weighed_by_project(void **state)
{
    (void)state;
    struct df_priority_mark marks[] = {{DF_S("7"), DF_URGENCY_HIGH, 1000}, {DF_S("8"), DF_URGENCY_LOW, 1000}}, *got;
    struct df_urgency_weights weights;
    size_t n;
    assert_int_equal(store->ops->priority_weights_get(store, DF_S("ghost"), arena, &weights, &err), DF_ERR_PROJECT);
    assert_int_equal(store->ops->priority_weights_put(store, DF_S("ghost"), &df_urgency_usual, 1, &err),
                     DF_ERR_PROJECT);
    OK(priority_marks_put, DF_S("ghost"), marks, 2, 0); /* of no project: nothing */
    OK(priority_marks, SHOP, arena, &got, &n);
    assert_int_equal(n, 0);
    OK(priority_marks_put, SHOP, marks, 2, 0);
    marks[0].priority = DF_URGENCY_URGENT, marks[0].judged_ms = 2000;
    marks[1].priority = DF_URGENCY_MEDIUM, marks[1].judged_ms = 500; /* an earlier look came late */
    OK(priority_marks_put, SHOP, marks, 2, 0);
    OK(priority_marks, SHOP, arena, &got, &n);
    assert_int_equal(n, 2);
    assert_true(df_str_eq(got[0].sentry_id, DF_S("7")));
    assert_int_equal(got[0].priority, DF_URGENCY_URGENT);
    assert_int_equal(got[1].priority, DF_URGENCY_LOW);
    OK(priority_marks_put, SHOP, marks, 0, 2000);
    OK(priority_marks, SHOP, arena, &got, &n);
    assert_int_equal(n, 1);
    weights = df_urgency_usual;
    weights.of[DF_URGENCY_USERS] = 77;
    OK(priority_weights_put, SHOP, &weights, 1);
    OK(priority_weights_put, SHOP, &weights, 2);
    weights = df_urgency_usual;
    OK(priority_weights_get, SHOP, arena, &weights);
    assert_int_equal(weights.of[DF_URGENCY_USERS], 77);
}

#endif
