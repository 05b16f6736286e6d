#include "adapter/sql_store.h"

#define CONTEXT_COLUMNS "project_id, issue, title, markdown, workflow_id, stored_ms"

static void read_context(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_stored_context *)item = (struct df_stored_context){.project_id = sql_text(&row[0], arena),
                                                                   .issue = sql_text(&row[1], arena),
                                                                   .title = sql_text(&row[2], arena),
                                                                   .markdown = sql_text(&row[3], arena),
                                                                   .workflow_id = sql_text(&row[4], arena),
                                                                   .stored_ms = row[5].i};
}

enum df_code sql_context_put(struct df_store *store, const struct df_stored_context *c, struct df_error *err)
{
    int changed = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "INSERT INTO issue_contexts (" CONTEXT_COLUMNS ") SELECT id, $1, $2, $3, $4, $5 FROM projects"
                   " WHERE id = $6 ON CONFLICT (project_id, issue) DO UPDATE SET title = excluded.title,"
                   " markdown = excluded.markdown, workflow_id = excluded.workflow_id, stored_ms = excluded.stored_ms",
                   NULL, NULL, &changed, err, SQL_T(c->issue), SQL_T(c->title), SQL_T(c->markdown),
                   SQL_T(c->workflow_id), SQL_I(c->stored_ms), SQL_T(c->project_id)));
    return changed ? DF_OK : sql_no_project(c->project_id, err);
}

enum df_code sql_context_find(struct df_store *store, struct df_str project_id, struct df_str issue,
                              struct df_arena *arena, struct df_stored_context *ret, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *ret, .read = read_context};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " CONTEXT_COLUMNS " FROM issue_contexts WHERE project_id = $1 AND issue = $2", sql_gather,
                   &rows, NULL, err, SQL_T(project_id), SQL_T(issue)));
    if (rows.n == 0)
        return df_fail(err, DF_ERR_CONTEXT,
                       "no context of %.*s is stored: devflow workflow:start sentry-context --issue %.*s",
                       DF_FMT(df_str_head(issue, 100)), DF_FMT(df_str_head(issue, 100)));
    *ret = *(struct df_stored_context *)rows.items;
    return DF_OK;
}

/* Without the Markdown: it may be long. */
enum df_code sql_context_list(struct df_store *store, struct df_str project_id, int limit, struct df_arena *arena,
                              struct df_stored_context **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_context};
    DF_TRY(
        SQL_RUN(sql_db_of(store),
                "SELECT project_id, issue, title, '', workflow_id, stored_ms FROM issue_contexts WHERE project_id = $1"
                " ORDER BY stored_ms DESC, issue LIMIT $2",
                sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}
