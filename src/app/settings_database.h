/* The database that the settings name, for commands that work on it. */
#ifndef DF_APP_SETTINGS_DATABASE_H
#define DF_APP_SETTINGS_DATABASE_H

#include "cli/command.h"

/* What is wrong with the other settings does not matter. *ret_shown is without a password. DF_ERR_CONFIG. Once in a process. */
enum df_code df_settings_database(struct df_cli *cli, struct df_str *ret_url, struct df_str *ret_shown,
                                  struct df_error *err);

#endif
