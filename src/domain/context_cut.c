#include "domain/context_cut.h"

#include "domain/context_words.h"
#include "domain/markdown.h"

#include <stdlib.h>

enum { TEXT_LIMIT = 32 << 20, NONE = -1, TRIES = 8 };

struct df_cut_node {
    enum df_part part;
    int value;         /* 0: stays with what lies in it */
    size_t parent;     /* the root is its own */
    size_t chars;      /* of its own text, its fence included */
    size_t fence;      /* length; 0: none */
    size_t from, rank; /* where its text begins; its place among its kind */
    bool stays;
};

enum op { PUT, OPEN, CLOSE };

struct df_cut_piece {
    enum op op;
    size_t node, from, to;
};

struct part_row {
    unsigned value, step;
    bool in[DF_CONTEXT_PRESETS];
    const char *one[DF_CONTEXT_LANGS], *many[DF_CONTEXT_LANGS];
};

#define PART_ROW(id, value, step, brief, llm, one, many, fr_one, fr_many) \
    {value, step, {true, brief, llm}, {one, fr_one}, {many, fr_many}},
static const struct part_row parts[] = {DF_PART_TABLE(PART_ROW)};
#undef PART_ROW

struct preset_row {
    const char *name;
    size_t budget_chars;
};

static const struct preset_row presets[DF_CONTEXT_PRESETS] = {
    [DF_CONTEXT_FULL] = {"full", 0}, [DF_CONTEXT_BRIEF] = {"brief", 4000}, [DF_CONTEXT_LLM] = {"llm", 24000}};

bool df_context_preset_parse(struct df_str name, enum df_context_preset *ret)
{
    for (size_t i = 0; i < DF_CONTEXT_PRESETS; i++)
        if (df_str_is(name, presets[i].name)) {
            *ret = (enum df_context_preset)i;
            return true;
        }
    return false;
}

bool df_context_lang_parse(struct df_str name, enum df_context_lang *ret)
{
    static const char *const names[DF_CONTEXT_LANGS] = {[DF_CONTEXT_ENGLISH] = "en", [DF_CONTEXT_FRENCH] = "fr"};
    for (size_t i = 0; i < DF_CONTEXT_LANGS; i++)
        if (df_str_is(name, names[i])) {
            *ret = (enum df_context_lang)i;
            return true;
        }
    return false;
}

size_t df_cut_chars(struct df_str text)
{
    size_t chars = 0;
    for (size_t i = 0; i < text.n; i++)
        chars += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return chars;
}

static void add_node(struct df_cut *cut, struct df_cut_node node)
{
    if (cut->n_nodes == cut->cap_nodes) {
        size_t size = sizeof *cut->nodes, cap = cut->cap_nodes ? cut->cap_nodes * 2 : 128;
        cut->nodes = df_arena_grow(cut->arena, cut->nodes, cut->cap_nodes * size, cap * size);
        cut->cap_nodes = cap;
    }
    cut->nodes[cut->n_nodes++] = node;
}

static void add_piece(struct df_cut *cut, enum op op, size_t from, size_t to)
{
    if (cut->n_pieces == cut->cap_pieces) {
        size_t size = sizeof *cut->pieces, cap = cut->cap_pieces ? cut->cap_pieces * 2 : 256;
        cut->pieces = df_arena_grow(cut->arena, cut->pieces, cut->cap_pieces * size, cap * size);
        cut->cap_pieces = cap;
    }
    cut->pieces[cut->n_pieces++] = (struct df_cut_piece){op, cut->current, from, to};
}

/* What was written since the last beginning or end is the current node's. */
static void take_text(struct df_cut *cut)
{
    if (cut->text.n == cut->taken)
        return;
    cut->nodes[cut->current].chars += df_cut_chars(df_str_n(cut->text.p + cut->taken, cut->text.n - cut->taken));
    add_piece(cut, PUT, cut->taken, cut->text.n);
    cut->taken = cut->text.n;
}

void df_cut_init(struct df_cut *cut, struct df_arena *arena, const struct df_context_options *o)
{
    *cut = (struct df_cut){.arena = arena, .preset = o->preset, .lang = o->lang};
    cut->budget_chars = o->budget_chars ? o->budget_chars : presets[o->preset].budget_chars;
    df_buf_init(&cut->text, arena, TEXT_LIMIT);
    add_node(cut, (struct df_cut_node){.part = DF_PART_MUST, .stays = true});
}

static int value_of(const struct df_cut *cut, enum df_part part, size_t rank)
{
    const struct part_row *row = &parts[part];
    size_t less = row->step * (rank < 10000 ? rank : 10000) + (part == DF_PART_MUST ? 0 : cut->less);
    if (row->value == 0)
        return 0;
    if (!row->in[cut->preset])
        return NONE;
    return less < row->value ? (int)(row->value - less) : 1;
}

void df_cut_begin(struct df_cut *cut, enum df_part part, size_t rank)
{
    take_text(cut);
    add_node(cut, (struct df_cut_node){.part = part,
                                       .value = value_of(cut, part, rank),
                                       .parent = cut->current,
                                       .from = cut->text.n,
                                       .rank = rank});
    cut->current = cut->n_nodes - 1;
}

void df_cut_begin_fence(struct df_cut *cut, enum df_part part, size_t rank)
{
    df_cut_begin(cut, part, rank);
    cut->nodes[cut->current].fence = 1;
    add_piece(cut, OPEN, 0, 0);
}

void df_cut_end(struct df_cut *cut)
{
    take_text(cut);
    struct df_cut_node *node = &cut->nodes[cut->current];
    if (node->fence) {
        struct df_str inside = df_str_n(cut->text.p + node->from, cut->text.n - node->from);
        node->fence = df_md_fence_length(inside);
        node->chars += 2 * node->fence + strlen("text\n\n\n\n");
        add_piece(cut, CLOSE, 0, 0);
    }
    cut->current = node->parent;
}

struct choice {
    int value;
    size_t node;
};

static int by_value(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return x->node < y->node ? -1 : 1;
}

/* Those that have a value, the dearest first. */
static struct choice *in_order(const struct df_cut *cut, size_t *ret_n)
{
    struct choice *choices = DF_NEW_ARRAY(cut->arena, struct choice, cut->n_nodes);
    size_t n = 0;
    for (size_t i = 1; i < cut->n_nodes; i++)
        if (cut->nodes[i].value > 0)
            choices[n++] = (struct choice){cut->nodes[i].value, i};
    qsort(choices, n, sizeof *choices, by_value);
    *ret_n = n;
    return choices;
}

/* With all it lies in that does not stay yet. */
static size_t cost_of(const struct df_cut *cut, size_t node)
{
    size_t cost = 0;
    for (; !cut->nodes[node].stays; node = cut->nodes[node].parent)
        cost += cut->nodes[node].chars;
    return cost;
}

static void choose(struct df_cut *cut, const struct choice *choices, size_t n, size_t limit)
{
    size_t total = cut->nodes[0].chars;
    for (size_t i = 1; i < cut->n_nodes; i++)
        cut->nodes[i].stays = false;
    for (size_t i = 0; i < n; i++) {
        size_t cost = cost_of(cut, choices[i].node);
        if (choices[i].value < (int)parts[DF_PART_MUST].value && total + cost > limit)
            continue;
        total += cost;
        for (size_t node = choices[i].node; !cut->nodes[node].stays; node = cut->nodes[node].parent)
            cut->nodes[node].stays = true;
    }
}

static struct df_str number(struct df_cut *cut, size_t n)
{
    return df_arena_printf(cut->arena, "%zu", n);
}

/* French says one for none and for one. */
static const char *name_of(const struct df_cut *cut, enum df_part part, size_t n)
{
    bool one = n == 1 || (n == 0 && cut->lang == DF_CONTEXT_FRENCH);
    return one ? parts[part].one[cut->lang] : parts[part].many[cut->lang];
}

static void count_left_out(const struct df_cut *cut, size_t counts[DF_PARTS], size_t *ret_all)
{
    *ret_all = 0;
    for (size_t i = 1; i < cut->n_nodes; i++)
        if (!cut->nodes[i].stays && cut->nodes[i].value != 0 && cut->nodes[i].chars) {
            counts[cut->nodes[i].part]++;
            ++*ret_all;
        }
}

/* Empty when nothing was left out; by kind, or where there is no room for that their number alone. */
static struct df_str note(struct df_cut *cut, bool brief)
{
    size_t counts[DF_PARTS] = {0}, all = 0;
    struct df_buf list, line;
    df_buf_init(&list, cut->arena, 4096);
    df_buf_init(&line, cut->arena, 8192);
    count_left_out(cut, counts, &all);
    for (size_t i = 0; i < DF_PARTS && !brief; i++)
        if (counts[i])
            df_buf_printf(&list, "%s%zu %s", list.n ? ", " : "", counts[i], name_of(cut, (enum df_part)i, counts[i]));
    if (brief)
        df_words_put(&list, cut->lang, DF_WORDS_PARTS, (struct df_str[]){number(cut, all)}, 1);
    struct df_str preset = df_str_c(presets[cut->preset].name);
    if (all && cut->budget_chars)
        df_words_put(&line, cut->lang, DF_WORDS_LEFT_OUT_BUDGET,
                     (struct df_str[]){number(cut, cut->budget_chars), preset, df_buf_str(&list)}, 3);
    else if (all)
        df_words_put(&line, cut->lang, DF_WORDS_LEFT_OUT, (struct df_str[]){preset, df_buf_str(&list)}, 2);
    if (all)
        df_buf_put_c(&line, "\n");
    return df_buf_str(&line);
}

static size_t chars_kept(const struct df_cut *cut)
{
    size_t chars = 0;
    for (size_t i = 0; i < cut->n_nodes; i++)
        chars += cut->nodes[i].stays ? cut->nodes[i].chars : 0;
    return chars;
}

/* The note takes room itself, and says more the less there is: so again within what it leaves, until both fit. */
static struct df_str fit(struct df_cut *cut)
{
    size_t n = 0, budget = cut->budget_chars ? cut->budget_chars : SIZE_MAX, limit = budget;
    struct choice *choices = in_order(cut, &n);
    struct df_str line = DF_STR_NONE;
    for (int i = 0; i < TRIES; i++) {
        choose(cut, choices, n, limit);
        line = note(cut, i > TRIES / 2);
        size_t said = df_cut_chars(line);
        if (chars_kept(cut) + said <= budget)
            break;
        limit = budget > said ? budget - said : 0;
    }
    return line;
}

static void put_piece(const struct df_cut *cut, const struct df_cut_piece *piece, struct df_buf *out)
{
    const struct df_cut_node *node = &cut->nodes[piece->node];
    if (piece->op == PUT) {
        df_buf_put(out, cut->text.p + piece->from, piece->to - piece->from);
        return;
    }
    if (out->n && out->p[out->n - 1] != '\n')
        df_buf_put_char(out, '\n');
    df_buf_put_repeat(out, '`', node->fence);
    df_buf_put_c(out, piece->op == OPEN ? "text\n" : "\n\n");
}

void df_cut_put(struct df_cut *cut, struct df_buf *out)
{
    take_text(cut);
    struct df_str line = fit(cut);
    for (size_t i = 0; i < cut->n_pieces; i++)
        if (cut->nodes[cut->pieces[i].node].stays)
            put_piece(cut, &cut->pieces[i], out);
    df_buf_put_str(out, line);
    while (out->n > 1 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\n')
        out->n--; /* a text ends as its last line does */
    out->overflow = out->overflow || cut->text.overflow;
}
