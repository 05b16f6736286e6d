#include "unit.h"

#include "domain/urgency.h"
#include "fixture.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

enum { PAIRS = 20000, DAY_MS = 86400 * 1000 };

static const char *const levels[] = {"sample", "debug", "info", "warning", "error", "fatal"};
static const char *const substatuses[] = {"", "new", "ongoing", "regressed", "escalating"};

static uint32_t drawn(uint32_t n)
{
    static uint32_t state = 12345;
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

/* Spread over the magnitudes. */
static int64_t magnitude(void)
{
    int64_t n = 1;
    for (uint32_t k = drawn(20); k > 0; k--)
        n = n * 2 + drawn(2);
    return n - 1;
}

static struct df_issue random_issue(struct df_point points[38])
{
    struct df_issue issue = {.id = DF_S("1"), .level = df_str_c(levels[drawn(6)]), .status = DF_S("unresolved")};
    issue.substatus = df_str_c(substatuses[drawn(5)]);
    issue.count = magnitude();
    issue.user_count = issue.count ? drawn((uint32_t)issue.count + 1) : 0;
    issue.last_seen_ms = (int64_t)1800000000000 - (int64_t)drawn(30) * DAY_MS;
    issue.is_unhandled = drawn(2);
    issue.first_release = drawn(2) ? DF_S("2.0") : DF_S("1.0");
    issue.last_release = drawn(2) ? DF_S("2.0") : DF_S("1.0");
    issue.environment = drawn(2) ? DF_S("production") : DF_S("dev");
    for (size_t i = 0; i < 38; i++)
        points[i] = (struct df_point){(int64_t)i, drawn(3) ? drawn(50) : drawn(5000)};
    issue.hours = (struct df_points){points, 24};
    issue.days = (struct df_points){points + 24, 14};
    return issue;
}

static struct df_urgency_project project = {
    .events = 1000000, .users = 50000, .usual = 100000, .now_ms = 1800000000000};

static struct df_prioritized judged(const struct df_issue *issue, enum df_urgency before)
{
    struct df_prioritized p;
    df_prioritize(issue, &project, before, &p);
    return p;
}

static double score(const struct df_issue *issue)
{
    return judged(issue, DF_URGENCY_NONE).score;
}

/* Any, one alone, what is usual; with and without what is known of releases. */
static void draw_project(void)
{
    project.newest = drawn(2) ? DF_S("2.0") : DF_STR_NONE;
    project.knows_environments = drawn(2);
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        project.weights.of[i] = drawn(3) ? drawn(101) : 0;
    if (drawn(4) == 0) {
        project.weights = (struct df_urgency_weights){{0}};
        project.weights.of[drawn(DF_URGENCY_PARTS)] = 1;
    }
    if (drawn(3) == 0)
        project.weights = df_urgency_usual;
}

static int64_t absurd(void)
{
    static const int64_t figures[] = {INT64_MIN, -1, 0, 1, INT64_C(1000000000000), INT64_MAX};
    return drawn(3) ? magnitude() : figures[drawn(6)];
}

/* Two issues that nothing else tells apart; b is at least a in each: events, also day by day and now, users, level, recency. */
static void one_that_is_more_in_all_is_never_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[38], more[38];
        draw_project();
        struct df_issue a = random_issue(points), b = a;
        int64_t counts[] = {absurd(), absurd()}, users[] = {absurd(), absurd()}, seen[] = {absurd(), absurd()};
        size_t level[] = {drawn(6), drawn(6)}, times = 1 + drawn(4), up = drawn(1000);
        for (size_t k = 0; k < 38; k++)
            more[k] = (struct df_point){points[k].time_s, points[k].count * (int64_t)times};
        for (size_t k = 0; k < 24; k++)
            more[k].count += (int64_t)up;
        more[37].count += (int64_t)up * 24;
        bool turn = counts[0] > counts[1];
        a.count = counts[turn], b.count = counts[!turn];
        turn = users[0] > users[1];
        a.user_count = users[turn], b.user_count = users[!turn];
        turn = seen[0] > seen[1];
        a.last_seen_ms = seen[turn], b.last_seen_ms = seen[!turn];
        turn = level[0] > level[1];
        a.level = df_str_c(levels[level[turn]]), b.level = df_str_c(levels[level[!turn]]);
        b.hours.items = more, b.days.items = more + 24;
        enum df_urgency before = (enum df_urgency)drawn(DF_URGENCY_NONE + 1);
        struct df_prioritized of_a = judged(&a, before), of_b = judged(&b, before);
        assert_true(of_b.score >= of_a.score - 1e-9);
        assert_true(of_b.priority >= of_a.priority || of_b.score - of_a.score < 1e-9);
        assert_true(of_a.score >= 0 && of_b.score <= 100 + 1e-9);
    }
    project.weights = df_urgency_usual;
}

static void more_of_anything_never_lowers_the_score(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[38];
        draw_project();
        struct df_issue a = random_issue(points), b = a;
        b.count += magnitude();
        assert_true(score(&b) >= score(&a));
        b = a;
        b.user_count += magnitude();
        assert_true(score(&b) >= score(&a));
        b = a;
        b.last_seen_ms += (int64_t)drawn(1000) * 3600000; /* also into the future */
        assert_true(score(&b) >= score(&a));
        size_t level = drawn(5);
        a.level = df_str_c(levels[level]);
        b = a;
        b.level = df_str_c(levels[level + 1]);
        assert_true(score(&b) >= score(&a));
        assert_true(score(&a) >= 0 && score(&a) <= 100 + 1e-9);
    }
    project.weights = df_urgency_usual;
}

static void a_growing_project_does_not_lower_what_makes_it_grow(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[2][38];
        struct df_issue issues[2] = {random_issue(points[0]), random_issue(points[1])};
        struct df_urgency_project before = df_urgency_project_of(issues, 2);
        struct df_prioritized was, is;
        df_prioritize(&issues[0], &before, DF_URGENCY_NONE, &was);
        issues[0].count += magnitude();
        issues[0].user_count += drawn(100);
        struct df_urgency_project after = df_urgency_project_of(issues, 2);
        df_prioritize(&issues[0], &after, DF_URGENCY_NONE, &is);
        assert_true(is.score >= was.score - 1e-9);
    }
}

static void a_thousand_events_of_many_are_above_a_thousand_of_one(void **state)
{
    (void)state;
    struct df_point points[38];
    struct df_issue many = random_issue(points);
    many.count = 1000;
    many.user_count = 500;
    struct df_issue one = many;
    one.user_count = 1;
    assert_true(score(&many) > score(&one) + df_urgency_hold(&project));
}

static int64_t wavered(int64_t n)
{
    int64_t by = n / 20;
    return by ? n - by + drawn((uint32_t)(2 * by + 1)) : n;
}

/* Whatever priority was given first, counts that waver by 5 % never change it. */
static void five_per_cent_of_noise_changes_no_priority(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[38], noisy[38];
        draw_project();
        struct df_issue issue = random_issue(points), other = issue;
        enum df_urgency first = judged(&issue, DF_URGENCY_NONE).priority;
        other.count = wavered(issue.count);
        other.user_count = wavered(issue.user_count);
        for (size_t k = 0; k < 38; k++)
            noisy[k] = (struct df_point){points[k].time_s, wavered(points[k].count)};
        other.hours.items = noisy;
        other.days.items = noisy + 24;
        double apart = score(&issue) - score(&other);
        assert_true(apart < df_urgency_hold(&project) && apart > -df_urgency_hold(&project));
        assert_int_equal(judged(&other, first).priority, first);
    }
    project.weights = df_urgency_usual;
}

static struct df_points points_of_hours(size_t n, int64_t each, int64_t last)
{
    struct df_point *items = DF_NEW_ARRAY(arena, struct df_point, n);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct df_point){(int64_t)i * 3600, i + 1 < n ? each : last};
    return (struct df_points){items, n};
}

/* Figures by hand, from the published formula. */
static void sentrys_forecast_is_computed_as_sentry_does(void **state)
{
    (void)state;
    struct df_points none = {0}, young = points_of_hours(25, 3, 31), steady = points_of_hours(169, 10, 61),
                     silent = points_of_hours(200, 0, 1);
    assert_false(df_urgency_forecast(&none).known);
    struct df_forecast f = df_urgency_forecast(&young);
    assert_int_equal(f.limit, 30);
    assert_true(f.escalating);
    f = df_urgency_forecast(&steady); /* no deviation: 10 + 5 * 10, above 5 * 10 */
    assert_int_equal(f.limit, 60);
    assert_true(f.escalating);
    f = df_urgency_forecast(&silent);
    assert_int_equal(f.limit, 0);
    assert_true(f.escalating);
    struct df_point *items = DF_NEW_ARRAY(arena, struct df_point, 169);
    for (size_t i = 0; i < 169; i++)
        items[i] = (struct df_point){(int64_t)i * 3600, i == 80 ? 1680 : 0};
    f = df_urgency_forecast(&(struct df_points){items, 169}); /* cv = sqrt(168): twice the most */
    assert_int_equal(f.limit, 3360);
    assert_false(f.escalating);
}

static void weights_are_held_to_what_they_may_be(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"users\":101}",   "{\"users\":-1}",   "{\"users\":1.5}",  "{\"user\":1}", "[1]",
        "{\"users\":\"1\"}", "{\"users\":null}", "{\"users\":1e300}"};
    struct df_urgency_weights weights = df_urgency_usual;
    struct df_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(df_urgency_weights_change(fixture_parse(df_str_c(bad[i]), arena), &weights, &err),
                         DF_ERR_INVALID);
    assert_memory_equal(&weights, &df_urgency_usual, sizeof weights);
    assert_int_equal(
        df_urgency_weights_change(fixture_parse(DF_S("{\"users\":100,\"trend\":0}"), arena), &weights, &err), DF_OK);
    assert_int_equal(weights.of[DF_URGENCY_USERS], 100);
    assert_int_equal(weights.of[DF_URGENCY_TREND], 0);
    for (int i = 0; i < DF_URGENCY_PARTS; i++)
        weights.of[i] = 0;
    weights.of[0] = 1;
    assert_int_equal(df_urgency_weights_change(fixture_parse(DF_S("{\"users\":0}"), arena), &weights, &err),
                     DF_ERR_INVALID);
}

static void closed_ones_are_never_urgent_and_what_a_person_set_stays(void **state)
{
    (void)state;
    static const char *const closed[] = {"resolved", "ignored", "archived"};
    static const char *const set[] = {"low", "medium", "high"};
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[38];
        struct df_issue issue = random_issue(points);
        issue.priority = df_str_c(set[i % 3]);
        issue.priority_locked = true;
        assert_int_equal(judged(&issue, DF_URGENCY_URGENT).priority, i % 3);
        issue.priority_locked = false;
        issue.status = df_str_c(closed[i % 3]);
        assert_true(judged(&issue, DF_URGENCY_URGENT).priority < DF_URGENCY_HIGH && score(&issue) < 30);
    }
}

static void absurd_figures_are_taken_for_sensible_ones(void **state)
{
    (void)state;
    struct df_issue issue = {.id = DF_S("1"), .count = INT64_MIN, .user_count = INT64_MIN, .last_seen_ms = INT64_MAX};
    assert_true(score(&issue) >= 0 && score(&issue) <= 100);
    issue.count = issue.user_count = INT64_MAX;
    assert_true(score(&issue) >= 0 && score(&issue) <= 100);
    struct df_urgency_project none = df_urgency_project_of(&issue, 0);
    struct df_prioritized p;
    df_prioritize(&(struct df_issue){.id = DF_S("2")}, &none, DF_URGENCY_NONE, &p);
    assert_true(p.score >= 0 && p.priority == DF_URGENCY_LOW);
    assert_true(df_urgency_recommended(&issue, 0) >= 0);
}

static void gives_its_reasons_what_weighs_most_first(void **state)
{
    (void)state;
    struct df_issue issue;
    struct df_str reasons[DF_URGENCY_REASONS];
    const struct df_json *v = fixture_parse(
        DF_S("{\"id\":\"7\",\"count\":\"12000\",\"userCount\":500,\"level\":\"fatal\",\"status\":\"unresolved\","
             "\"substatus\":\"regressed\",\"isUnhandled\":true,\"lastSeen\":\"2026-11-28T10:00:00Z\","
             "\"stats\":{\"14d\":[[1,10],[2,10],[3,10],[4,900]]}}"),
        arena);
    assert_true(df_issue_parse(v, arena, &issue));
    struct df_urgency_project of = df_urgency_project_of(&issue, 1);
    struct df_prioritized p;
    df_prioritize(&issue, &of, DF_URGENCY_NONE, &p);
    assert_int_equal(p.priority, DF_URGENCY_URGENT);
    size_t n = df_urgency_reasons(&issue, &of, &p, arena, reasons);
    assert_int_equal(n, 7);
    assert_str(reasons[0], "500 users affected");
    assert_str(reasons[1], "12000 events");
    assert_true(df_urgency_recommended(&issue, of.now_ms) > 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_is_more_in_all_is_never_below),
        cmocka_unit_test(sentrys_forecast_is_computed_as_sentry_does),
        cmocka_unit_test(weights_are_held_to_what_they_may_be),
        cmocka_unit_test(more_of_anything_never_lowers_the_score),
        cmocka_unit_test(a_growing_project_does_not_lower_what_makes_it_grow),
        cmocka_unit_test(a_thousand_events_of_many_are_above_a_thousand_of_one),
        cmocka_unit_test(five_per_cent_of_noise_changes_no_priority),
        cmocka_unit_test(closed_ones_are_never_urgent_and_what_a_person_set_stays),
        cmocka_unit_test(absurd_figures_are_taken_for_sensible_ones),
        cmocka_unit_test(gives_its_reasons_what_weighs_most_first),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
