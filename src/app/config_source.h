/* Where the value of a setting comes from: the environment, .env in the working directory, or for a secret the file whose path
 * NAME_FILE gives (as systemd and container platforms hand secrets over). What is wrong with a source goes to the report. */
#ifndef DF_APP_CONFIG_SOURCE_H
#define DF_APP_CONFIG_SOURCE_H

#include "app/config.h"

enum { DF_CONFIG_NOTES = 32 };

struct df_config_source {
    struct df_arena *arena;   /* for sentences */
    struct df_arena *scratch; /* for values; wiped once the settings are loaded */
    struct df_config_report *report;
    struct df_env_pair *file; /* of .env */
    size_t n_file;
};

void df_config_fault(struct df_config_report *report, struct df_str sentence);
void df_config_warning(struct df_config_report *report, struct df_str sentence);

/* Reads .env. */
void df_config_source_open(struct df_config_source *source);
/* The value in the scratch arena, empty when not set; *ret_from is "environment", ".env", "file", or NULL. A secret is taken out
 * of the environment. */
struct df_str df_config_source_find(struct df_config_source *source, const char *name, bool secret,
                                    const char **ret_from);

/* The whole of the file that a setting names. False, with a fault, when it cannot be read or is too large. */
bool df_config_read_file(struct df_config_report *report, struct df_arena *arena, const char *name, const char *path,
                         size_t limit_bytes, struct df_str *ret);

#endif
