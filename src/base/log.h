/* The log, written at the edge only, one line an entry on standard error: time, level, message, then key=value pairs.
 * Any thread. Values are quoted where they need it and their control characters escaped; secrets have a type that
 * does not fit in here. */
#ifndef DF_BASE_LOG_H
#define DF_BASE_LOG_H

#include "base/str.h"

enum df_log_level { DF_LOG_ERROR, DF_LOG_WARN, DF_LOG_INFO, DF_LOG_DEBUG };

struct df_log_field {
    const char *key;
    struct df_str value;
};

void df_log_set_level(enum df_log_level level);
/* "error", "warn", "info", "debug" */
bool df_log_level_parse(struct df_str name, enum df_log_level *ret);
bool df_log_enabled(enum df_log_level level);

void df_log_fields(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n);
/* The same line, given rather than written; longer ones are cut. Returns its length; it ends with a line feed and no NUL. */
enum { DF_LOG_LINE_BYTES = 8192 };
size_t df_log_line(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n,
                   char to[DF_LOG_LINE_BYTES]);
#define df_log(level, message, ...)                                               \
    df_log_fields((level), (message), (const struct df_log_field[]){__VA_ARGS__}, \
                  sizeof((const struct df_log_field[]){__VA_ARGS__}) / sizeof(struct df_log_field))

#endif
