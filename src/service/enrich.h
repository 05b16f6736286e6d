/* Enriching a specification: the Sentry issues it names, or that are given, each in a block of its own (domain/spec.h). The text comes and
 * goes; nothing is stored. Sentry is read as for a context (service/sentry.h). Any thread. */
#ifndef DF_SERVICE_ENRICH_H
#define DF_SERVICE_ENRICH_H

#include "domain/spec.h"
#include "service/devflow.h"

enum { DF_ENRICH_ISSUES = 50 };

struct df_enrich_wish {
    struct df_str project_id, text;
    const struct df_str *issues; /* beside those the text names */
    size_t n_issues;
    bool force;  /* also over what a person changed */
    bool bodies; /* what each says is wanted, too */
    bool no_tests;
};

/* Of several blocks of one issue the last in this order is said. */
enum df_enrich_outcome {
    DF_ENRICH_ADDED,
    DF_ENRICH_UNCHANGED,
    DF_ENRICH_UPDATED,
    DF_ENRICH_EDITED,  /* left alone: a person changed it */
    DF_ENRICH_OPEN,    /* left alone: a marker is missing */
    DF_ENRICH_NEWER,   /* left alone: a newer DevFlow wrote it */
    DF_ENRICH_MISSING, /* Sentry has no such issue (any more) */
    DF_ENRICH_FAILED,  /* Sentry could not be read */
};
const char *df_enrich_outcome_name(enum df_enrich_outcome outcome);

struct df_enriched {
    struct df_str issue_id, short_id, title, named; /* named: as the text or the caller has it */
    enum df_enrich_outcome outcome;
    enum df_code code;     /* of what is missing or failed */
    struct df_str message; /* and why */
    struct df_str body;    /* where it was wanted: its block without the markers, headings from level 2 */
    size_t line;           /* in the text as it was given; 0: not there */
};

struct df_enrich_result {
    struct df_str text;
    bool changed;
    struct df_enriched *issues;
    size_t n;
    size_t left_out; /* issues over DF_ENRICH_ISSUES */
};

/* Fails where nothing can be read: no such project, no connection, an authorisation that is gone. An issue that cannot be had is an
 * outcome of its own. */
enum df_code df_enrich(const struct df_devflow *d, const struct df_enrich_wish *wish, struct df_arena *arena,
                       struct df_enrich_result *ret, struct df_error *err);

#endif
