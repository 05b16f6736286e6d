/* The tables, as numbered steps written once for every database: step N takes it from version N-1 to N. Steps that were
 * released are never changed; a new table or column is a new step at the end. Each driver applies them in one transaction a
 * step and keeps the version beside the data. */
#ifndef DF_ADAPTER_SQL_SCHEMA_H
#define DF_ADAPTER_SQL_SCHEMA_H

#include "base/buf.h"

struct sql_dialect {
    const char *integer, *blob, *strict;
    const char *text; /* " TEXT " as it stands in a column, with what it needs to sort by bytes */
};

/* The newest version this program knows. */
extern const int sql_schema_version;
/* The statements that lead to `version` (1 .. sql_schema_version), separated by semicolons. */
struct df_str sql_schema_step(int version, const struct sql_dialect *dialect, struct df_arena *arena);

/* Where the table stands in the order the steps make them (a table comes after those it refers to); -1 for none of ours. */
int sql_schema_place(struct df_str table);

#endif
