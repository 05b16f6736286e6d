#include "cli/options.h"

#include <stdlib.h>

enum { WORD_BYTES = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t df_edit_distance(const char *a, const char *b)
{
    size_t n = strnlen(a, WORD_BYTES), m = strnlen(b, WORD_BYTES);
    size_t rows[3][WORD_BYTES + 1] = {0};
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

size_t df_edit_limit(const char *word)
{
    size_t quarter = strnlen(word, WORD_BYTES) / 4;
    return quarter < 3 ? 1 + quarter : 4;
}

const struct df_command *df_command_find(const struct df_cli *cli, const char *name)
{
    for (size_t g = 0; g < cli->n_groups; g++)
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++)
            if (strcmp((*c)->name, name) == 0)
                return *c;
    return NULL;
}

/* Names that begin with the word and a colon, as "oauth" does for "oauth:connect". */
static void put_of_noun(const struct df_cli *cli, const char *noun, struct df_buf *out)
{
    size_t n = strlen(noun);
    for (size_t g = 0; g < cli->n_groups; g++)
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++)
            if (strncmp((*c)->name, noun, n) == 0 && (*c)->name[n] == ':') {
                df_buf_put_c(out, out->n ? ", " : "");
                df_buf_put_c(out, (*c)->name);
            }
}

static const char *nearest(const struct df_cli *cli, const char *name)
{
    const char *best = NULL;
    size_t best_distance = df_edit_limit(name) + 1;
    for (size_t g = 0; g < cli->n_groups; g++)
        for (const struct df_command *const *c = cli->groups[g].commands; *c; c++) {
            size_t distance = df_edit_distance(name, (*c)->name);
            if (distance < best_distance) {
                best = (*c)->name;
                best_distance = distance;
            }
        }
    return best;
}

enum df_code df_command_unknown(const struct df_cli *cli, const char *name, struct df_error *err)
{
    struct df_buf nouns;
    df_buf_init(&nouns, cli->arena, 800);
    put_of_noun(cli, name, &nouns);
    if (nouns.n)
        return df_fail(err, DF_ERR_INVALID, "\"%.60s\" is not a command by itself; choose one of: %s", name, nouns.p);
    const char *near = nearest(cli, name);
    if (near)
        return df_fail(err, DF_ERR_INVALID, "unknown command \"%.60s\"; did you mean %s?", name, near);
    return df_fail(err, DF_ERR_INVALID, "unknown command \"%.60s\"; see: devflow help", name);
}
