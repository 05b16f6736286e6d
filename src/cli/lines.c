#include "cli/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FIRST_BYTES = 64 * 1024 };

enum df_code df_lines_open(struct df_lines *lines, const char *path, size_t limit_bytes, struct df_error *err)
{
    struct stat st;
    *lines = (struct df_lines){.name = path, .limit_bytes = limit_bytes, .borrowed = strcmp(path, "-") == 0};
    lines->file = lines->borrowed ? stdin : fopen(path, "rbe");
    if (!lines->file)
        return df_fail(err, DF_ERR_INVALID, "%s cannot be read: %s", path, strerror(errno));
    if (fstat(fileno(lines->file), &st) == 0 && S_ISDIR(st.st_mode)) {
        df_lines_close(lines);
        return df_fail(err, DF_ERR_INVALID, "%s is a folder", path);
    }
    return DF_OK;
}

void df_lines_close(struct df_lines *lines)
{
    if (lines->file && !lines->borrowed)
        fclose(lines->file);
    free(lines->line);
    lines->file = NULL;
    lines->line = NULL;
}

static enum df_code grow(struct df_lines *lines, struct df_error *err)
{
    size_t cap = lines->cap ? lines->cap * 2 : FIRST_BYTES;
    cap = cap < lines->limit_bytes ? cap : lines->limit_bytes;
    char *grown = realloc(lines->line, cap);
    if (!grown)
        return df_fail(err, DF_ERR_FAILED, "line %zu of %s does not fit into memory", lines->number, lines->name);
    lines->line = grown;
    lines->cap = cap;
    return DF_OK;
}

enum df_code df_lines_next(struct df_lines *lines, enum df_line *ret, struct df_str *ret_line, struct df_error *err)
{
    size_t n = 0;
    int c;
    lines->number++;
    while ((c = getc_unlocked(lines->file)) != EOF && c != '\n') {
        if (n < lines->limit_bytes && n == lines->cap)
            DF_TRY(grow(lines, err));
        if (n < lines->limit_bytes)
            lines->line[n] = (char)c;
        n += n <= lines->limit_bytes;
    }
    if (ferror(lines->file))
        return df_fail(err, DF_ERR_FAILED, "%s cannot be read: %s", lines->name, strerror(errno));
    if (n == 0 && c == EOF)
        *ret = DF_LINES_END;
    else
        *ret = n > lines->limit_bytes ? DF_LINE_TOO_LONG : DF_LINE;
    if (*ret == DF_LINE)
        *ret_line = df_str_n(n ? lines->line : "", n);
    return DF_OK;
}
