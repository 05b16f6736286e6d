/* One line a request in the log, at level info, cheap when there are many: a line is written at once when the log has been
 * quiet, and together with those that follow it within some milliseconds when it has not. Any thread. */
#ifndef DF_HTTP_ACCESS_LOG_H
#define DF_HTTP_ACCESS_LOG_H

#include "http/server.h"

struct df_access_log;

struct df_access_log *df_access_log_new(void);
/* Writes what is left, frees; NULL is allowed. */
void df_access_log_free(struct df_access_log *log);
/* The route and not the path, for paths and queries carry codes, states and names. Nothing when log is NULL. */
void df_access_log_put(struct df_access_log *log, const struct df_request *request, int status, int64_t micros);

#endif
