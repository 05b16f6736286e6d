/* The context of an error: one issue and one of its events, said for people and language models (Markdown) and for programs
 * (JSON). What it promises: nothing the event holds can leave its code span or fenced block, control, bidirectional and
 * zero-width characters are shown, not performed, and secrets and personal data are replaced by marks that name their
 * kind. Zeroed options are the safe ones. Pure functions, any thread. */
#ifndef DF_DOMAIN_CONTEXT_H
#define DF_DOMAIN_CONTEXT_H

#include "domain/event.h"
#include "domain/issue.h"

struct df_context {
    const struct df_issue *issue; /* never NULL */
    const struct df_event *event; /* NULL when none could be had */
    struct df_str organization;   /* slug */
    struct df_str host; /* origin of the Sentry asked, https://sentry.io; only a permalink there becomes a link */
    int64_t fetched_ms; /* 0: not said */
};

struct df_context_options {
    struct df_str hash_key; /* as of struct df_scrub */
    bool keep_secrets;      /* no scrubbing at all */
    bool keep_personal;     /* e-mail and IP addresses, names stay; secrets still go */
};

/* Appends the Markdown. Uses out's arena for scratch; check out->overflow. */
void df_context_markdown(const struct df_context *c, const struct df_context_options *o, struct df_buf *out);

/* Writes one object; strings are whole, not capped. */
void df_context_json(const struct df_context *c, const struct df_context_options *o, struct df_json_writer *w);

#endif
