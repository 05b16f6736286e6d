/* A file of lines, of any length: what is longer than the limit is skipped, never held. One thread. */
#ifndef DF_CLI_LINES_H
#define DF_CLI_LINES_H

#include "base/error.h"
#include "base/str.h"

#include <stdio.h>

struct df_lines {
    FILE *file;
    const char *name;
    char *line;
    size_t cap, limit_bytes, number; /* number: of the last line given, from 1 */
    bool borrowed;
};

/* "-" is standard input. DF_ERR_INVALID names the file and why it cannot be read. */
enum df_code df_lines_open(struct df_lines *lines, const char *path, size_t limit_bytes, struct df_error *err);
void df_lines_close(struct df_lines *lines);

enum df_line { DF_LINE, DF_LINE_TOO_LONG, DF_LINES_END };
/* The next line without its line feed, valid until the next call; NULs stay in it. *ret_line is untouched but for DF_LINE. A
 * fault of the file is DF_ERR_FAILED. */
enum df_code df_lines_next(struct df_lines *lines, enum df_line *ret, struct df_str *ret_line, struct df_error *err);

#endif
