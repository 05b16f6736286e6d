/* Reading the settings again while serving: those that can change are put in force, all at once or, when one is wrong, none; for
 * the others the log says that they take a restart. One thread. */
#ifndef DF_APP_RELOAD_H
#define DF_APP_RELOAD_H

#include "app/app.h"

/* *config and *report, in the arena, are what is in force, before and after. */
void df_reload(struct df_app *app, struct df_config *config, struct df_config_report *report, struct df_arena *arena);

#endif
