/* Seals tokens as DevFlow stores them, for filling a store with very many connections.
 * usage: seal_tokens < lines of "PROJECT ACCESS REFRESH"; prints "PROJECT ACCESS REFRESH CLIENT_SECRET", sealed, in hex.
 * The key is OAUTH_ENCRYPTION_KEY. */
#include "service/devflow.h"

#include <stdio.h>
#include <stdlib.h>

static struct df_str sealed(const struct df_devflow *d, struct df_str project, const char *field, struct df_str plain,
                            struct df_arena *arena)
{
    struct df_str text = df_sealed(d, project, DF_S("SENTRY"), field, df_secret_of(plain), arena);
    return df_hex(text.p, text.n, arena);
}

int main(void)
{
    struct df_devflow d = {.keys.n = 1};
    const char *base64 = getenv("OAUTH_ENCRYPTION_KEY");
    char line[1024];
    if (!base64 || !df_key_parse(df_str_c(base64), &d.keys.keys[0]))
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
        struct df_str rest = df_str_trim(df_str_c(line)), project, access, refresh;
        if (!df_str_split(&rest, ' ', &project) || !df_str_split(&rest, ' ', &access) ||
            !df_str_split(&rest, ' ', &refresh))
            return 2;
        printf("%.*s %.*s %.*s %.*s\n", DF_FMT(project), DF_FMT(sealed(&d, project, "access_token", access, arena)),
               DF_FMT(sealed(&d, project, "refresh_token", refresh, arena)),
               DF_FMT(sealed(&d, project, "client_secret", DF_S("secret"), arena)));
    }
    df_keyring_wipe(&d.keys);
    return 0;
}
