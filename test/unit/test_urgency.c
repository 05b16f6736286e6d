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
    for (size_t i = 0; i < 38; i++)
        points[i] = (struct df_point){(int64_t)i, drawn(3) ? drawn(50) : drawn(5000)};
    issue.hours = (struct df_points){points, 24};
    issue.days = (struct df_points){points + 24, 14};
    return issue;
}

static const struct df_urgency_project project = {1000000, 50000, 1800000000000};

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

static void more_of_anything_never_lowers_the_score(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct df_point points[38];
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
        assert_true(score(&a) >= 0 && score(&a) <= 100);
    }
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
    assert_true(score(&many) > score(&one) + DF_URGENCY_HOLD);
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
        struct df_issue issue = random_issue(points), other = issue;
        enum df_urgency first = judged(&issue, DF_URGENCY_NONE).priority;
        other.count = wavered(issue.count);
        other.user_count = wavered(issue.user_count);
        for (size_t k = 0; k < 38; k++)
            noisy[k] = (struct df_point){points[k].time_s, wavered(points[k].count)};
        other.hours.items = noisy;
        other.days.items = noisy + 24;
        double apart = score(&issue) - score(&other);
        assert_true(apart < DF_URGENCY_HOLD && apart > -DF_URGENCY_HOLD);
        assert_int_equal(judged(&other, first).priority, first);
    }
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
