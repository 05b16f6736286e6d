#include "base/crypto.h"
#include "base/json.h"
#include "base/wait.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/lines.h"
#include "cli/terminal.h"
#include "domain/pattern_group.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES = 64 * 1024 * 1024, FLUSH_BYTES = 256 * 1024, DEPTH_LIMIT = 512, WARNINGS = 5, TOP_DEFAULT = 10 };
enum { TOP_LIMIT = 1000, PART_HITS = 1000 * 1000, PROGRESS_MS = 1000, CHECK_EACH = 64 };
enum { OPT_TOP = 0, OPT_ALIKE = 0 };

/* A command under way: the index, and what was said of the work so far. */
struct work {
    struct df_cli *cli;
    struct df_pattern_index *index;
    size_t skipped;
    int64_t told_ms;
    bool tells; /* progress, to a person */
};

static void tell_progress(struct work *work, const char *what, uint32_t done, uint32_t total)
{
    int64_t now = df_monotonic_ms();
    if (!work->tells || now - work->told_ms < PROGRESS_MS)
        return;
    work->told_ms = now;
    if (total)
        fprintf(stderr, "%s: %u of %u\n", what, done, total);
    else
        fprintf(stderr, "%s: %u\n", what, done);
}

static void skip(struct work *work, const struct df_lines *lines, const char *why)
{
    if (++work->skipped <= WARNINGS)
        df_cli_warn(work->cli, df_arena_printf(work->cli->arena, "line %zu of %s is skipped: %s", lines->number,
                                               lines->name, why));
}

static enum df_code add_line(struct work *work, const struct df_lines *lines, struct df_str line, struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_pattern_trace trace;
    const struct df_json *v;
    struct df_error fault = {0};
    bool mended; /* half a character in a message is no reason to leave the event out */
    if (df_json_parse_mended(arena, line, DEPTH_LIMIT, &v, &mended, &fault) != DF_OK) {
        skip(work, lines, fault.message);
        return DF_OK;
    }
    if (!df_pattern_trace_read(v, arena, &trace)) {
        skip(work, lines, "it is no event: no exception, message or stack is in it");
        return DF_OK;
    }
    if (!trace.id.n)
        trace.id = df_arena_printf(arena, "line-%zu", lines->number);
    if (df_pattern_index_add(work->index, &trace) == UINT32_MAX)
        return df_fail(err, DF_ERR_INVALID, "%s has more than %d events", lines->name, DF_PATTERN_EVENTS);
    return DF_OK;
}

static enum df_code add_lines(struct work *work, struct df_lines *lines, struct df_error *err)
{
    enum df_line kind;
    struct df_str line;
    for (;;) {
        DF_TRY(df_lines_next(lines, &kind, &line, err));
        if (kind == DF_LINES_END)
            return DF_OK;
        if (kind == DF_LINE_TOO_LONG)
            skip(work, lines, "it is longer than 64 MiB");
        else if (df_str_trim(line).n)
            DF_TRY(add_line(work, lines, line, err));
        tell_progress(work, "Events read", df_pattern_index_events(work->index), 0);
    }
}

static enum df_code read_events(struct work *work, const char *path, struct df_error *err)
{
    struct df_lines lines;
    DF_TRY(df_lines_open(&lines, path, LINE_BYTES, err));
    enum df_code code = add_lines(work, &lines, err);
    df_lines_close(&lines);
    DF_TRY(code);
    if (work->skipped > WARNINGS)
        df_cli_warn(work->cli, df_arena_printf(work->cli->arena, "%zu lines were skipped in all", work->skipped));
    if (df_pattern_index_events(work->index) == 0)
        return df_fail(err, DF_ERR_INVALID, "%s holds no event", path);
    return DF_OK;
}

/* Long output goes out as it is made; the buffer is used again. */
static enum df_code flush_some(struct df_cli *cli, size_t at_least, struct df_error *err)
{
    if (cli->out.n < at_least)
        return DF_OK;
    if (fwrite(cli->out.p, 1, cli->out.n, stdout) != cli->out.n || fflush(stdout) != 0)
        return df_fail(err, DF_ERR_FAILED, "standard output cannot be written: %s", strerror(errno));
    df_buf_cut(&cli->out, 0);
    return DF_OK;
}

static enum df_code begin(struct df_cli *cli, struct work *work, struct df_error *err)
{
    uint64_t seed;
    df_random(&seed, sizeof seed);
    *work = (struct work){
        .cli = cli,
        .index = df_pattern_index_new(seed, NULL),
        .told_ms = df_monotonic_ms(),
        .tells = isatty(STDERR_FILENO),
    };
    DF_TRY(read_events(work, cli->args[0], err));
    /* While the results are made and written, the interrupt waits for the end of a line. Reading was not held: it may block, and
     * nothing is lost when it ends. */
    df_interrupt_hold(false, NULL);
    return DF_OK;
}

/* patterns:similar */

static enum df_code read_top(struct df_cli *cli, size_t *ret, struct df_error *err)
{
    unsigned long long n = TOP_DEFAULT;
    const char *given = cli->values[OPT_TOP];
    if (given && (!df_str_to_u64(df_str_c(given), &n) || n == 0 || n > TOP_LIMIT))
        return df_fail(err, DF_ERR_INVALID, "--top \"%.20s\" is not a number from 1 to %d", given, TOP_LIMIT);
    *ret = (size_t)n;
    return DF_OK;
}

static double rounded(float score)
{
    return round((double)score * 1e6) / 1e6;
}

static void put_similar_json(struct work *work, uint32_t event, const struct df_pattern_hit *hits, size_t n)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &work->cli->out, 0);
    df_json_open(&w, '{');
    df_json_kstr(&w, "id", df_pattern_index_id(work->index, event));
    df_json_kopen(&w, "similar", '[');
    for (size_t i = 0; i < n; i++) {
        df_json_open(&w, '{');
        df_json_kstr(&w, "id", df_pattern_index_id(work->index, hits[i].number));
        df_json_key(&w, DF_S("score"));
        df_json_put_double(&w, rounded(hits[i].score));
        df_json_close(&w, '}');
    }
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    df_buf_put_char(&work->cli->out, '\n');
}

static struct df_str clean_id(struct work *work, uint32_t event, struct df_arena *arena)
{
    return df_term_clean(df_pattern_index_id(work->index, event), false, arena);
}

static void put_similar_text(struct work *work, uint32_t event, const struct df_pattern_hit *hits, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    df_buf_printf(&work->cli->out, "%.*s\n", DF_FMT(clean_id(work, event, arena)));
    for (size_t i = 0; i < n; i++)
        df_buf_printf(&work->cli->out, "  %.3f  %.*s\n", (double)hits[i].score,
                      DF_FMT(clean_id(work, hits[i].number, arena)));
}

/* A part of the events, looked up in the order that is fast and written in the order of the file. */
struct part {
    uint32_t from, n;
    size_t top;
    uint32_t *order;
    struct df_pattern_hit *hits; /* top for each event */
    uint16_t *n_hits;
};

static struct part part_new(struct work *work, size_t top)
{
    struct df_arena *arena = work->cli->arena;
    size_t n = PART_HITS / top, events = df_pattern_index_events(work->index);
    n = n < events ? n : events;
    return (struct part){
        .top = top,
        .n = (uint32_t)n,
        .order = DF_NEW_ARRAY(arena, uint32_t, n),
        .hits = DF_NEW_ARRAY(arena, struct df_pattern_hit, n * top),
        .n_hits = DF_NEW_ARRAY(arena, uint16_t, n),
    };
}

static enum df_code look_up(struct work *work, struct part *part, struct df_error *err)
{
    uint32_t total = df_pattern_index_events(work->index);
    for (uint32_t i = 0; i < part->n; i++)
        part->order[i] = part->from + i;
    df_pattern_index_order_events(work->index, part->order, part->n);
    for (uint32_t i = 0; i < part->n; i++) {
        uint32_t at = part->order[i] - part->from;
        struct df_pattern_hit *hits = part->hits + at * part->top;
        part->n_hits[at] = (uint16_t)df_pattern_index_similar(work->index, part->order[i], hits, part->top);
        if (i % CHECK_EACH == 0 && df_interrupt_came(NULL))
            return df_fail(err, DF_ERR_INTERRUPTED, "stopped; %u of %u events were written", part->from, total);
        tell_progress(work, "Events compared", part->from + i, total);
    }
    return DF_OK;
}

static enum df_code put_part(struct work *work, const struct part *part, struct df_error *err)
{
    uint32_t total = df_pattern_index_events(work->index);
    for (uint32_t i = 0; i < part->n; i++) {
        (work->cli->json ? put_similar_json : put_similar_text)(work, part->from + i, part->hits + i * part->top,
                                                                part->n_hits[i]);
        DF_TRY(flush_some(work->cli, FLUSH_BYTES, err));
        if (i % CHECK_EACH == 0 && df_interrupt_came(NULL))
            return df_fail(err, DF_ERR_INTERRUPTED, "stopped; %u of %u events were written", part->from + i + 1, total);
    }
    return DF_OK;
}

static enum df_code put_all_similar(struct work *work, size_t top, struct df_error *err)
{
    uint32_t total = df_pattern_index_events(work->index);
    struct part part = part_new(work, top);
    for (; part.from < total; part.from += part.n) {
        part.n = part.n < total - part.from ? part.n : total - part.from;
        DF_TRY(look_up(work, &part, err));
        DF_TRY(put_part(work, &part, err));
    }
    return DF_OK;
}

static enum df_code similar(struct df_cli *cli, struct df_error *err)
{
    struct work work;
    size_t top;
    DF_TRY(read_top(cli, &top, err));
    enum df_code code = begin(cli, &work, err);
    if (code == DF_OK)
        code = put_all_similar(&work, top, err);
    df_pattern_index_free(work.index);
    return code;
}

/* patterns:group */

static enum df_code read_alike(struct df_cli *cli, double *ret, struct df_error *err)
{
    const char *given = cli->values[OPT_ALIKE];
    char *end = NULL;
    double percent = given ? strtod(given, &end) : DF_PATTERN_THRESHOLD * 100;
    if (given && (end == given || *end || !(percent >= 1 && percent <= 100)))
        return df_fail(err, DF_ERR_INVALID, "--alike \"%.20s\" is not a number of per cent from 1 to 100", given);
    *ret = percent / 100;
    return DF_OK;
}

static bool go_on(void *arg, uint32_t done, uint32_t total)
{
    tell_progress(arg, "Stacks compared", done, total);
    return !df_interrupt_came(NULL);
}

static enum df_code put_group_json(struct work *work, struct df_json_writer *w, const struct df_pattern_group *group,
                                   struct df_error *err)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    df_json_open(w, '{');
    df_json_kstr(w, "id", df_pattern_group_id(work->index, group, arena));
    df_json_kopen(w, "members", '[');
    for (size_t i = 0; i < group->n_shapes; i++) {
        uint32_t e = df_pattern_index_first(work->index, group->shapes[i]);
        for (; e != UINT32_MAX; e = df_pattern_index_next(work->index, e)) {
            df_json_put_str(w, df_pattern_index_id(work->index, e));
            DF_TRY(flush_some(work->cli, FLUSH_BYTES, err));
        }
    }
    df_json_close(w, ']');
    df_json_kstr(w, "reason", df_pattern_reason(work->index, group, arena));
    df_json_close(w, '}');
    return flush_some(work->cli, FLUSH_BYTES, err);
}

static enum df_code put_groups_json(struct work *work, const struct df_pattern_group *groups, size_t n,
                                    struct df_error *err)
{
    struct df_json_writer w;
    df_json_writer_init(&w, &work->cli->out, 0);
    df_json_open(&w, '{');
    df_json_kopen(&w, "groups", '[');
    for (size_t i = 0; i < n; i++)
        DF_TRY(put_group_json(work, &w, &groups[i], err));
    df_json_close(&w, ']');
    df_json_close(&w, '}');
    df_buf_put_char(&work->cli->out, '\n');
    return DF_OK;
}

static void put_members_text(struct work *work, const struct df_pattern_group *group, struct df_arena *arena)
{
    enum { SHOWN = 5 };
    size_t n = 0;
    for (size_t i = 0; i < group->n_shapes && n < SHOWN; i++) {
        uint32_t e = df_pattern_index_first(work->index, group->shapes[i]);
        for (; e != UINT32_MAX && n < SHOWN; e = df_pattern_index_next(work->index, e), n++)
            df_buf_printf(&work->cli->out, "%s%.*s", n ? ", " : "  ", DF_FMT(clean_id(work, e, arena)));
    }
    if (group->n_events > n)
        df_buf_printf(&work->cli->out, " and %zu more", group->n_events - n);
    df_buf_put_char(&work->cli->out, '\n');
}

/* For a person: groups of several, and how many are alone. */
static enum df_code put_groups_text(struct work *work, const struct df_pattern_group *groups, size_t n,
                                    struct df_error *err)
{
    size_t alone = 0;
    for (size_t i = 0; i < n; i++) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        if (groups[i].n_events == 1) {
            alone++;
            continue;
        }
        df_buf_printf(&work->cli->out, "%u events: %.*s\n", groups[i].n_events,
                      DF_FMT(df_term_clean(df_pattern_reason(work->index, &groups[i], arena), false, arena)));
        put_members_text(work, &groups[i], arena);
        DF_TRY(flush_some(work->cli, FLUSH_BYTES, err));
    }
    if (alone)
        df_buf_printf(&work->cli->out, "%zu event%s like no other\n", alone, alone == 1 ? " is" : "s are");
    return DF_OK;
}

static enum df_code put_groups(struct work *work, double alike, struct df_error *err)
{
    const struct df_pattern_group *groups;
    size_t n;
    if (!df_pattern_groups(work->index, alike, go_on, work, work->cli->arena, &groups, &n))
        return df_fail(err, DF_ERR_INTERRUPTED, "stopped; nothing was written");
    return (work->cli->json ? put_groups_json : put_groups_text)(work, groups, n, err);
}

static enum df_code group(struct df_cli *cli, struct df_error *err)
{
    struct work work;
    double alike;
    DF_TRY(read_alike(cli, &alike, err));
    enum df_code code = begin(cli, &work, err);
    if (code == DF_OK)
        code = put_groups(&work, alike, err);
    df_pattern_index_free(work.index);
    return code;
}

#define FORMS                                                                                                                \
    "FILE has one event a line, as Sentry's API or an SDK has it, or a bare stack; \"-\" is standard input. Lines that are " \
    "no event are skipped and said."

const struct df_command df_cmd_patterns_group = {
    .name = "patterns:group",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = "Group the events of a file that have one cause",
    .help = FORMS
    " With --json each event is in one of the groups, the largest first; else groups of one are only counted.",
    .example = "devflow patterns:group events.jsonl --json",
    .options = {[OPT_ALIKE] = {"alike", "PERCENT", "how much alike stacks of a group are on average (70)", 0}},
    .run = group,
};

const struct df_command df_cmd_patterns_similar = {
    .name = "patterns:similar",
    .args = "FILE",
    .min_args = 1,
    .max_args = 1,
    .summary = "For each event of a file, show those most like it",
    .help = FORMS " With --json a line an event: {\"id\",\"similar\":[{\"id\",\"score\"}]}, the score from 0 to 1.",
    .example = "devflow patterns:similar events.jsonl --top 10 --json",
    .options = {[OPT_TOP] = {"top", "N", "how many of each (10)", 'n'}},
    .run = similar,
};
