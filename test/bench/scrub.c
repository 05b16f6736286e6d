/* The scrubber as a filter: a JSON string a line in, the scrubbed text as a JSON string a line out. */
#include "domain/scrub.h"

#include <stdio.h>
#include <stdlib.h>

static bool scrub_line(struct df_str line)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    struct df_scrub scrub = {.arena = arena};
    const struct df_json *v;
    struct df_error err;
    struct df_buf out;
    struct df_json_writer w;
    if (df_json_parse(arena, line, 0, &v, &err) != DF_OK)
        return false;
    df_buf_init(&out, arena, 64 << 20);
    df_json_writer_init(&w, &out, 0);
    df_scrub_put_json(&scrub, &w, DF_STR_NONE, v);
    df_buf_put_char(&out, '\n');
    return fwrite(out.p, 1, out.n, stdout) == out.n;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    for (ssize_t n; good && (n = getline(&line, &room, stdin)) > 0;)
        good = scrub_line(df_str_n(line, (size_t)n));
    free(line);
    return good ? 0 : 1;
}
