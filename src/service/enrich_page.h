/* Enriching a specification that lives in a tracker: an issue's description with what is attached to it, or a document. What
 * Sentry knows of the errors it names becomes a note beside it, a document or a comment, never a change of the page. However often, from
 * wherever and with whatever answers lost, there is one note of each kind for a page: its row with the id is on disk before it is made.
 * A note that a person changed or removed is left alone. Any thread. */
#ifndef DF_SERVICE_ENRICH_PAGE_H
#define DF_SERVICE_ENRICH_PAGE_H

#include "port/notebook.h"
#include "service/enrich.h"

struct df_page_wish {
    struct df_str project_id, page; /* "ENG-12", an id, a URL */
    const struct df_str *issues;    /* beside those the page names */
    size_t n_issues;
    bool comment; /* else a document */
    bool force, dry_run, no_tests;
};

enum df_page_outcome {
    DF_PAGE_NOTHING, /* it names no issue that Sentry has */
    DF_PAGE_CREATED,
    DF_PAGE_UPDATED,
    DF_PAGE_UNCHANGED,
    DF_PAGE_EDITED,  /* left alone: a person changed it */
    DF_PAGE_REMOVED, /* left away: a person removed it */
    DF_PAGE_WOULD_CREATE,
    DF_PAGE_WOULD_UPDATE,
};
const char *df_page_outcome_name(enum df_page_outcome outcome);

struct df_page_result {
    enum df_page_outcome outcome;
    struct df_notebook_page page;
    struct df_str text, note_url; /* of the note */
    struct df_enrich_result enriched;
};

/* An issue that could not be read for now fails the whole: a note is not made smaller for that. */
enum df_code df_enrich_page(const struct df_devflow *d, const struct df_page_wish *wish, struct df_arena *arena,
                            struct df_page_result *ret, struct df_error *err);

/* The notes that show the Sentry issue of that number, at most n, as wishes that bring them up to date: of the same kind, with the same
 * issues. */
enum df_code df_enrich_pages_noting(const struct df_devflow *d, struct df_str project_id, struct df_str issue_id,
                                    struct df_arena *arena, struct df_page_wish *ret, size_t n, size_t *ret_n,
                                    struct df_error *err);

/* The open issues that a Sentry issue is attached to, at most n; *ret_n may be 0. Their ids. */
enum df_code df_enrich_pages_of(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                struct df_arena *arena, struct df_str *ret, size_t n, size_t *ret_n,
                                struct df_error *err);

#endif
