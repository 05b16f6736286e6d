/* Any bytes as lines of events: each is read, added to an index beside a fixed neighbour, compared and grouped. Scores stay
 * within 0 and 1 and are the same both ways, no event is its own neighbour, every event is in one group, a reason is given. */
#include "domain/pattern_group.h"
#include "fuzz.h"

static const char neighbour[] =
    "{\"id\":\"n\",\"type\":\"ValueError\",\"value\":\"no price\",\"frames\":[{\"module\":\"m\","
    "\"function\":\"f\",\"lineno\":1},{\"filename\":\"a.js\",\"function\":\"gg\"}]}";

static void add_line(struct df_pattern_index *index, struct df_str line)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_pattern_trace trace;
    struct df_error err;
    const struct df_json *v;
    if (df_json_parse(arena, line, 512, &v, &err) != DF_OK || !df_pattern_trace_read(v, arena, &trace))
        return;
    fuzz_check(trace.n_frames <= DF_PATTERN_FRAMES && trace.n_words <= DF_PATTERN_WORDS);
    df_pattern_index_add(index, &trace);
}

static void check_similar(struct df_pattern_index *index, uint32_t event)
{
    struct df_pattern_hit hits[8];
    size_t n = df_pattern_index_similar(index, event, hits, 8);
    for (size_t i = 0; i < n; i++) {
        uint32_t a = df_pattern_index_shape_of(index, event), b = df_pattern_index_shape_of(index, hits[i].number);
        double there = df_pattern_index_score(index, a, b), back = df_pattern_index_score(index, b, a);
        fuzz_check(hits[i].number != event);
        fuzz_check(hits[i].score >= 0 && (double)hits[i].score <= 1.00001);
        fuzz_check(there - back < 1e-4 && back - there < 1e-4);
    }
}

static void check_groups(struct df_pattern_index *index, struct df_arena *arena)
{
    const struct df_pattern_group *groups;
    size_t n, events = 0;
    fuzz_check(df_pattern_groups(index, DF_PATTERN_THRESHOLD, NULL, NULL, arena, &groups, &n));
    for (size_t i = 0; i < n; i++) {
        events += groups[i].n_events;
        fuzz_check(df_pattern_reason(index, &groups[i], arena).n > 0);
    }
    fuzz_check(events == df_pattern_index_events(index));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_pattern_index *index = df_pattern_index_new(1, NULL);
    struct df_str rest = df_str_n((const char *)data, size), line;
    add_line(index, df_str_n(neighbour, sizeof neighbour - 1));
    for (size_t i = 0; i < 64 && df_str_split(&rest, '\n', &line); i++)
        add_line(index, line);
    for (uint32_t i = 0; i < df_pattern_index_events(index); i++)
        check_similar(index, i);
    check_groups(index, arena);
    df_pattern_index_free(index);
    return 0;
}
