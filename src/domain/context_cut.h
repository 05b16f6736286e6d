/* Private to context*.c: a document made of parts that can be left out, so that it fits a budget. Parts lie in each other: one
 * that stays keeps those it lies in. A part is whole lines, and a fenced block is a part, so no cut can open a fence.
 * The text goes into `text`; what is between df_cut_begin and df_cut_end is the part's own, or of those begun within. */
#ifndef DF_DOMAIN_CONTEXT_CUT_H
#define DF_DOMAIN_CONTEXT_CUT_H

#include "domain/context.h"

/* What a part holds. Value: what its first is worth to the reader, and how much less each further one is; 0 for a part that
 * stays when one within it does. Then whether the presets brief and llm have it at all; its name, one and many.
 *    id           value step  brief llm */
#define DF_PART_TABLE(X)                                                                                              \
    X(FRAMEWORK, 0, 0, 1, 1, "", "", "", "")                                                                          \
    X(MUST, 30000, 0, 1, 1, "", "", "", "")                                                                           \
    X(FACT, 9400, 300, 1, 1, "line of facts", "lines of facts", "ligne de faits", "lignes de faits")                  \
    X(PLOT, 6400, 0, 1, 1, "plot", "plots", "courbe", "courbes")                                                      \
    X(EXCEPTION, 9900, 100, 1, 1, "exception", "exceptions", "exception", "exceptions")                               \
    X(LONG_TEXT, 9000, 200, 1, 1, "long text", "long texts", "texte long", "textes longs")                            \
    X(FRAME, 8600, 250, 1, 1, "frame in full", "frames in full", "appel en entier", "appels en entier")               \
    X(SOURCE, 8500, 250, 1, 1, "frame's source", "frames' source", "source d\u2019un appel", "sources d\u2019appels") \
    X(VARIABLE, 8000, 120, 1, 1, "variable", "variables", "variable", "variables")                                    \
    X(APP_LINE, 7800, 60, 1, 1, "in-app frame of a stack", "in-app frames of stacks", "appel de l\u2019application",  \
      "appels de l\u2019application")                                                                                 \
    X(LIBRARY_LINE, 4600, 40, 0, 1, "library frame", "library frames", "appel de biblioth\u00E8que",                  \
      "appels de biblioth\u00E8ques")                                                                                 \
    X(THREAD, 4800, 60, 0, 1, "thread", "threads", "fil d\u2019ex\u00E9cution", "fils d\u2019ex\u00E9cution")         \
    X(BREADCRUMB, 7400, 90, 1, 1, "breadcrumb", "breadcrumbs", "\u00E9tape du fil d\u2019Ariane",                     \
      "\u00E9tapes du fil d\u2019Ariane")                                                                             \
    X(REQUEST, 7600, 600, 1, 1, "part of the request", "parts of the request", "partie de la requ\u00EAte",           \
      "parties de la requ\u00EAte")                                                                                   \
    X(HEADER, 4000, 60, 0, 1, "header", "headers", "en-t\u00EAte", "en-t\u00EAtes")                                   \
    X(USER, 3600, 60, 1, 0, "fact about the user", "facts about the user", "donn\u00E9e sur l\u2019utilisateur",      \
      "donn\u00E9es sur l\u2019utilisateur")                                                                          \
    X(TAG, 5600, 100, 1, 1, "tag", "tags", "tag", "tags")                                                             \
    X(ENTRY, 5000, 100, 0, 1, "other entry", "other entries", "autre entr\u00E9e", "autres entr\u00E9es")             \
    X(CONTEXT, 2600, 40, 0, 1, "context", "contexts", "contexte", "contextes")                                        \
    X(EXTRA, 5200, 90, 1, 1, "extra value", "extra values", "donn\u00E9e ajout\u00E9e", "donn\u00E9es ajout\u00E9es") \
    X(NOTE, 9300, 100, 1, 1, "note", "notes", "note", "notes")

#define DF_PART_ENUM(id, ...) DF_PART_##id,
enum df_part { DF_PART_TABLE(DF_PART_ENUM) DF_PARTS };
#undef DF_PART_ENUM

struct df_cut_node;
struct df_cut_piece;

struct df_cut {
    struct df_buf text;
    struct df_arena *arena;
    enum df_context_preset preset;
    enum df_context_lang lang;
    size_t budget_chars; /* 0: all stays */
    unsigned less;       /* taken off every value: what is told later in a chain of exceptions is worth less */
    struct df_cut_node *nodes;
    size_t n_nodes, cap_nodes, current;
    struct df_cut_piece *pieces;
    size_t n_pieces, cap_pieces, taken;
};

void df_cut_init(struct df_cut *cut, struct df_arena *arena, const struct df_context_options *o);

/* The rank-th of its kind; parts end in the reverse order. */
void df_cut_begin(struct df_cut *cut, enum df_part part, size_t rank);
/* The same, its text and what lies in it in a fence, made so long that nothing inside can close it. */
void df_cut_begin_fence(struct df_cut *cut, enum df_part part, size_t rank);
void df_cut_end(struct df_cut *cut);

/* Unicode characters, as the budget counts them. */
size_t df_cut_chars(struct df_str text);

/* Appends what stays, and the line that says what does not. */
void df_cut_put(struct df_cut *cut, struct df_buf *out);

#endif
