/* The tables, as numbered steps written once for every database: step N takes it from version N-1 to N. Steps that were
 * released are never changed; a new table or column is a new step at the end. Each driver applies them in one transaction a
 * step and keeps the version beside the data. */
#ifndef DF_ADAPTER_SQL_SCHEMA_H
#define DF_ADAPTER_SQL_SCHEMA_H

#include "base/buf.h"

struct sql_dialect {
    const char *integer, *blob, *strict;
};

/* The newest version this program knows. */
extern const int sql_schema_version;
/* The statements that lead to `version` (1 .. sql_schema_version), separated by semicolons. */
struct df_str sql_schema_step(int version, const struct sql_dialect *dialect, struct df_arena *arena);

#endif
