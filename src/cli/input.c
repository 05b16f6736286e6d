#include "cli/input.h"

#include <errno.h>

enum { SECRET_BYTES = 16 * 1024 };

enum df_code df_cli_read_all(struct df_cli *cli, FILE *stream, const char *what, size_t limit, struct df_str *ret,
                             struct df_error *err)
{
    char *bytes = df_arena_alloc(cli->arena, limit + 1);
    size_t n = fread(bytes, 1, limit + 1, stream);
    if (ferror(stream))
        return df_fail(err, DF_ERR_INVALID, "%s cannot be read: %s", what, strerror(errno));
    if (n > limit)
        return df_fail(err, DF_ERR_INVALID, "%s is larger than %zu bytes", what, limit);
    *ret = df_str_n(bytes, n);
    return DF_OK;
}

enum df_code df_cli_secret_stdin(struct df_cli *cli, const char *what, struct df_secret *ret, struct df_error *err)
{
    struct df_str text;
    const char *place = df_arena_printf(cli->arena, "the %s on standard input", what).p;
    setvbuf(stdin, NULL, _IONBF, 0);
    DF_TRY(df_cli_read_all(cli, stdin, place, SECRET_BYTES, &text, err));
    *ret = df_secret_of(df_str_trim(text));
    if (df_secret_is_empty(*ret))
        return df_fail(err, DF_ERR_INVALID, "standard input holds no %s", what);
    return DF_OK;
}
