#include "domain/context_parts.h"

/* One stack: the application's frames in full, then all of them in a line each. */

/* Of a minified line the part around the column is what counts. */
static struct df_str near_column(struct df_str line, int64_t column, bool *ret_cut)
{
    *ret_cut = false;
    if (line.n <= DF_CONTEXT_LINE || column <= DF_CONTEXT_LINE / 2 || (uint64_t)column > line.n)
        return line;
    size_t from = (size_t)column - DF_CONTEXT_LINE / 2;
    while (from < line.n && ((unsigned char)line.p[from] & 0xC0) == 0x80)
        from++;
    *ret_cut = true;
    return df_str_from(line, from);
}

static struct df_str without_line_end(struct df_str line)
{
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

static void put_source_line(struct df_context_view *v, const struct df_frame *f, const struct df_source_line *line)
{
    bool suspect = line->number == f->lineno, cut = false;
    struct df_str text = without_line_end(line->text);
    struct df_str clean = df_scrub_source_line(&v->scrub, text);
    /* The column holds for the line as it was: where something was taken out the line is shown from its start. */
    if (suspect && clean.p == text.p)
        clean = near_column(clean, f->colno, &cut);
    df_buf_printf(v->out, "  %s %5lld | %s", suspect ? "->" : "  ", (long long)line->number, cut ? "\u2026" : "");
    df_md_put_code(v->out, clean, DF_CONTEXT_LINE, 16);
    df_buf_put_char(v->out, '\n');
}

static void put_source(struct df_context_view *v, const struct df_frame *f, size_t rank)
{
    if (f->n_context == 0)
        return;
    df_cut_begin(&v->cut, DF_PART_SOURCE, rank);
    df_scrub_begin_source(&v->scrub);
    for (size_t i = 0; i < f->n_context; i++) {
        int64_t distance = f->context[i].number - f->lineno;
        if (f->n_context <= 2 * DF_CONTEXT_NEAR_LINES + 1 ||
            (distance >= -DF_CONTEXT_NEAR_LINES && distance <= DF_CONTEXT_NEAR_LINES))
            put_source_line(v, f, &f->context[i]);
    }
    df_scrub_end_source(&v->scrub);
    df_cut_end(&v->cut);
}

/* The first variables of a frame are worth as much as the last of the frame before. */
static void put_vars(struct df_context_view *v, const struct df_json *vars, size_t frame_rank)
{
    size_t n = 0;
    if (!vars)
        return;
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_buf_put_c(v->out, "  ");
    df_context_say(v, DF_WORDS_VARIABLES);
    df_buf_put_char(v->out, '\n');
    for (struct df_json_iter it = df_json_iter(vars); n < DF_CONTEXT_VARS && df_json_next(&it); n++)
        df_context_pair(v, &it, DF_PART_VARIABLE, frame_rank * 6 + n, "    ");
    if (df_json_count(vars) > n) {
        df_buf_put_c(v->out, "    ");
        df_context_say_n(v, DF_WORDS_MORE_VARIABLES, df_json_count(vars) - n);
        df_buf_put_char(v->out, '\n');
    }
    df_cut_end(&v->cut);
}

/* What a frame of Java waits for or holds: of a hang the reason. */
static void put_lock(struct df_context_view *v, const struct df_frame *f)
{
    if (!f->lock)
        return;
    df_buf_put_c(v->out, "      lock = ");
    df_context_code_value(v, DF_STR_NONE, f->lock, DF_CONTEXT_LINE, 0);
    df_buf_put_char(v->out, '\n');
}

static void put_full_frame(struct df_context_view *v, const struct df_frame *f, size_t number, size_t rank, bool apart)
{
    df_cut_begin(&v->cut, DF_PART_FRAME, rank);
    if (rank && apart)
        df_buf_put_char(v->out, '\n');
    df_context_frame(v, f, number);
    df_buf_put_char(v->out, '\n');
    put_lock(v, f);
    put_source(v, f, rank);
    put_vars(v, f->vars, rank);
    df_cut_end(&v->cut);
}

static size_t count_in_app(const struct df_stacktrace *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->frames[i].in_app == DF_YES;
    return n;
}

/* A stack and what of it is said, all places counted from the newest frame. */
struct listing {
    const struct df_stacktrace *s;
    struct df_fold *folds;
    size_t n_folds;
    size_t in_app, in_app_once; /* the latter without what is folded */
    size_t full[DF_CONTEXT_FULL_FRAMES], n_full;
    bool detail; /* one of those has source or variables */
};

static const struct df_frame *frame_at(const struct listing *l, size_t i)
{
    return &l->s->frames[l->s->n - 1 - i];
}

/* A frame within a fold, past its first time, is hidden. */
static const struct df_fold *fold_of(const struct listing *l, size_t i)
{
    for (size_t f = 0; f < l->n_folds; f++)
        if (i >= l->folds[f].at && i < l->folds[f].at + l->folds[f].period * l->folds[f].times)
            return &l->folds[f];
    return NULL;
}

static bool is_hidden(const struct listing *l, size_t i)
{
    const struct df_fold *fold = fold_of(l, i);
    return fold && i >= fold->at + fold->period;
}

/* Newest first: those to say in full, by their places. */
static void choose_full(struct listing *l)
{
    size_t limit = l->in_app ? DF_CONTEXT_FULL_FRAMES : DF_CONTEXT_BARE_FRAMES;
    for (size_t i = 0; i < l->s->n; i++) {
        if (is_hidden(l, i) || (l->in_app && frame_at(l, i)->in_app != DF_YES))
            continue;
        l->in_app_once += l->in_app > 0;
        if (l->n_full == limit)
            continue;
        l->full[l->n_full++] = i;
        l->detail = l->detail || frame_at(l, i)->n_context || frame_at(l, i)->vars;
    }
}

static void put_full_frames(struct df_context_view *v, const struct listing *l)
{
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    if (l->in_app_once > l->n_full)
        df_context_say_nn(v, DF_WORDS_SOME_IN_APP_FRAMES, l->n_full, l->in_app_once);
    else
        df_context_say(v, l->in_app ? DF_WORDS_IN_APP_FRAMES : DF_WORDS_NEWEST_FRAMES);
    df_buf_put_c(v->out, "\n\n");
    df_cut_begin_fence(&v->cut, DF_PART_FRAMEWORK, 0);
    for (size_t i = 0; i < l->n_full; i++)
        put_full_frame(v, frame_at(l, l->full[i]), l->full[i], i, l->detail);
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

/* Whether the frame is among those in full that no budget drops before the stack's lines. */
static bool is_said(const struct listing *l, size_t i)
{
    enum { SURE = 4 };
    for (size_t k = 0; l->detail && k < l->n_full && k < SURE; k++)
        if (l->full[k] == i)
            return true;
    return false;
}

/* A line that only repeats is no part of its own: it stays when the stack says more than that. */
static void put_stack_line(struct df_context_view *v, const struct listing *l, size_t i)
{
    const struct df_frame *f = frame_at(l, i);
    bool part = !is_said(l, i);
    if (part)
        df_cut_begin(&v->cut, f->in_app == DF_YES ? DF_PART_APP_LINE : DF_PART_LIBRARY_LINE, i);
    df_buf_put_c(v->out, f->in_app == DF_YES ? "* " : "  ");
    df_context_frame(v, f, i);
    df_buf_put_char(v->out, '\n');
    if (part) {
        put_lock(v, f);
        df_cut_end(&v->cut);
    }
}

/* Which of the frames that are not folded have a line: the ends, then the application's own, while there is room. */
static bool *choose_lines(struct df_context_view *v, const struct listing *l)
{
    size_t n = l->s->n, visible = 0, seen = 0, app_room = DF_CONTEXT_APP_LINES;
    size_t ends = DF_CONTEXT_STACK_FRAMES / 4;
    bool *chosen = DF_NEW_ARRAY(v->arena, bool, n);
    for (size_t i = 0; i < n; i++)
        visible += !is_hidden(l, i);
    for (size_t i = 0; i < n; i++) {
        if (is_hidden(l, i))
            continue;
        bool near_end = seen < ends || seen + ends >= visible;
        bool app = frame_at(l, i)->in_app == DF_YES && app_room > 0 && app_room--;
        chosen[i] = visible <= DF_CONTEXT_STACK_FRAMES || near_end || app;
        seen++;
    }
    return chosen;
}

struct gap {
    size_t frames, in_app;
};

static void put_gap(struct df_context_view *v, struct gap *gap)
{
    if (gap->frames) {
        df_buf_put_c(v->out, "  ");
        if (gap->in_app)
            df_context_say_nn(v, DF_WORDS_FRAMES, gap->frames, gap->in_app);
        else
            df_context_say_n(v, DF_WORDS_LIBRARY_FRAMES, gap->frames);
        df_buf_put_char(v->out, '\n');
    }
    *gap = (struct gap){0};
}

static void put_fold(struct df_context_view *v, const struct df_fold *fold)
{
    df_buf_put_c(v->out, "  ");
    if (fold->period == 1)
        df_context_say_n(v, DF_WORDS_REPEATS_ONE, fold->times - 1);
    else
        df_context_say_nn(v, DF_WORDS_REPEATS, fold->period, fold->times - 1);
    df_buf_put_char(v->out, '\n');
}

static void put_lines(struct df_context_view *v, const struct listing *l)
{
    const bool *chosen = choose_lines(v, l);
    struct gap gap = {0};
    for (size_t i = 0; i < l->s->n; i++) {
        const struct df_fold *fold = fold_of(l, i);
        if (fold && i == fold->at + fold->period) {
            put_gap(v, &gap);
            put_fold(v, fold);
        }
        if (chosen[i]) {
            put_gap(v, &gap);
            put_stack_line(v, l, i);
        } else if (!is_hidden(l, i)) {
            gap.frames++;
            gap.in_app += frame_at(l, i)->in_app == DF_YES;
        }
    }
    put_gap(v, &gap);
}

static void put_dropped(struct df_context_view *v, const struct df_stacktrace *s)
{
    if (s->omitted_to <= s->omitted_from)
        return;
    df_context_say_nn(v, DF_WORDS_DROPPED_FRAMES, (size_t)s->omitted_from, (size_t)(s->omitted_to - 1));
    df_buf_put_c(v->out, "\n\n");
}

static void put_whole_stack(struct df_context_view *v, const struct listing *l)
{
    df_cut_begin(&v->cut, DF_PART_FRAMEWORK, 0);
    df_context_say_n(v, l->in_app ? DF_WORDS_WHOLE_STACK_APP : DF_WORDS_WHOLE_STACK, l->s->n);
    df_buf_put_c(v->out, "\n\n");
    df_cut_begin_fence(&v->cut, DF_PART_FRAMEWORK, 0);
    put_lines(v, l);
    df_cut_end(&v->cut);
    df_cut_end(&v->cut);
}

/* The whole stack only where it says something new; frames in full only where they say more than its lines. */
void df_context_stack(struct df_context_view *v, const struct df_stacktrace *s)
{
    struct listing l = {.s = s, .in_app = count_in_app(s)};
    if (s->n == 0) {
        df_context_say(v, DF_WORDS_NO_STACK);
        df_buf_put_c(v->out, "\n\n");
        return;
    }
    l.n_folds = df_context_folds(s, v->arena, &l.folds);
    choose_full(&l);
    if (l.detail || l.n_full == s->n)
        put_full_frames(v, &l);
    if (l.n_full < s->n)
        put_whole_stack(v, &l);
    put_dropped(v, s);
}
