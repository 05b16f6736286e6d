/* Fixtures for the tests of issues and events; DF_TEST_FIXTURES and DEVFLOW_TEST_DATA name folders. */
#ifndef DF_TEST_FIXTURE_H
#define DF_TEST_FIXTURE_H

#include "unit.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static inline struct df_str fixture_read(const char *path, struct df_arena *arena)
{
    struct df_buf buf;
    char chunk[4096];
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot read %s", path);
    df_buf_init(&buf, arena, 32 << 20);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        df_buf_put(&buf, chunk, n);
    fclose(file);
    return df_buf_str(&buf);
}

static inline const struct df_json *fixture_parse(struct df_str text, struct df_arena *arena)
{
    const struct df_json *v = NULL;
    struct df_error err;
    if (df_json_parse(arena, text, 0, &v, &err) != DF_OK)
        fail_msg("%s", err.message);
    return v;
}

static inline const struct df_json *fixture(const char *name, struct df_arena *arena)
{
    return fixture_parse(fixture_read(df_arena_printf(arena, DF_TEST_FIXTURES "/context/%s", name).p, arena), arena);
}

#endif
