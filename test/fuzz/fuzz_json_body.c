/* A request body: parsed, read by every reader, bound to fields, and written again. Writing settles at
 * once: -0.0 becomes 0, and from then on what is written reads back the same. */
#include "fuzz.h"

#include "base/json.h"

struct body {
    struct df_str id;
    struct df_str_list scopes;
    int64_t n;
    bool on;
};

static const struct df_json_field fields[] = {
    {"id", DF_JSON_STRING, true, offsetof(struct body, id), 64},
    {"scopes", DF_JSON_STRINGS, false, offsetof(struct body, scopes), 0},
    {"n", DF_JSON_INT, false, offsetof(struct body, n), 0},
    {"on", DF_JSON_BOOL, false, offsetof(struct body, on), 0},
};

static void bind(const struct df_json *v, struct df_arena *arena)
{
    struct body body = {0};
    struct df_error err = {0};
    enum df_code code = df_json_bind(v, fields, sizeof fields / sizeof *fields, &body, arena, &err);
    fuzz_check(code == DF_OK || code == DF_ERR_INVALID);
    if (code == DF_OK)
        fuzz_check(body.id.n > 0 && body.id.n <= 64);
    else
        fuzz_check(err.message[0] != '\0');
}

static struct df_str written(const struct df_json *v, struct df_arena *arena)
{
    struct df_buf out;
    struct df_json_writer w;
    df_buf_init(&out, arena, 64u << 20);
    df_json_writer_init(&w, &out, 0);
    df_json_put_value(&w, v);
    fuzz_check(!out.overflow);
    return df_buf_str(&out);
}

static void read_all(const struct df_json *v, struct df_arena *arena)
{
    df_json_text(v, arena);
    df_json_int(v, 0);
    df_json_double(v, 0);
    df_json_bool(v, false);
    df_json_path(v, "a", "b", NULL);
    size_t n = 0;
    for (struct df_json_iter it = df_json_iter(v); df_json_next(&it); n++) {
        df_json_text(it.value, arena);
        df_json_int(it.value, -1);
    }
    fuzz_check(n == df_json_count(v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct df_arena *arena DF_ARENA_AUTO = df_arena_new();
    const struct df_json *v = NULL;
    struct df_error err = {0};
    enum df_code code = df_json_parse(arena, df_str_n((const char *)data, n), 0, &v, &err);
    if (code != DF_OK) {
        fuzz_check(code == DF_ERR_JSON && err.message[0] != '\0');
        return 0;
    }
    read_all(v, arena);
    bind(v, arena);
    struct df_str text = written(v, arena);
    for (int pass = 0; pass < 2; pass++) {
        fuzz_check(df_json_parse(arena, text, 0, &v, &err) == DF_OK);
        struct df_str before = text;
        text = written(v, arena);
        fuzz_check(pass == 0 || df_str_eq(before, text));
    }
    return 0;
}
