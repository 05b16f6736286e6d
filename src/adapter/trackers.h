/* The trackers there are, over their APIs: rows of port/tracker.h. */
#ifndef DF_ADAPTER_TRACKERS_H
#define DF_ADAPTER_TRACKERS_H

#include "port/notebook.h"

/* Source: Linear's public GraphQL schema (SDK 88.3.0) and linear.app/developers. */
extern const struct df_tracker df_linear_tracker;
/* Source: docs.github.com/rest/issues. */
extern const struct df_tracker df_github_tracker, df_github_issues_tracker;
extern const struct df_notebook df_linear_notebook;
extern const struct df_tracker *const df_trackers[]; /* ends with NULL */

#endif
