/* Files that commands write for the user. */
#ifndef DF_CLI_OUTPUT_FILE_H
#define DF_CLI_OUTPUT_FILE_H

#include "cli/command.h"

/* Writes a temporary file beside it, mode 0644 within the umask, and renames it over path: readers see the old file or the new
 * one, whole. What is no regular file (a pipe, /dev/stdout) is written straight. DF_ERR_FAILED names path and reason. */
enum df_code df_output_file_write(struct df_arena *arena, const char *path, struct df_str text, struct df_error *err);

/* A document to the file that --output names, which is then said on standard error by what ("Context"); to standard output where it names
 * none, or "-". */
enum df_code df_output_text(struct df_cli *cli, const char *path, const char *what, struct df_str text,
                            struct df_error *err);

struct stat;
/* The same for a file that was read: it keeps its mode and, where that is allowed, its owner and group; a symbolic link stays one.
 * DF_ERR_FAILED also when it is no longer as st was when it was read. */
enum df_code df_output_file_replace(struct df_arena *arena, const char *path, const struct stat *st, struct df_str text,
                                    struct df_error *err);

#endif
