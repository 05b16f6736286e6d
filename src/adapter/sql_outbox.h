/* The outbox as the other nouns of the SQL store write into it: in their own transaction, so that a change of a connection and
 * the news of it are stored both or neither. */
#ifndef DF_ADAPTER_SQL_OUTBOX_H
#define DF_ADAPTER_SQL_OUTBOX_H

#include "adapter/sql.h"

/* One message for each endpoint of the project that wants the event and each connection it is about, which must be in the
 * table: of that provider, or all of the project when provider is empty. An empty reason means the connection's own. */
enum df_code sql_outbox_add(struct sql_db *db, struct sql_tx *tx, const char *type, struct df_str project_id,
                            struct df_str provider, struct df_str reason, int64_t now_ms, struct df_error *err);

#endif
