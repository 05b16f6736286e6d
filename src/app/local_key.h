/* The local key: lets this machine's user in over loopback without a step of his own. `devflow serve` makes it, in a file of mode
 * 0600 that the commands and libdevflow read; servers of one user share it, and it lives until the file is removed. It is in no
 * database. */
#ifndef DF_APP_LOCAL_KEY_H
#define DF_APP_LOCAL_KEY_H

#include "base/error.h"
#include "base/secret.h"

/* The one in the file, or a new one; a file that others could read gets a new one. Empty when there is no place for it, or
 * DEVFLOW_LOCAL_KEY_FILE is "none". DF_ERR_CONFIG when that variable names a file that cannot be used; a default place that cannot
 * is said in the log. */
enum df_code df_local_key_open(struct df_arena *arena, struct df_secret *ret, struct df_error *err);

#endif
