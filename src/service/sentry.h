/* Reading Sentry with a project's connection: get_issue, get_issue_events and extract_context of the guide, and the issue
 * list. The token goes only to the connection's own hosts; a token Sentry refuses is refreshed once and tried again. */
#ifndef DF_SERVICE_SENTRY_H
#define DF_SERVICE_SENTRY_H

#include "domain/context.h"
#include "domain/issue.h"
#include "service/devflow.h"

struct df_page {
    struct df_str next_cursor, previous_cursor; /* empty at the ends */
};

struct df_issue_query {
    struct df_str query; /* Sentry's search; not given: its own default, is:unresolved */
    bool query_given;
    struct df_str sort, cursor; /* may be empty */
    int limit;                  /* 1 to 100; 0: 25 */
};

struct df_sentry_api;
struct df_sentry_ask;
/* What asks for Sentry's own list. with: more of the request's query ("&groupStatsPeriod=14d"), or "". DF_ERR_INVALID: too long. */
enum df_code df_sentry_issues_ask(const struct df_issue_query *query, int limit, const char *with,
                                  struct df_arena *arena, struct df_sentry_ask *ret, struct df_error *err);
/* Asks for it: an array in ret->json. */
enum df_code df_sentry_ask_issues(struct df_sentry_api *api, const struct df_issue_query *query, int limit,
                                  const char *with, struct df_sentry_ask *ret, struct df_error *err);
/* Where an issue's last 14 days are by the hour: an answer for df_points_parse_series. */
struct df_str df_sentry_hours_path(struct df_str id, struct df_arena *arena);
enum df_code df_sentry_list_issues(const struct df_devflow *d, struct df_str project_id,
                                   const struct df_issue_query *query, struct df_arena *arena, struct df_issue **ret,
                                   size_t *ret_n, struct df_page *ret_page, struct df_error *err);

/* issue: a numeric id, a short ID, an event id or an issue URL. hourly: also its last 14 days by the hour, from a server that has
 * them; one that has not is no failure. */
enum df_code df_sentry_get_issue(const struct df_devflow *d, struct df_str project_id, struct df_str issue, bool hourly,
                                 struct df_arena *arena, struct df_issue *ret, struct df_error *err);

/* *ret is Sentry's own list of event summaries. */
enum df_code df_sentry_get_issue_events(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                        struct df_str cursor, int limit, struct df_arena *arena,
                                        const struct df_json **ret, struct df_page *ret_page, struct df_error *err);

/* The issue and the event Sentry recommends of it (of a URL or event id: that event), parsed, in the arena. */
enum df_code df_sentry_extract_context(const struct df_devflow *d, struct df_str project_id, struct df_str issue,
                                       struct df_arena *arena, struct df_context *ret, struct df_error *err);

#endif
