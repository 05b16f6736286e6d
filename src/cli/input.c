#include "cli/input.h"

#include <errno.h>

enum { SECRET_BYTES = 16 * 1024 };

static enum df_code read_stream(struct df_cli *cli, FILE *in, const char *name, size_t limit, struct stat *ret_st,
                                struct df_str *ret, struct df_error *err)
{
    if (ret_st && fstat(fileno(in), ret_st) < 0)
        return df_fail(err, DF_ERR_INVALID, "%s cannot be read: %s", name, strerror(errno));
    setvbuf(in, NULL, _IONBF, 0); /* it may hold a secret, which stdio's buffer would keep */
    char *bytes = df_arena_alloc(cli->arena, limit + 1);
    size_t n = fread(bytes, 1, limit + 1, in);
    if (ferror(in))
        return df_fail(err, DF_ERR_INVALID, "%s cannot be read: %s", name, strerror(errno));
    if (n > limit)
        return df_fail(err, DF_ERR_INVALID, "%s is larger than %zu bytes", name, limit);
    *ret = df_str_n(bytes, n);
    return DF_OK;
}

enum df_code df_cli_read_file(struct df_cli *cli, const char *path, size_t limit, struct stat *ret_st,
                              struct df_str *ret, struct df_error *err)
{
    if (strcmp(path, "-") == 0)
        return read_stream(cli, stdin, "standard input", limit, ret_st, ret, err);
    FILE *in = fopen(path, "rbe");
    if (!in)
        return df_fail(err, DF_ERR_INVALID, "%s cannot be read: %s", path, strerror(errno));
    enum df_code code = read_stream(cli, in, path, limit, ret_st, ret, err);
    fclose(in);
    return code;
}

enum df_code df_cli_secret_stdin(struct df_cli *cli, const char *what, struct df_secret *ret, struct df_error *err)
{
    struct df_str text;
    const char *place = df_arena_printf(cli->arena, "the %s on standard input", what).p;
    DF_TRY(read_stream(cli, stdin, place, SECRET_BYTES, NULL, &text, err));
    *ret = df_secret_of(df_str_trim(text));
    if (df_secret_is_empty(*ret))
        return df_fail(err, DF_ERR_INVALID, "standard input holds no %s", what);
    return DF_OK;
}
