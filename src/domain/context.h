/* The context of an error: one issue and one of its events, said for people and language models (Markdown) and for programs
 * (JSON). What it promises: nothing the event holds can leave its code span or fenced block, control, bidirectional and
 * zero-width characters are shown, not performed, and secrets and personal data are replaced by marks that name their
 * kind. Zeroed options are the safe ones. Pure functions, any thread. */
#ifndef DF_DOMAIN_CONTEXT_H
#define DF_DOMAIN_CONTEXT_H

#include "domain/event.h"
#include "domain/scrub.h"

struct df_context {
    const struct df_issue *issue; /* never NULL */
    const struct df_event *event; /* NULL when none could be had */
    struct df_str organization;   /* slug */
    struct df_str host; /* origin of the Sentry asked, https://sentry.io; only a permalink there becomes a link */
    int64_t fetched_ms; /* 0: not said */
    const struct df_str *notes; /* sentences on what is missing or odd in this answer */
    size_t n_notes;
};

/* What the reader is: one who wants it all, one who looks at a ticket, a language model. */
enum df_context_preset { DF_CONTEXT_FULL, DF_CONTEXT_BRIEF, DF_CONTEXT_LLM, DF_CONTEXT_PRESETS };
enum df_context_lang { DF_CONTEXT_ENGLISH, DF_CONTEXT_FRENCH, DF_CONTEXT_LANGS };

enum { DF_CONTEXT_BUDGET_MIN = 500 };

struct df_context_options {
    struct df_str hash_key; /* as of struct df_scrub */
    const struct df_scrub_rules *rules[DF_SCRUB_RULE_SETS];
    bool keep_secrets;  /* no scrubbing at all */
    bool keep_personal; /* e-mail and IP addresses, names stay; secrets still go */
    /* Of the Markdown alone: */
    enum df_context_preset preset;
    enum df_context_lang lang; /* of the headings; what the event holds stays as it is */
    size_t budget_chars;       /* Unicode characters, DF_CONTEXT_BUDGET_MIN at least; 0: the preset's own */
};

/* By name: "full", "brief", "llm"; "en", "fr". False for another. */
bool df_context_preset_parse(struct df_str name, enum df_context_preset *ret);
bool df_context_lang_parse(struct df_str name, enum df_context_lang *ret);

/* Appends the Markdown, cut by the value of its parts to the reader where it is over the budget, and then saying what was
 * left out. Uses out's arena for scratch; check out->overflow. */
void df_context_markdown(const struct df_context *c, const struct df_context_options *o, struct df_buf *out);

/* Writes one object; strings are whole, not capped. Its schema: docs/context.schema.json. */
void df_context_json(const struct df_context *c, const struct df_context_options *o, struct df_json_writer *w);

#endif
