/* What is scrubbed of a project's data, and how its marks are made. */
#ifndef DF_SERVICE_SCRUBBING_H
#define DF_SERVICE_SCRUBBING_H

#include "domain/context.h"
#include "domain/scrub_rules.h"
#include "service/devflow.h"

/* With the rules of SCRUB_RULES_FILE for all projects and for this one. The third place of the rules is a request's.
 * The key of the hashes in the marks: the same for a project as long as OAUTH_ENCRYPTION_KEY is, so that a value can be
 * followed over events; another one for each project, so that two projects' marks say nothing about each other. */
struct df_context_options df_scrubbing_options(const struct df_devflow *d, struct df_str project_id,
                                               struct df_arena *arena);
struct df_scrub df_scrubbing(const struct df_devflow *d, struct df_str project_id, struct df_arena *arena);

#endif
