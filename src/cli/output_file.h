/* Files that commands write for the user. */
#ifndef DF_CLI_OUTPUT_FILE_H
#define DF_CLI_OUTPUT_FILE_H

#include "base/arena.h"
#include "base/error.h"

/* Writes a temporary file beside it, mode 0644 within the umask, and renames it over path: readers see the old file or the new
 * one, whole. What is no regular file (a pipe, /dev/stdout) is written straight. DF_ERR_FAILED names path and reason. */
enum df_code df_output_file_write(struct df_arena *arena, const char *path, struct df_str text, struct df_error *err);

#endif
