#include "adapter/sql_store.h"

#define NOTE_COLUMNS "project_id, page_id, document, id, sent, kept, updated_ms, issues"

static void read_note(const struct sql_cell *row, struct df_arena *arena, void *item)
{
    *(struct df_spec_note *)item = (struct df_spec_note){.project_id = sql_text(&row[0], arena),
                                                         .page_id = sql_text(&row[1], arena),
                                                         .document = row[2].i != 0,
                                                         .id = sql_text(&row[3], arena),
                                                         .sent = sql_text(&row[4], arena),
                                                         .kept = sql_text(&row[5], arena),
                                                         .updated_ms = row[6].i,
                                                         .issues = sql_text(&row[7], arena)};
}

enum df_code sql_spec_note_find(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                bool *ret_found, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof *note, .read = read_note};
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " NOTE_COLUMNS " FROM spec_notes WHERE project_id = $1 AND page_id = $2 AND document = $3",
                   sql_gather, &rows, NULL, err, SQL_T(note->project_id), SQL_T(note->page_id), SQL_I(note->document)));
    *ret_found = rows.n > 0;
    if (rows.n)
        *note = *(struct df_spec_note *)rows.items;
    return DF_OK;
}

enum df_code sql_spec_note_claim(struct df_store *store, struct df_spec_note *note, struct df_arena *arena,
                                 struct df_error *err)
{
    bool found;
    int made = 0;
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "INSERT INTO spec_notes (" NOTE_COLUMNS ") SELECT p.id, $1, $2, $3, '', '', $4, '' FROM projects p"
                   " WHERE p.id = $5 ON CONFLICT DO NOTHING",
                   NULL, NULL, &made, err, SQL_T(note->page_id), SQL_I(note->document), SQL_T(note->id),
                   SQL_I(note->updated_ms), SQL_T(note->project_id)));
    DF_TRY(sql_spec_note_find(store, note, arena, &found, err));
    return found ? DF_OK : sql_no_project(note->project_id, err);
}

enum df_code sql_spec_note_set(struct df_store *store, const struct df_spec_note *note, struct df_str before,
                               struct df_error *err)
{
    return SQL_RUN(
        sql_db_of(store),
        "UPDATE spec_notes SET id = $1, sent = $2, kept = $3, updated_ms = $4, issues = $5 WHERE project_id = $6"
        " AND page_id = $7 AND document = $8 AND id = $9",
        NULL, NULL, NULL, err, SQL_T(note->id), SQL_T(note->sent), SQL_T(note->kept), SQL_I(note->updated_ms),
        SQL_T(note->issues), SQL_T(note->project_id), SQL_T(note->page_id), SQL_I(note->document), SQL_T(before));
}

/* The ids are digits and letters between commas (df_spec_id_valid): nothing in them means something to LIKE but "_". */
enum df_code sql_spec_note_list(struct df_store *store, struct df_str project_id, struct df_str issue, int limit,
                                struct df_arena *arena, struct df_spec_note **ret, size_t *ret_n, struct df_error *err)
{
    struct sql_rows rows = {.arena = arena, .size = sizeof **ret, .read = read_note};
    struct df_str pattern = df_arena_printf(arena, "%%,%.*s,%%", DF_FMT(issue));
    DF_TRY(SQL_RUN(sql_db_of(store),
                   "SELECT " NOTE_COLUMNS " FROM spec_notes WHERE project_id = $1 AND kept <> '' AND issues LIKE $2"
                   " ORDER BY updated_ms DESC, page_id, document LIMIT $3",
                   sql_gather, &rows, NULL, err, SQL_T(project_id), SQL_T(pattern), SQL_I(limit)));
    *ret = rows.items;
    *ret_n = rows.n;
    return DF_OK;
}
