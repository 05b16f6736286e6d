/* A whole SQLite database into a file and back, by SQLite's own backup interface: one state of it, whoever writes meanwhile, and
 * no half of one on the other side. One thread. Source: https://www.sqlite.org/backup.html */
#ifndef DF_ADAPTER_SQLITE_BACKUP_H
#define DF_ADAPTER_SQLITE_BACKUP_H

#include "adapter/database.h"

/* DF_ERR_EXISTS, DF_ERR_FAILED, DF_ERR_CONFIG, DF_ERR_INTERRUPTED. */
enum df_code sqlite_backup(struct df_str path, const struct df_database_backup *wish, struct df_error *err);
/* In one transaction of the database at path, which is made if it is not there. */
enum df_code sqlite_restore(struct df_str path, const struct df_database_backup *wish, struct df_error *err);

#endif
