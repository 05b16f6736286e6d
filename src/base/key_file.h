/* Files that hold one small secret for one user: an API key. They are this user's alone or not used: a mode that lets others
 * read is an error that names the file and the cure. Any thread. */
#ifndef DF_BASE_KEY_FILE_H
#define DF_BASE_KEY_FILE_H

#include "base/error.h"
#include "base/secret.h"

enum { DF_KEY_FILE_LIMIT_BYTES = 16 * 1024 };

/* The whole text. *ret_there is false, and DF_OK returned, when there is no such file. DF_ERR_CONFIG: it is no regular file,
 * another user's, open to others, too large, or cannot be read. */
enum df_code df_key_file_read(const char *path, struct df_arena *arena, bool *ret_there, struct df_secret *ret,
                              struct df_error *err);
/* Puts the secret there, mode 0600, whole or not at all, if nothing is there yet, and makes the folders above it (0700).
 * *ret_made: whether it did; of many at once one does. DF_ERR_CONFIG. */
enum df_code df_key_file_make(const char *path, struct df_secret secret, struct df_arena *arena, bool *ret_made,
                              struct df_error *err);
/* The same in the place of what is there. */
enum df_code df_key_file_replace(const char *path, struct df_secret secret, struct df_arena *arena,
                                 struct df_error *err);

/* Where `devflow serve` leaves the local key and the commands look for it: DEVFLOW_LOCAL_KEY_FILE, else devflow/local.key in
 * the XDG data folder. NULL when neither XDG_DATA_HOME nor HOME say where that is, or the variable says "none".
 * *ret_asked: the variable is set. Reads the environment. */
const char *df_local_key_path(struct df_arena *arena, bool *ret_asked);
/* The key to show the API at this URL: the one given (DEVFLOW_API_KEY, argument), if any; else the line of that URL in the credentials file
 * (DEVFLOW_CREDENTIALS_FILE, else devflow/credentials in the XDG configuration folder), "URL KEY"; else, towards loopback, the
 * local key. Empty: none. A key goes to no URL it was not meant for. DF_ERR_CONFIG: a file that may not be used; the local key would
 * go to another user, who listens on that port (listener.h). */
enum df_code df_api_key_for(struct df_str api_url, struct df_secret given, struct df_arena *arena,
                            struct df_secret *ret, struct df_error *err);

#endif
