/* Opens a page in the user's browser: $BROWSER (a list separated by colons, %s standing for the URL), else xdg-open where
 * there is a desktop. No shell is involved. */
#ifndef DF_CLI_BROWSER_H
#define DF_CLI_BROWSER_H

#include "base/arena.h"

#include <sys/types.h>

/* The child's process ID, or 0 when nothing could be started. url must be an http or https URL, which no program takes for
 * an option. */
pid_t df_browser_open(struct df_arena *arena, const char *url);
/* True once the child has ended with a failure; never waits. *pid becomes 0 when it has ended. */
bool df_browser_failed(pid_t *pid);

#endif
