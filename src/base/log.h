/* The log, written at the edge only, one line an entry on standard error: for people time, level, message, then key=value
 * pairs; for programs one JSON object. An entry ends with the ids of the request the thread works for (base/trace.h), unless
 * it names one itself. Any thread. Values are quoted where they need it and their control characters escaped; secrets have a
 * type that does not fit in here. */
#ifndef DF_BASE_LOG_H
#define DF_BASE_LOG_H

#include "base/str.h"

enum df_log_level { DF_LOG_ERROR, DF_LOG_WARN, DF_LOG_INFO, DF_LOG_DEBUG };
enum df_log_format { DF_LOG_HUMAN, DF_LOG_JSON };

struct df_log_field {
    const char *key; /* NULL: no field */
    struct df_str value;
    bool number; /* not quoted in JSON */
};

void df_log_set_level(enum df_log_level level);
/* "error", "warn", "info", "debug" */
bool df_log_level_parse(struct df_str name, enum df_log_level *ret);
const char *df_log_level_name(enum df_log_level level);
bool df_log_enabled(enum df_log_level level);
enum df_log_level df_log_level(void);
void df_log_set_format(enum df_log_format format);
/* "human", "json" */
bool df_log_format_parse(struct df_str name, enum df_log_format *ret);

void df_log_fields(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n);
/* The same line, given rather than written, without ids of its own; longer ones are cut, a JSON object staying one. Returns its
 * length; it ends with a line feed and no NUL. */
enum { DF_LOG_LINE_BYTES = 8192 };
size_t df_log_line(enum df_log_level level, const char *message, const struct df_log_field *fields, size_t n,
                   char to[DF_LOG_LINE_BYTES]);
#define df_log(level, message, ...)                                               \
    df_log_fields((level), (message), (const struct df_log_field[]){__VA_ARGS__}, \
                  sizeof((const struct df_log_field[]){__VA_ARGS__}) / sizeof(struct df_log_field))

#endif
