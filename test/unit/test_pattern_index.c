#include "unit.h"

#include "domain/pattern_group.h"

#include "unit_arena.h" /* last: its `arena` would shadow parameters in the headers */

/* "type: words | inner:12 outer" with an optional line behind a colon. */
static struct df_pattern_trace trace(const char *id, const char *text)
{
    struct df_pattern_trace t = {.id = df_str_c(id)};
    struct df_str rest = df_str_c(text), part, head, word;
    df_str_split(&rest, '|', &head);
    df_str_split(&head, ':', &t.type);
    while (df_str_split(&head, ' ', &word))
        if (word.n)
            t.words[t.n_words++] = word;
    while (df_str_split(&rest, ' ', &part)) {
        struct df_pattern_frame frame = {.place = DF_S("shop.cart"), .in_app = true};
        unsigned long long line = 0;
        if (!df_str_split(&part, ':', &frame.function) || !frame.function.n)
            continue;
        df_str_to_u64(part, &line);
        frame.line = (int64_t)line;
        t.frames[t.n_frames++] = frame;
    }
    return t;
}

static struct df_pattern_index *index_of(const char *const *texts, size_t n)
{
    struct df_pattern_index *index = df_pattern_index_new(7, NULL);
    for (size_t i = 0; i < n; i++) {
        struct df_pattern_trace t = trace(df_arena_printf(arena, "e%zu", i).p, texts[i]);
        assert_int_equal(df_pattern_index_add(index, &t), i);
    }
    return index;
}

#define INDEX_OF(texts) index_of(texts, sizeof(texts) / sizeof *(texts))

static double score(struct df_pattern_index *index, uint32_t a, uint32_t b)
{
    return df_pattern_index_score(index, df_pattern_index_shape_of(index, a), df_pattern_index_shape_of(index, b));
}

static void scores_what_is_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "E: no price|a:1 b:2 c:3 d:4",  /* 0 */
        "E: no price|a:1 b:2 c:3 d:4",  /* 1: the same */
        "E: no price|a:1 b:2 c:3 e:4",  /* 2: another way in */
        "E: no price|a:6 b:7 c:8 d:9",  /* 3: the next release */
        "F: no price|a:1 b:2 c:3 d:4",  /* 4: another type */
        "E: bad stock|a:1 b:2 c:3 d:4", /* 5: another message */
        "E: no price|x:1 b:2 c:3 d:4",  /* 6: another top */
        "G: other thing|p q r s",       /* 7 */
        "H:|",                          /* 8: no stack, no message */
        "H: word|",                     /* 9 */
    };
    struct df_pattern_index *index = INDEX_OF(texts);
    assert_int_equal(df_pattern_index_events(index), 10);
    assert_int_equal(df_pattern_index_shapes(index), 9);
    assert_true(score(index, 0, 1) == 1);
    for (uint32_t i = 2; i < 7; i++) {
        assert_true(score(index, 0, i) < 1 && score(index, 0, i) > score(index, 0, 7));
        assert_true(score(index, 0, i) > 0.5);
    }
    assert_true(score(index, 0, 2) > score(index, 0, 6)); /* the top counts more than the way in */
    for (uint32_t i = 0; i < 10; i++)
        for (uint32_t j = 0; j < 10; j++) {
            double s = score(index, i, j), back = score(index, j, i);
            assert_true(s >= 0 && s <= 1 && s - back < 1e-6 && back - s < 1e-6);
        }
    df_pattern_index_free(index);
}

static void counts_the_rare_more_than_the_common(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "E:|rare common", "E:|rare other", "E:|common third", "A:|common f1",
        "B:|common f2",   "C:|common f3",  "D:|common f4",
    };
    struct df_pattern_index *index = INDEX_OF(texts);
    double by_rare = score(index, 0, 1);
    struct df_pattern_hit hits[3];
    assert_int_equal(df_pattern_index_similar(index, 0, hits, 3), 3);
    assert_int_equal(hits[0].number, 1);
    assert_true((double)hits[0].score - by_rare < 1e-6 && hits[1].score < hits[0].score);
    df_pattern_index_free(index);
}

static void lists_events_best_first_and_not_itself(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "E: no price|a b c", "E: no price|a b c", "F: x|a b d", "E: no price|a b c", "Z: nothing|y",
    };
    struct df_pattern_index *index = INDEX_OF(texts);
    struct df_pattern_hit hits[8];
    size_t n = df_pattern_index_similar(index, 1, hits, 8);
    assert_int_equal(n, 4);
    assert_int_equal(hits[0].number, 0);
    assert_int_equal(hits[1].number, 3);
    assert_int_equal(hits[2].number, 2);
    assert_true(hits[0].score == 1 && hits[2].score < 1);
    assert_int_equal(df_pattern_index_similar(index, 1, hits, 1), 1);
    assert_int_equal(hits[3].number, 4); /* only the module in common */
    assert_true((double)hits[3].score < 0.3);
    df_pattern_index_free(index);
}

static void groups_what_has_one_cause(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "E: no price|a:1 b:2 c:3 d:4", "E: no price|a:6 b:7 c:8 d:9", "G: other thing|p q r s",
        "E: no price|a:1 b:2 c:3 e:5", "G: other thing|p q r s",      "K: alone|z",
    };
    struct df_pattern_index *index = INDEX_OF(texts);
    const struct df_pattern_group *groups;
    size_t n;
    assert_true(df_pattern_groups(index, DF_PATTERN_THRESHOLD, NULL, NULL, arena, &groups, &n));
    assert_int_equal(n, 3);
    assert_int_equal(groups[0].n_events, 3);
    assert_int_equal(groups[0].n_shapes, 3);
    assert_true(groups[0].alike >= DF_PATTERN_THRESHOLD && groups[0].alike < 1);
    assert_int_equal(groups[1].n_events, 2);
    assert_true(groups[1].alike == 1);
    assert_int_equal(groups[2].n_events, 1);
    struct df_str reason = df_pattern_reason(index, &groups[0], arena);
    assert_true(df_str_find(reason, DF_S("3 different stacks")) == 0);
    assert_true(df_str_find(reason, DF_S("3 frames (shop.cart.a, shop.cart.b, shop.cart.c)")) > 0);
    assert_true(df_str_find(reason, DF_S("exception type E")) > 0);
    assert_str(df_pattern_reason(index, &groups[1], arena),
               "the same stack of 4 frames from shop.cart.p, exception type G");
    assert_str(df_pattern_reason(index, &groups[2], arena), "nothing else is like it");
    df_pattern_index_free(index);
}

static bool stop_at_once(void *arg, uint32_t done, uint32_t total)
{
    (void)arg;
    return done > total;
}

static void stops_when_asked(void **state)
{
    (void)state;
    static const char *const texts[] = {"E: x|a", "E: y|b"};
    struct df_pattern_index *index = INDEX_OF(texts);
    const struct df_pattern_group *groups = NULL;
    size_t n = 0;
    assert_false(df_pattern_groups(index, 0.5, stop_at_once, NULL, arena, &groups, &n));
    assert_null(groups);
    df_pattern_index_free(index);
}

/* An index of an application of few functions: every list of the index is longer than a question may read. */
static void stays_bounded_where_everything_is_common(void **state)
{
    (void)state;
    enum { EVENTS = 20000, FUNCTIONS = 40 };
    struct df_pattern_index *index = df_pattern_index_new(3, NULL);
    uint32_t r = 1;
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct df_pattern_trace t = {.type = DF_S("E")};
        for (size_t k = 0; k < 12; k++) {
            r = r * 1664525 + 1013904223;
            t.frames[t.n_frames++] = (struct df_pattern_frame){
                .place = DF_S("m"), .function = df_arena_printf(arena, "f%c", (int)('A' + (r >> 16) % FUNCTIONS))};
        }
        df_pattern_index_add(index, &t);
    }
    struct df_pattern_hit hits[10];
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(df_pattern_index_similar(index, i * 397, hits, 10), 10);
        for (size_t k = 1; k < 10; k++)
            assert_true(hits[k].score <= hits[k - 1].score && hits[k].number != i * 397);
    }
    assert_true(df_pattern_index_bytes(index) / EVENTS < 2560);
    df_pattern_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_what_is_alike),
        cmocka_unit_test(counts_the_rare_more_than_the_common),
        cmocka_unit_test(lists_events_best_first_and_not_itself),
        cmocka_unit_test(groups_what_has_one_cause),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(stays_bounded_where_everything_is_common),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
